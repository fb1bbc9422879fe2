package io.muster.spi.store;

/// Which records of a pattern, in which order.
///
/// @param skip how many to leave out first, 0 or more
/// @param limit how many at most; 0 for all
/// @param order of the answer, applied before skip and limit; see [PathOrder]
public record ListQuery(String pattern, long skip, long limit, Order order) {
  public ListQuery {
    if (skip < 0 || limit < 0) {
      throw new IllegalArgumentException("skip " + skip + ", limit " + limit + ": must not be < 0");
    }
  }

  /// All records of a pattern by path.
  public static ListQuery all(String pattern) {
    return new ListQuery(pattern, 0, 0, Order.PATH);
  }

  /// Ascending orders.
  public enum Order {
    PATH,
    MODIFIED_THEN_PATH
  }
}
