package io.muster.spi.store;

import org.jspecify.annotations.Nullable;

/// A store operation that did not end well.
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final Kind kind;

  /// What the caller may conclude.
  public enum Kind {
    /// Nothing was done; a retry is safe and may succeed (no quorum, no leader, queue full).
    UNAVAILABLE,
    /// Nobody knows whether the write happened: its leader vanished. A retry of a Put is safe, of a
    /// Merge too (idempotent), but one of an Increment may count twice.
    UNKNOWN,
    /// The request can never succeed (too large, not JSON, a query that the store cannot answer).
    REFUSED,
    /// Nothing was done: the record is not as the write's condition ([Write#when]) asks. A retry of
    /// a write whose outcome was unknown may end like this because the first one happened.
    UNMET,
    /// The store is damaged or its disk is full; an operator has to look.
    FAILED
  }

  public StoreException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
