package io.muster.gateway.core;

/// What one connection may send in a second. Confined to its lane.
///
/// The clock is looked at only when a second's share is used up, thus within its bounds a message
/// costs two comparisons. In return a share that was saved may be followed by the next one at once:
/// up to twice the bound within one second, and never more than the bound on average.
public final class Allowance {
  private static final long SECOND = 1_000_000_000L;
  private final int messages;
  private final long bytes;
  private int messagesLeft;
  private long bytesLeft;
  private long sinceNanos;

  /// @param messages in a second at most; 0 for any
  /// @param bytes in a second at most, a message that begins within it whole; 0 for any
  public Allowance(int messages, long bytes, long nowNanos) {
    this.messages = messages == 0 ? Integer.MAX_VALUE : messages;
    this.bytes = bytes == 0 ? Long.MAX_VALUE : bytes;
    begin(nowNanos);
  }

  private void begin(long nowNanos) {
    messagesLeft = messages;
    bytesLeft = bytes;
    sinceNanos = nowNanos;
  }

  /// Takes one message out of what is left.
  ///
  /// @return whether there was enough; if not, [#renew] may help
  public boolean take(int size) {
    if (messagesLeft <= 0 || bytesLeft <= 0) return false;
    messagesLeft--;
    bytesLeft -= size;
    return true;
  }

  /// Begins the next share if a second has passed since the last one was begun.
  public boolean renew(long nowNanos) {
    if (nowNanos - sinceNanos < SECOND) return false;
    begin(nowNanos);
    return true;
  }
}
