package io.muster.supervision.probe.core;

import io.muster.spi.watch.Health;
import io.muster.supervision.probe.Timing;

/// Makes a health of one check's findings: a target that was well needs `fall` critical findings in
/// a row to be critical, a critical one `rise` others in a row to be well. The very first finding
/// counts at once, since before it nobody knows anything that could be damped. Between passing and
/// warning nothing is damped: both stay in traffic.
public final class RiseFall {
  private final int rise;
  private final int fall;
  private final Health severity;
  private Health base = Health.UNKNOWN;
  private boolean lastCritical;
  private int consecutive;

  public RiseFall(Timing timing) {
    rise = timing.rise();
    fall = timing.fall();
    severity = timing.severity();
  }

  /// Takes a finding.
  ///
  /// @param found anything but unknown
  /// @return whether [#health] is another one now
  public boolean accept(Health found) {
    Health before = health();
    boolean critical = found == Health.CRITICAL;
    boolean again = consecutive > 0 && critical == lastCritical;
    consecutive = again ? Math.min(consecutive + 1, 1_000_000_000) : 1;
    lastCritical = critical;
    if (base == Health.UNKNOWN) base = found;
    else if (critical) base = consecutive >= fall ? Health.CRITICAL : base;
    else if (base != Health.CRITICAL || consecutive >= rise) base = found;
    return health() != before;
  }

  /// Critical at once, whatever `fall` says: a service that reports itself has said nothing for as
  /// long as it promised to at most.
  ///
  /// @return whether [#health] is another one now
  public boolean lapse() {
    Health before = health();
    consecutive = lastCritical ? Math.min(consecutive + 1, 1_000_000_000) : 1;
    lastCritical = true;
    base = Health.CRITICAL;
    return health() != before;
  }

  /// With the severity: a check whose failures are only warnings is never critical.
  public Health health() {
    return base == Health.CRITICAL ? severity : base;
  }

  /// Whether it is down by its findings, whatever they count as.
  boolean failing() {
    return base == Health.CRITICAL;
  }

  /// The last findings of one sort, critical or not.
  public int consecutive() {
    return consecutive;
  }
}
