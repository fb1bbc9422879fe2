package io.muster.bench;

/// Clients write or read records.
///
/// @param op what is measured
/// @param clients 1 to 100,000
/// @param keys records, at least one per client, up to 10,000,000: each record is written by one
///     client only, so that its last value is known
/// @param sizeBytes of the text in each record, 64 to 1,000,000
/// @param rate requests per second of all clients together, up to 1,000,000; 0: each client sends
///     its next request when the one before was answered
public record SetGetPlan(Op op, int clients, int keys, int sizeBytes, double rate) {
  /// What is measured.
  public enum Op {
    SET,
    GET
  }

  /// @throws io.muster.kernel.MusterException `setting_invalid`
  public SetGetPlan {
    Expect.range("clients", clients, 1, 100_000);
    Expect.range("keys", keys, 1, 10_000_000);
    Expect.range("size", sizeBytes, 64, 1_000_000);
    Expect.range("rate", rate, 0, 1_000_000);
    if (keys < clients) {
      throw Expect.wrong(
          "keys", "expected at least one per client, that is " + clients + ", found " + keys);
    }
  }
}
