package io.muster.bench;

/// Clients that ask for some of many records; each sends its next question when the one before was
/// answered.
///
/// @param kind how they ask
/// @param records how many there are, 1 to 10,000,000, a multiple of `hits`
/// @param hits how many an answer has, but for [Kind#SCAN], which finds one; 1 to 10,000, and no
///     more than 1 MiB of text together
/// @param clients 1 to 10,000
/// @param sizeBytes of the text in each record, 64 to 100,000
public record QueryPlan(Kind kind, int records, int hits, int clients, int sizeBytes) {
  private static final long ANSWER_MAX = 1 << 20;

  /// How records are asked for.
  public enum Kind {
    /// A wildcard at the end: `/a/*`. What begins so is looked at.
    PREFIX,
    /// A wildcard in the middle: all records are looked at, one is found.
    SCAN,
    /// Criteria on all records: a range of one member.
    CRITERIA,
    /// The last of all records by one member.
    SORTED
  }

  /// @throws io.muster.kernel.MusterException `setting_invalid`
  public QueryPlan {
    Expect.range("records", records, 1, 10_000_000);
    Expect.range("hits", hits, 1, 10_000);
    Expect.range("clients", clients, 1, 10_000);
    Expect.range("size", sizeBytes, 64, 100_000);
    if (records % hits != 0) {
      throw Expect.wrong("records", "expected a multiple of --hits " + hits + ", found " + records);
    }
    if ((long) hits * sizeBytes > ANSWER_MAX) {
      throw Expect.wrong(
          "hits", "expected at most " + ANSWER_MAX / sizeBytes + " of this size, found " + hits);
    }
  }

  /// How many records an answer has.
  public int expected() {
    return kind == Kind.SCAN ? 1 : hits;
  }
}
