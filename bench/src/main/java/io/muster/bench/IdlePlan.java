package io.muster.bench;

/// Clients that are connected, subscribed to a topic of their own, and silent.
///
/// @param clients 1 to 1,000,000
public record IdlePlan(int clients) {
  /// @throws io.muster.kernel.MusterException `setting_invalid`
  public IdlePlan {
    Expect.range("clients", clients, 1, 1_000_000);
  }
}
