package io.muster.gateway.driver;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// How many connections each address has, over all lanes. Safe on any thread.
///
/// Of an IPv6 address the first 64 bits count: the rest is its owner's to choose.
final class Addresses {
  private final int max;
  private final LongAdder refused = new LongAdder();
  private final ConcurrentMap<String, Integer> connections = new ConcurrentHashMap<>();

  /// @param max connections of one address, 0 for any number
  Addresses(int max) {
    this.max = max;
  }

  /// Counts a connection that has come.
  ///
  /// @return whether its address may have it; it is counted either way, until [#leave]
  boolean enter(@Nullable SocketAddress remote) {
    if (max == 0) return true;
    boolean welcome = connections.merge(key(remote), 1, Integer::sum) <= max;
    if (!welcome) refused.increment();
    return welcome;
  }

  /// Connections beyond the bound, since the start.
  long refused() {
    return refused.sum();
  }

  void leave(@Nullable SocketAddress remote) {
    if (max == 0) return;
    connections.computeIfPresent(key(remote), (_, n) -> n == 1 ? null : (Integer) (n - 1));
  }

  private static String key(@Nullable SocketAddress remote) {
    if (!(remote instanceof InetSocketAddress i) || i.getAddress() == null) return "";
    InetAddress a = i.getAddress();
    return a instanceof Inet6Address
        ? Arrays.toString(Arrays.copyOf(a.getAddress(), 8))
        : a.getHostAddress();
  }
}
