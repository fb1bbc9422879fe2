package io.muster.protocols.happn;

import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.CriteriaJson;
import io.muster.spi.store.CriteriaLimits;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.FieldPath.Meta;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.SortKey;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a request asks of the records at its path: `criteria`, `sort`, `fields`, `skip` and
/// `limit`. Immutable.
///
/// Names of members lead into the data, with or without `data.` in front, and those of metadata
/// (`path`, `created`, `modified`, `createdBy`, `modifiedBy`, and `_id`, which is the path, and
/// `timestamp`, which is `modified`) to the metadata, with or without `_meta.`.
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
            : CriteriaJson.read(json("criteria", o.criteria), Query::field);
    List<SortKey> sort = o.sort == null ? List.of() : sort(json("sort", o.sort));
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

  private static List<SortKey> sort(JsonValue.Obj json) {
    List<SortKey> keys = new ArrayList<>();
    json.members()
        .forEach(
            (name, way) -> {
              boolean up = way.equals(new JsonValue.Whole(1));
              if (!up && !way.equals(new JsonValue.Whole(-1))) {
                throw new CriteriaException("sort takes 1 or -1 for each name, not for " + name);
              }
              keys.add(
                  new SortKey(
                      field(name),
                      up ? SortKey.Direction.ASCENDING : SortKey.Direction.DESCENDING));
            });
    return keys;
  }

  /// The field that a name of a client means.
  ///
  /// @throws CriteriaException when it means nothing that can be looked at
  static FieldPath field(String name) {
    if (name.startsWith("$")) throw new CriteriaException("unknown operator: " + name);
    if (name.startsWith("data.")) return FieldPath.Data.of(name.substring(5));
    if (name.startsWith("_data.")) return FieldPath.Data.of(name.substring(6));
    if (name.equals("_meta")) {
      throw new CriteriaException("_meta as a whole cannot be asked for; name a member of it");
    }
    Meta meta = meta(name.startsWith("_meta.") ? name.substring(6) : name);
    if (meta != null) return meta;
    return name.equals("_meta.version") ? Meta.VERSION : FieldPath.Data.of(name);
  }

  private static @Nullable Meta meta(String name) {
    return switch (name) {
      case "path", "_id" -> Meta.PATH;
      case "created" -> Meta.CREATED;
      case "modified", "timestamp" -> Meta.MODIFIED;
      case "createdBy" -> Meta.CREATED_BY;
      case "modifiedBy" -> Meta.MODIFIED_BY;
      default -> null;
    };
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
