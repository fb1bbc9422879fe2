package io.muster.supervision.probe;

/// How much a member probes at once. Immutable.
///
/// @param concurrent probes that run at once, all clusters together, 1 to 1,000,000. Each holds a
///     connection or a process; those beyond wait. Choose more than there are targets that may hang
///     at once
public record ProberSettings(int concurrent) {
  public static final ProberSettings DEFAULT = new ProberSettings(8192);

  public ProberSettings {
    if (concurrent < 1 || concurrent > 1_000_000) {
      throw new IllegalArgumentException("concurrent: 1 to 1000000, found: " + concurrent);
    }
  }
}
