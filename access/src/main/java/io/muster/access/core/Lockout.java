package io.muster.access.core;

import java.util.LinkedHashMap;
import java.util.Map;

/// Counts failed logins by user name, of users who exist and of others alike, and locks a name out
/// after too many. Counted by each member for itself. Not safe for several threads.
public final class Lockout {
  private static final int NAMES_MAX = 10_000;

  /// @param failures since the last good login
  /// @param lockedNanos when the lock began; meaningful when there are enough failures
  private record Failures(int failures, long lockedNanos) {}

  private final int attempts;
  private final long lockNanos;
  private final Map<String, Failures> names =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
          return size() > NAMES_MAX;
        }
      };

  /// @param attempts failures that lock; 0 for never
  public Lockout(int attempts, long lockNanos) {
    this.attempts = attempts;
    this.lockNanos = lockNanos;
  }

  public boolean locked(String name, long nowNanos) {
    Failures f = names.get(name);
    if (f == null || attempts == 0 || f.failures < attempts) return false;
    if (nowNanos - f.lockedNanos < lockNanos) return true;
    names.remove(name);
    return false;
  }

  public void failed(String name, long nowNanos) {
    if (attempts == 0) return;
    Failures f = names.get(name);
    names.put(name, new Failures(f == null ? 1 : f.failures + 1, nowNanos));
  }

  public void succeeded(String name) {
    names.remove(name);
  }
}
