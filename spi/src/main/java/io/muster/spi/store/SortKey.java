package io.muster.spi.store;

/// One key of an order of records: by the value of a field, as [JsonValue#ORDER] says.
///
/// What is missing counts as null. Of an array the least of its elements counts in an ascending
/// key and the greatest in a descending one; an empty array comes before null. Each key looks at
/// arrays for itself.
public record SortKey(FieldPath field, Direction direction) {
  /// By the time of the last write, the oldest first.
  public static final SortKey BY_MODIFIED =
      new SortKey(FieldPath.Meta.MODIFIED, Direction.ASCENDING);

  /// Which way.
  public enum Direction {
    ASCENDING,
    DESCENDING
  }
}
