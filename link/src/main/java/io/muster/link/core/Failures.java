package io.muster.link.core;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/// Failed handshakes by address: after five within a minute an address is refused for a minute, so
/// that guessing a secret costs time.
///
/// Loopback is never refused: there, a neighbour with a wrong secret must not lock out the others,
/// and whoever is on loopback is on this machine already. Bounded: beyond 10,000 addresses the
/// stalest are forgotten first. Confined to one thread.
public final class Failures {
  private static final int LIMIT = 5;
  private static final long WINDOW_NANOS = 60_000_000_000L;
  private static final int ADDRESSES_MAX = 10_000;

  private record Count(int failures, long sinceNanos) {}

  private final Map<String, Count> byAddress = new HashMap<>();

  public void failed(String address, boolean loopback, long nowNanos) {
    if (loopback) return;
    if (byAddress.size() >= ADDRESSES_MAX) forget(nowNanos);
    byAddress.merge(
        address,
        new Count(1, nowNanos),
        (old, _) ->
            nowNanos - old.sinceNanos > WINDOW_NANOS
                ? new Count(1, nowNanos)
                : new Count(
                    old.failures + 1, old.failures + 1 == LIMIT ? nowNanos : old.sinceNanos));
  }

  public boolean refused(String address, long nowNanos) {
    Count c = byAddress.get(address);
    return c != null && c.failures >= LIMIT && nowNanos - c.sinceNanos <= WINDOW_NANOS;
  }

  private void forget(long nowNanos) {
    for (Iterator<Count> i = byAddress.values().iterator(); i.hasNext(); ) {
      if (nowNanos - i.next().sinceNanos > WINDOW_NANOS) i.remove();
    }
    if (byAddress.size() >= ADDRESSES_MAX) byAddress.clear();
  }
}
