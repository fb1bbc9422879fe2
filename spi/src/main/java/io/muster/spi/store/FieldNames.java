package io.muster.spi.store;

import io.muster.spi.store.FieldPath.Meta;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Names of fields as clients and administrators write them in criteria and sort keys: they lead
/// into the data, with or without `data.` in front, and those of metadata (`path`, `created`,
/// `modified`, `createdBy`, `modifiedBy`, and `_id`, which is the path, and `timestamp`, which is
/// `modified`) to the metadata, with or without `_meta.`.
public final class FieldNames {
  private FieldNames() {}

  /// The field that a name means.
  ///
  /// @throws CriteriaException when it means nothing that can be looked at
  public static FieldPath field(String name) {
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

  /// The keys of an order: `{"a": 1, "b": -1}`.
  ///
  /// @throws CriteriaException when a name or a way is none
  public static List<SortKey> sort(JsonValue.Obj json) {
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
}
