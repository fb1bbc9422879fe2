package io.muster.link.core;

/// Why a handshake ended; for the local log only, the peer is told no more than [#outward].
public final class HandshakeException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final String outward;

  public HandshakeException(String reason) {
    this(reason, "handshake refused");
  }

  HandshakeException(String reason, String outward) {
    super(reason);
    this.outward = outward;
  }

  /// What may be told to a peer that has proved nothing.
  public String outward() {
    return outward;
  }
}
