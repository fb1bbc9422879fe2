package io.muster.bench.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameDecoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decodes what a server sends (RFC 6455, without masks) in place, and hands each text message to
/// its client where it lies: Netty's decoder makes an object per message, which a generator that
/// receives a million of them per second would mostly measure.
final class ServerFrames extends ByteToMessageDecoder implements WebSocketFrameDecoder {
  private static final int MESSAGE_MAX = 64 << 20;
  private final HappnClient client;
  private @Nullable ByteBuf fragments;

  ServerFrames(HappnClient client) {
    this.client = client;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    while (in.readableBytes() >= 2) {
      int at = in.readerIndex();
      int first = in.getByte(at);
      int second = in.getByte(at + 1);
      if ((first & 0x70) != 0 || (second & 0x80) != 0) {
        throw new CorruptedFrameException("the server sent a frame against RFC 6455");
      }
      int header = 2;
      long length = second & 0x7f;
      if (length == 126) {
        if (in.readableBytes() < 4) return;
        header = 4;
        length = in.getUnsignedShort(at + 2);
      } else if (length == 127) {
        if (in.readableBytes() < 10) return;
        header = 10;
        length = in.getLong(at + 2);
      }
      if (length < 0 || length > MESSAGE_MAX) {
        throw new CorruptedFrameException("the server sent a frame of " + length + " bytes");
      }
      if (in.readableBytes() < header + length) return;
      in.readerIndex(at + header + (int) length);
      frame(ctx, in, first, at + header, (int) length);
    }
  }

  private void frame(ChannelHandlerContext ctx, ByteBuf in, int first, int at, int length) {
    boolean whole = (first & 0x80) != 0;
    switch (first & 0x0f) {
      case 0, 1 -> {
        ByteBuf parts = fragments;
        if (parts == null && whole) {
          client.text(in, at, length);
          return;
        }
        if (parts == null) parts = ctx.alloc().buffer(length * 2);
        fragments = parts.writeBytes(in, at, length);
        if (!whole) return;
        client.text(parts, 0, parts.readableBytes());
        parts.release();
        fragments = null;
      }
      case 8 -> client.lost("the server closed the connection" + reason(in, at, length));
      case 9 ->
          ctx.writeAndFlush(new PongWebSocketFrame(Unpooled.copiedBuffer(in.slice(at, length))));
      default -> {
        // Binary messages and pongs mean nothing here.
      }
    }
  }

  private static String reason(ByteBuf in, int at, int length) {
    if (length < 2) return "";
    String text = in.toString(at + 2, length - 2, java.nio.charset.StandardCharsets.UTF_8);
    return " (" + in.getUnsignedShort(at) + (text.isEmpty() ? "" : " " + text) + ")";
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    if (fragments != null) fragments.release();
    fragments = null;
  }
}
