package io.muster.gateway.core;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Decides from members and quorum whether the door is open; confined to the control loop.
public final class Gate {
  /// Where the gate stands. `text` is for people and `/readyz`.
  public sealed interface State {
    String text();

    record Starting() implements State {
      @Override
      public String text() {
        return "starting";
      }
    }

    record AwaitingPeers(String text) implements State {}

    record AwaitingRegistry(String text) implements State {}

    record Open() implements State {
      @Override
      public String text() {
        return "ready";
      }
    }

    /// Opened before, and now without a majority: reads and subscriptions go on, writes do not.
    record Closed(String text) implements State {}

    /// The members did not become stable in time.
    record Failed(String text) implements State {}
  }

  private final Map<String, Integer> minimum;
  private final Duration stabiliseTimeout;
  private final long startNanos;
  private State state = new State.Starting();
  private boolean opened;

  /// @param minimum members wanted per service name, this member included
  /// @param stabiliseTimeout zero waits for ever
  public Gate(Map<String, Integer> minimum, Duration stabiliseTimeout, long nowNanos) {
    this.minimum = new TreeMap<>(minimum);
    this.stabiliseTimeout = stabiliseTimeout;
    this.startNanos = nowNanos;
  }

  public State state() {
    return state;
  }

  /// @param present members here now per service name
  /// @param started whether this member has finished its own start
  /// @param trouble why the registry or the store cannot take writes, null when both can
  public State look(
      Map<String, Integer> present, boolean started, @Nullable String trouble, long nowNanos) {
    state = opened ? afterOpening(trouble) : beforeOpening(present, started, trouble, nowNanos);
    return state;
  }

  private static State afterOpening(@Nullable String trouble) {
    return trouble == null ? new State.Open() : new State.Closed(trouble + ": writes are refused");
  }

  private State beforeOpening(
      Map<String, Integer> present, boolean started, @Nullable String trouble, long nowNanos) {
    State next = missing(present);
    if (next == null) {
      if (started && trouble == null) {
        opened = true;
        return new State.Open();
      }
      next =
          new State.AwaitingRegistry(
              started
                  ? "waiting: " + trouble
                  : "waiting for the registry and the store"
                      + (trouble == null ? "" : ": " + trouble));
    }
    boolean late = !stabiliseTimeout.isZero() && nowNanos - startNanos > stabiliseTimeout.toNanos();
    return late ? new State.Failed("failed to stabilise in time: " + next.text()) : next;
  }

  private @Nullable State missing(Map<String, Integer> present) {
    for (Map.Entry<String, Integer> e : minimum.entrySet()) {
      int here = present.getOrDefault(e.getKey(), 0);
      if (here < e.getValue()) {
        return new State.AwaitingPeers(
            "requires " + (e.getValue() - here) + " more members of service " + e.getKey());
      }
    }
    return null;
  }
}
