package io.muster.spi.store;

/// Whether a store can be used now, for readiness, for the clients' door and for operators.
///
/// @param why it is not `READY`, as a sentence for operators without a full stop; empty when it is
public record StoreHealth(State state, String why) {
  /// Works.
  public static final StoreHealth GOOD = new StoreHealth(State.READY, "");

  /// Was closed.
  public static final StoreHealth ENDED = new StoreHealth(State.CLOSED, "the store is closed");

  /// What an operator has to do about it.
  public enum State {
    /// Not ready for the first time yet; wait.
    STARTING,
    /// Reads and writes are expected to succeed.
    READY,
    /// Writes fail for now; heals by itself when what is missing comes back.
    UNAVAILABLE,
    /// Does not heal by itself: somebody has to mend what `why` names and restart the member.
    FAILED,
    /// Closed by its owner.
    CLOSED
  }

  public StoreHealth {
    if ((state == State.READY) != why.isEmpty()) {
      throw new IllegalArgumentException(state + " because '" + why + "'");
    }
  }

  public boolean good() {
    return state == State.READY;
  }
}
