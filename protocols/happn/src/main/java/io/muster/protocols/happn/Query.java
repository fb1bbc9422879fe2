package io.muster.protocols.happn;

import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.CriteriaJson;
import io.muster.spi.store.CriteriaLimits;
import io.muster.spi.store.FieldNames;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.SortKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a request asks of the records at its path: `criteria`, `sort`, `fields`, `skip` and
/// `limit`; names are those of [FieldNames]. Immutable.
///
/// @param fields what the client wants to see, or null for all
record Query(
    Criteria criteria, List<SortKey> sort, @Nullable Fields fields, long skip, long limit) {
  /// No query is longer: it is read on a lane.
  private static final int BYTES_MAX = 128 << 10;

  /// Reads the options of a request.
  ///
  /// @throws CriteriaException naming what cannot be understood, for the client
  static Query of(Request.Options o) {
    Criteria criteria =
        o.criteria == null
            ? Criteria.ANY
            : CriteriaJson.read(json("criteria", o.criteria), FieldNames::field);
    List<SortKey> sort = o.sort == null ? List.of() : FieldNames.sort(json("sort", o.sort));
    Fields fields = o.fields == null ? null : Fields.of(json("fields", o.fields));
    Query q = new Query(criteria, sort, fields, o.skip, o.limit);
    CriteriaLimits.check(q.at(""));
    return q;
  }

  private static JsonValue.Obj json(String option, byte[] text) {
    if (text.length > BYTES_MAX) {
      throw new CriteriaException(option + " of more than " + BYTES_MAX + " bytes");
    }
    JsonValue json;
    try {
      json = JsonText.read(text);
    } catch (IllegalArgumentException e) {
      throw new CriteriaException(option + ": " + e.getMessage());
    }
    if (json instanceof JsonValue.Obj o) return o;
    throw new CriteriaException(option + " must be an object");
  }

  /// The same for the store.
  ListQuery at(String pattern) {
    return new ListQuery(pattern, criteria, sort, skip, limit);
  }

  /// The same without skip and limit, which [#page] applies where something has to be left out
  /// before.
  Query whole() {
    return new Query(criteria, sort, fields, 0, 0);
  }

  /// What skip and limit leave.
  <T> List<T> page(List<T> all) {
    return all.stream().skip(skip).limit(limit > 0 ? limit : Long.MAX_VALUE).toList();
  }

  /// Whether it names a record and asks nothing else of it.
  boolean simple(String path) {
    return path.indexOf('*') < 0 && skip == 0 && criteria.equals(Criteria.ANY);
  }

  /// How many there are of `n` once skip and limit have been applied.
  long counted(long n) {
    long left = Math.max(0, n - skip);
    return limit > 0 ? Math.min(left, limit) : left;
  }
}
