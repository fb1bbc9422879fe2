package io.muster.gateway;

import io.netty.buffer.ByteBuf;

/// A WebSocket text frame in the turn buffer of one lane, made by [Frames]; valid until the lane's
/// current turn ends.
///
/// Frames of one turn lie one after another in one buffer, so a connection that gets neighbours
/// gets them with one write.
///
/// @param slab the lane's buffer
/// @param from where the frame begins in it, header included
/// @param to where it ends
public record Frame(ByteBuf slab, int from, int to) {
  /// Bytes on the wire, header included.
  public int length() {
    return to - from;
  }
}
