package io.muster.plugins.store.mongodb;

import com.mongodb.ConnectionString;
import com.mongodb.ReadPreference;
import com.mongodb.WriteConcern;
import io.muster.plugins.store.database.DatabaseSettings;
import io.muster.spi.ProviderSettings;
import io.muster.spi.SecretText;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The keys of `store` that belong to MongoDB.
///
/// @param url a connection string of MongoDB; may hold a password
/// @param database that wins over the URL's
/// @param collection the cluster's name when empty
record MongoSettings(
    SecretText url,
    Optional<String> user,
    Optional<SecretText> password,
    Optional<String> database,
    Optional<String> collection,
    DatabaseSettings bounds) {
  private static final String FALLBACK = "mongodb://127.0.0.1:27017";
  private static final String DATABASE = "muster";

  static MongoSettings read(ProviderSettings s) {
    MongoSettings all =
        new MongoSettings(
            s.secret("url", "connection string, e.g. mongodb://db1,db2/?replicaSet=rs0&tls=true")
                .orElse(new SecretText(FALLBACK)),
            s.optionalText("user", "who connects; else the URL's"),
            s.secret("password", "of the user"),
            s.optionalText("database", "else the URL's, else " + DATABASE),
            s.optionalText("collection", "of the records; else named as the cluster"),
            DatabaseSettings.read(s, 4 << 20, 7 << 20));
    if (all.user.isPresent() != all.password.isPresent()) {
      throw s.wrong(all.user.isPresent() ? "password" : "user", "both or none of user, password");
    }
    String expected = "mongodb://HOST:PORT,…/?… or mongodb+srv://…";
    String url = all.url.reveal();
    // What `+srv` stands for only the name servers know, and they are not asked yet.
    if (url.startsWith("mongodb+srv://")) return all;
    ConnectionString parsed;
    try {
      parsed = new ConnectionString(url);
    } catch (IllegalArgumentException e) {
      RuntimeException wrong = s.wrong("url", expected + " (" + e.getMessage() + ")");
      wrong.addSuppressed(e);
      throw wrong;
    }
    String objection = objection(parsed);
    if (objection != null) throw s.wrong("url", objection);
    return all;
  }

  /// What a store cannot promise with this connection; null when it can.
  static @Nullable String objection(ConnectionString url) {
    ReadPreference reads = url.getReadPreference();
    if (reads != null && !reads.equals(ReadPreference.primary())) {
      return "readPreference=primary: reads must see what was written";
    }
    WriteConcern writes = url.getWriteConcern();
    if (writes != null && !writes.isAcknowledged()) {
      return "a write concern of 1 or more: what is answered must be there";
    }
    return null;
  }

  String database(ConnectionString parsed) {
    return database.orElse(Objects.requireNonNullElse(parsed.getDatabase(), DATABASE));
  }

  /// Hosts, without what may be secret.
  String place() {
    return url.reveal().replaceFirst("//[^/@]*@", "//").replaceFirst("[?].*", "");
  }
}
