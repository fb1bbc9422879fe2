package io.muster.link.driver;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.CorruptedFrameException;
import java.util.List;

/// Cuts the stream into frames (type and body) and refuses lengths beyond the limit before any byte
/// of the frame is kept.
final class FrameDecoder extends ByteToMessageDecoder {
  private int lengthMax;

  FrameDecoder(int lengthMax) {
    this.lengthMax = lengthMax;
  }

  /// Raised once the peer has proved itself.
  void lengthMax(int max) {
    lengthMax = max;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < 4) return;
    int length = in.getInt(in.readerIndex());
    if (length < 1 || length > lengthMax) {
      in.skipBytes(in.readableBytes());
      throw new CorruptedFrameException(
          "a frame of " + length + " bytes, allowed 1 to " + lengthMax);
    }
    if (in.readableBytes() < 4 + length) return;
    in.skipBytes(4);
    out.add(in.readRetainedSlice(length));
  }
}
