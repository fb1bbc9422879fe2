package io.muster.gateway;

import io.netty.buffer.ByteBuf;

/// Where a lane's outgoing frames are built, once for all their receivers. Only on the lane.
public interface Frames {
  /// Begins a frame whose payload will be exactly `payloadLength` bytes, to be written to the
  /// returned buffer before [#end].
  ByteBuf begin(int payloadLength);

  /// Ends the frame begun last.
  Frame end();
}
