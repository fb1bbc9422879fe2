package io.muster.kernel;

/// Rules that must hold in production too: wrong state is worse than a stopped part.
public final class Invariant {
  private Invariant() {}

  /// @throws MusterException with [ErrorCode#INVARIANT_BROKEN] when `holds` is false
  public static void check(boolean holds, String rule, Object... values) {
    if (!holds) throw new MusterException(ErrorCode.INVARIANT_BROKEN, String.format(rule, values));
  }
}
