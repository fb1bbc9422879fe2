package io.muster.spi.store;

import java.util.List;

/// Which records of a pattern, in which order, and how many.
///
/// @param criteria what the records fulfil
/// @param sort the order of the answer, by the first key first and by path where all are equal;
///     with no key by path ([PathOrder])
/// @param skip how many to leave out first, 0 or more, after criteria and order
/// @param limit how many at most; 0 for all
public record ListQuery(
    String pattern, Criteria criteria, List<SortKey> sort, long skip, long limit) {
  public ListQuery {
    sort = List.copyOf(sort);
    if (skip < 0 || limit < 0) {
      throw new IllegalArgumentException("skip " + skip + ", limit " + limit + ": must not be < 0");
    }
  }

  /// A page of the records of a pattern by path.
  public ListQuery(String pattern, long skip, long limit) {
    this(pattern, Criteria.ANY, List.of(), skip, limit);
  }

  /// All records of a pattern by path.
  public static ListQuery all(String pattern) {
    return new ListQuery(pattern, 0, 0);
  }

  /// The records of a pattern that fulfil criteria, by path.
  public static ListQuery matching(String pattern, Criteria criteria) {
    return new ListQuery(pattern, criteria, List.of(), 0, 0);
  }

  /// The same in another order.
  public ListQuery by(SortKey... keys) {
    return new ListQuery(pattern, criteria, List.of(keys), skip, limit);
  }
}
