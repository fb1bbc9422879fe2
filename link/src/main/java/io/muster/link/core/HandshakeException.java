package io.muster.link.core;

/// Why a handshake ended; for the local log only, the peer is told no more than [#outward].
public final class HandshakeException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final String outward;
  private final boolean superseded;

  public HandshakeException(String reason) {
    this(reason, "handshake refused");
  }

  HandshakeException(String reason, String outward) {
    this(reason, outward, false);
  }

  HandshakeException(String reason, String outward, boolean superseded) {
    super(reason);
    this.outward = outward;
    this.superseded = superseded;
  }

  /// Whether the peer, who has proved the secret, lives in a later life of the cluster than this
  /// member's data.
  public boolean superseded() {
    return superseded;
  }

  /// What may be told to a peer that has proved nothing.
  public String outward() {
    return outward;
  }
}
