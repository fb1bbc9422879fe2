package io.muster.gateway;

/// Where a lane's outgoing frames are built, once for all their receivers. Only on the lane.
public interface Frames {
  /// Begins a frame whose payload will be exactly `payloadLength` bytes; write them to the returned
  /// buffer, then [#end].
  io.netty.buffer.ByteBuf begin(int payloadLength);

  /// Ends the frame begun last.
  Frame end();
}
