package io.muster.plugins.store.mongodb;

import com.mongodb.MongoException;
import com.mongodb.MongoNodeIsRecoveringException;
import com.mongodb.MongoNotPrimaryException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoServerException;
import com.mongodb.MongoSocketException;
import com.mongodb.MongoSocketOpenException;
import com.mongodb.MongoTimeoutException;
import com.mongodb.MongoWriteConcernException;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import org.bson.BsonMaximumSizeExceededException;
import org.bson.BsonSerializationException;

/// What errors of MongoDB mean for whoever asked.
final class MongoFailures {
  private static final int DUPLICATE = 11000;

  private MongoFailures() {}

  /// Whether a document of this `_id` is there already.
  static boolean duplicate(MongoException e) {
    return e.getCode() == DUPLICATE;
  }

  /// @param changes whether what was asked changes something
  static StoreException failure(RuntimeException e, boolean changes) {
    if (e instanceof StoreException s) return s;
    Kind kind = kind(e, changes);
    String why = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    if (kind == Kind.UNKNOWN) why = "it is not known whether this was written: " + why;
    return new StoreException(kind, why, e);
  }

  private static Kind kind(RuntimeException e, boolean changes) {
    Kind lost = changes ? Kind.UNKNOWN : Kind.UNAVAILABLE;
    return switch (e) {
      // No server was found, no connection was free, none could be opened: nothing was sent.
      case MongoTimeoutException _, MongoSocketOpenException _ -> Kind.UNAVAILABLE;
      case MongoSecurityException _ -> Kind.FAILED;
      case MongoSocketException _, MongoNodeIsRecoveringException _ -> lost;
      case MongoNotPrimaryException _ -> Kind.UNAVAILABLE;
      case MongoWriteConcernException _ -> lost;
      case MongoServerException s -> server(s, lost);
      case BsonMaximumSizeExceededException _, BsonSerializationException _ -> Kind.REFUSED;
      case MongoException _ -> lost;
      // The driver's way to say that the client was closed.
      case IllegalStateException _ -> Kind.UNAVAILABLE;
      default -> Kind.FAILED;
    };
  }

  private static Kind server(MongoServerException e, Kind lost) {
    return switch (e.getCode()) {
      // Took too long, or gave way to another write: nothing was done.
      case 50, 112, 262 -> Kind.UNAVAILABLE;
      // The server ends or changes its part.
      case 89, 91, 189, 11600, 11602 -> lost;
      // What it was asked to keep it does not take.
      case 2, 9, 14, 15, 22, 52, 56, 57, 121, 10334, 17280, 17419, 17420, 51091 -> Kind.REFUSED;
      default -> Kind.FAILED;
    };
  }
}
