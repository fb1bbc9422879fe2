package io.muster.gateway;

/// A WebSocket text frame in the turn buffer of one lane, made by [Frames]; valid until the lane's
/// current turn ends.
///
/// Frames of one turn lie one after another in one buffer, so a connection that gets neighbours
/// gets them with one write.
public final class Frame {
  final Object buffer;
  final int from;
  final int to;

  Frame(Object buffer, int from, int to) {
    this.buffer = buffer;
    this.from = from;
    this.to = to;
  }

  /// Bytes on the wire, header included.
  public int length() {
    return to - from;
  }
}
