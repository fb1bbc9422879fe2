package io.muster.spi.store;

import java.util.Arrays;
import java.util.List;

/// What a comparison or a sort key looks at: a member of a record's data, or its metadata.
/// Immutable.
public sealed interface FieldPath {
  /// Names that lead into the data, one per level; a name may be the index of an array's element.
  /// How arrays on the way are passed says [CriteriaMatcher]. Inside [Condition.ElemMatch] they
  /// begin at the element.
  ///
  /// @param names at least one; a name may be empty and has no `.`
  record Data(List<String> names) implements FieldPath {
    public Data {
      names = List.copyOf(names);
      if (names.isEmpty() || names.stream().anyMatch(n -> n.indexOf('.') >= 0)) {
        throw new IllegalArgumentException("names of members: " + names);
      }
    }

    /// The path that is written with dots, such as `address.street`.
    public static Data of(String dotted) {
      return new Data(Arrays.asList(dotted.split("\\.", -1)));
    }

    /// With dots.
    public String dotted() {
      return String.join(".", names);
    }
  }

  /// The metadata of a record: strings, and numbers for times (epoch milliseconds) and the version.
  enum Meta implements FieldPath {
    PATH("path"),
    CREATED("created"),
    MODIFIED("modified"),
    CREATED_BY("createdBy"),
    MODIFIED_BY("modifiedBy"),
    VERSION("version");

    private final String word;

    Meta(String word) {
      this.word = word;
    }

    /// As people write it, such as `createdBy`.
    public String word() {
      return word;
    }

    /// What a record has; null where nobody is named.
    public JsonValue of(PathRecord r) {
      return switch (this) {
        case PATH -> new JsonValue.Text(r.path());
        case CREATED -> new JsonValue.Whole(r.created());
        case MODIFIED -> new JsonValue.Whole(r.modified());
        case CREATED_BY -> r.createdBy() == null ? JsonValue.NULL : text(r.createdBy());
        case MODIFIED_BY -> r.modifiedBy() == null ? JsonValue.NULL : text(r.modifiedBy());
        case VERSION -> new JsonValue.Whole(r.version());
      };
    }

    private static JsonValue text(String name) {
      return new JsonValue.Text(name);
    }
  }
}
