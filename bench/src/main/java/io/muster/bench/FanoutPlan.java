package io.muster.bench;

/// Publishers send to topics, subscribers listen to one topic each.
///
/// @param subscribers 1 to 100,000
/// @param publishers 1 to 10,000; together they are dealt out over the topics
/// @param topics 1 to `subscribers`
/// @param sizeBytes of the text in each message, 64 to 1,000,000
/// @param rate publications per second of all publishers together, up to 1,000,000; 0 for as many
///     as are delivered
/// @param across publishers use the first address of the target, subscribers the others
public record FanoutPlan(
    int subscribers, int publishers, int topics, int sizeBytes, double rate, boolean across) {
  /// @throws io.muster.kernel.MusterException `setting_invalid`
  public FanoutPlan {
    Expect.range("subs", subscribers, 1, 100_000);
    Expect.range("pubs", publishers, 1, 10_000);
    Expect.range("topics", topics, 1, 100_000);
    Expect.range("size", sizeBytes, 64, 1_000_000);
    Expect.range("rate", rate, 0, 1_000_000);
    if (topics > subscribers) {
      throw Expect.wrong(
          "topics",
          "expected at most as many as subscribers, which are "
              + subscribers
              + ", found "
              + topics
              + ": nobody would listen to the rest");
    }
  }

  /// How many listen to a topic.
  public int audience(int topic) {
    return subscribers / topics + (topic < subscribers % topics ? 1 : 0);
  }

  /// Without a rate: publications under way at once. Enough to keep the cluster busy, and so few
  /// that what waits for one slow subscriber stays far below what members hold for it.
  public int window() {
    int audience = Math.max(1, subscribers / topics);
    return Math.clamp(100_000 / audience, 16, 4096);
  }
}
