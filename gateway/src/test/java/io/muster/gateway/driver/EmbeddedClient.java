package io.muster.gateway.driver;

import io.muster.gateway.ClientConnection;
import io.muster.gateway.ClientProtocol;
import io.muster.gateway.GatewaySettings;
import io.muster.gateway.HttpAnswer;
import io.muster.gateway.HttpAsk;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A WebSocket connection without a socket: bytes in, what the session saw and what was answered
/// out.
final class EmbeddedClient implements ClientProtocol, ClientProtocol.Session {
  static final int FRAME_BYTES_MAX = 300_000;

  /// What the session was told, in order: `text …`, `binary …`, `closed`.
  final List<String> told = new ArrayList<>();

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  final EmbeddedChannel channel = new EmbeddedChannel();
  final NettyLane lane =
      new NettyLane(
          0,
          channel.eventLoop(),
          UnpooledByteBufAllocator.DEFAULT,
          settings(FRAME_BYTES_MAX, 1 << 20));
  @Nullable ClientConnection connection;

  EmbeddedClient() {
    this(FRAME_BYTES_MAX);
  }

  EmbeddedClient(int frameBytesMax) {
    channel.config().setAllocator(allocator);
    channel
        .pipeline()
        .addLast(
            new WebSocketConnection(
                lane, settings(frameBytesMax, 1 << 20), this, "/x", Map.of(), false));
  }

  static GatewaySettings settings(int frameBytesMax, long queueBytesMax) {
    return new GatewaySettings(
        "127.0.0.1",
        List.of(0),
        1,
        1000,
        frameBytesMax,
        queueBytesMax,
        Duration.ofSeconds(120),
        1 << 20,
        List.of(),
        new GatewaySettings.Limits(0, 0, 0),
        Optional.empty());
  }

  EmbeddedClient write(ClientFrames frames) {
    return write(frames.bytes());
  }

  /// What comes after the end is lost, as with a socket.
  EmbeddedClient write(byte[] bytes) {
    if (!channel.isOpen()) return this;
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
    channel.checkException();
    return this;
  }

  /// The frames written so far and not taken yet, such as `text hello`, `pong 01ff`, `close 1002`.
  List<String> answers() {
    ByteBuf all = Unpooled.buffer();
    for (ByteBuf b; (b = channel.readOutbound()) != null; ) {
      all.writeBytes(b);
      b.release();
    }
    List<String> answers = new ArrayList<>();
    while (all.isReadable()) {
      int first = all.readUnsignedByte();
      long length = all.readUnsignedByte();
      if (length == 126) length = all.readUnsignedShort();
      else if (length == 127) length = all.readLong();
      ByteBuf payload = all.readSlice((int) length);
      answers.add(
          switch (first) {
            case 0x81 -> "text " + payload.toString(StandardCharsets.UTF_8);
            case 0x8a -> "pong " + ByteBufUtil.hexDump(payload);
            case 0x88 -> "close " + payload.getUnsignedShort(0);
            default -> throw new AssertionError("an unexpected frame " + first);
          });
    }
    return answers;
  }

  /// Bytes this connection holds in buffers.
  long held() {
    return allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
  }

  /// The peer has gone.
  void end() {
    channel.finishAndReleaseAll();
  }

  @Override
  public String name() {
    return "recorder";
  }

  @Override
  public boolean webSocket(String path) {
    return true;
  }

  @Override
  public Session open(ClientConnection opened) {
    connection = opened;
    return this;
  }

  @Override
  public @Nullable CompletableFuture<HttpAnswer> http(HttpAsk ask) {
    return null;
  }

  @Override
  public void text(byte[] payload) {
    told.add("text " + new String(payload, StandardCharsets.UTF_8));
  }

  @Override
  public void binary(byte[] payload) {
    told.add("binary " + ByteBufUtil.hexDump(payload));
  }

  @Override
  public void closed() {
    told.add("closed");
  }
}
