package io.muster.bench;

/// Clients that connect, log in and go away, again and again.
///
/// @param atOnce how many do so beside each other, 1 to 10,000
public record LoginPlan(int atOnce) {
  /// @throws io.muster.kernel.MusterException `setting_invalid`
  public LoginPlan {
    Expect.range("clients", atOnce, 1, 10_000);
  }
}
