package io.muster.link.driver;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.LinkStream;
import io.muster.link.core.FrameType;
import io.muster.link.core.Handshake;
import io.muster.link.core.HandshakeException;
import io.muster.link.core.LinkKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLKeyException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One TCP connection to one peer: first the handshake, then frames. All of it on the link's I/O
/// thread, but for [#call] and [#send].
final class Connection extends SimpleChannelInboundHandler<ByteBuf> {
  private static final Logger log = LoggerFactory.getLogger(Connection.class);
  private static final int CHANNELS = LinkChannel.values().length;
  private static final String BINDING_LABEL = "EXPORTER-Channel-Binding";
  private static final int BINDING_BYTES = 32;
  private static final int STREAMS_SINCE = 2;

  private record Pending(CompletableFuture<byte[]> answer, long deadlineNanos) {}

  private final LinkNetwork network;
  private final FrameDecoder decoder;
  private final @Nullable Address dialled;
  private final Handshake handshake;
  private final Map<Long, Pending> pending = new ConcurrentHashMap<>();
  private final AtomicLong nextId = new AtomicLong();
  private final @Nullable ByteBuf[] parts = new ByteBuf[CHANNELS + 1];
  private @Nullable ChannelHandlerContext context;
  private @Nullable LinkKey key;
  private volatile @Nullable LinkPeer peer;
  private @Nullable Outbox outbox;
  private volatile @Nullable LinkStreams streams;
  private String end = "closed by peer";

  /// What the last ping took, 0 before one came back.
  private volatile long roundTripNanos;
  private long lastHeardNanos = System.nanoTime();

  /// @param dialled where this side dialled to, null when the peer dialled
  Connection(LinkNetwork network, FrameDecoder decoder, @Nullable Address dialled) {
    this.network = network;
    this.decoder = decoder;
    this.dialled = dialled;
    this.handshake = dialled != null ? network.newDialler() : network.newListener();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    ctx.executor()
        .schedule(
            () -> {
              if (peer == null) failHandshake(new HandshakeException("no proof in time"));
            },
            network.settings().connectTimeout().toMillis(),
            java.util.concurrent.TimeUnit.MILLISECONDS);
    if (ctx.pipeline().get(SslHandler.class) == null) begin();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent tls) {
      if (tls.isSuccess()) begin();
      else failHandshake(new HandshakeException("tls: " + tls.cause().getMessage()));
    }
  }

  private void begin() {
    if (handshake instanceof Handshake.Dialler d) write(FrameType.HELLO, d.hello());
  }

  private void write(FrameType type, byte[] body) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) return;
    ByteBuf frame = ctx.alloc().buffer(5 + body.length);
    frame.writeInt(1 + body.length).writeByte(type.id()).writeBytes(body);
    ctx.writeAndFlush(frame, ctx.voidPromise());
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, ByteBuf frame) {
    lastHeardNanos = System.nanoTime();
    int id = frame.readUnsignedByte();
    FrameType type = FrameType.of(id);
    if (type == null) {
      if (!FrameType.optional(id)) goAway("unknown frame type " + id);
      return;
    }
    if (peer == null) {
      try {
        handshake(type, ByteBufUtil.getBytes(frame));
      } catch (HandshakeException e) {
        failHandshake(e);
      }
    } else {
      proved(type, frame);
    }
  }

  private void handshake(FrameType type, byte[] body) {
    switch (handshake) {
      case Handshake.Dialler d -> {
        switch (type) {
          case HELLO -> {
            int rounds = d.listenerHello(body);
            network
                .keyFor(rounds)
                .whenCompleteAsync(
                    (k, e) -> {
                      if (e != null) failHandshake(new HandshakeException("no key: " + e));
                      else {
                        key = k;
                        write(FrameType.PROOF, d.proof(k, binding()));
                      }
                    },
                    executor());
          }
          case READY -> {
            LinkKey proved = key;
            if (proved == null) throw new HandshakeException("ready before proof");
            LinkPeer listener = d.ready(body, proved, binding());
            d.sameLife();
            up(listener);
          }
          case REFUSED ->
              throw new HandshakeException(
                  "refused by the other side: " + new String(body, StandardCharsets.UTF_8));
          default -> throw new HandshakeException(type + " during the handshake");
        }
      }
      case Handshake.Listener l -> {
        switch (type) {
          case HELLO -> {
            if (network.refuses(remote())) throw new HandshakeException("too many failures");
            write(FrameType.HELLO, l.diallerHello(body));
          }
          case PROOF ->
              network
                  .keys()
                  .whenCompleteAsync(
                      (keys, e) -> {
                        if (e != null) {
                          failHandshake(new HandshakeException("no key: " + e));
                          return;
                        }
                        try {
                          byte[] ready = l.proof(body, keys, binding());
                          write(FrameType.READY, ready);
                          l.sameLife();
                          up(l.claimed());
                        } catch (HandshakeException wrong) {
                          failHandshake(wrong);
                        }
                      },
                      executor());
          default -> throw new HandshakeException(type + " during the handshake");
        }
      }
    }
  }

  private java.util.concurrent.Executor executor() {
    ChannelHandlerContext ctx = context;
    return ctx == null ? Runnable::run : ctx.executor();
  }

  /// What ties the proof to the TLS channel: keying material that only its two ends can export (RFC
  /// 9266, `tls-exporter`). Somebody in the middle has another channel with each of them, whatever
  /// certificates it holds, so a proof that it passes on is worth nothing.
  private byte[] binding() {
    ChannelHandlerContext ctx = context;
    SslHandler tls = ctx == null ? null : ctx.pipeline().get(SslHandler.class);
    if (tls == null) return new byte[0];
    if (!(tls.engine().getSession() instanceof ExtendedSSLSession session)) {
      throw new HandshakeException("no channel binding: the TLS provider exports nothing");
    }
    try {
      return session.exportKeyingMaterialData(BINDING_LABEL, new byte[0], BINDING_BYTES);
    } catch (SSLKeyException | UnsupportedOperationException e) {
      throw new HandshakeException("no channel binding: " + e.getMessage());
    }
  }

  private void failHandshake(HandshakeException why) {
    ChannelHandlerContext ctx = context;
    if (ctx == null || peer != null || !ctx.channel().isOpen()) return;
    log.warn(
        "link_handshake_failed remote={} dialled={} reason=\"{}\"",
        remote(),
        dialled != null,
        why.getMessage());
    end = why.getMessage() == null ? "handshake failed" : why.getMessage();
    if (why.superseded()) network.superseded(end);
    if (dialled == null) {
      network.failed(remote());
      write(FrameType.REFUSED, why.outward().getBytes(StandardCharsets.UTF_8));
    }
    ctx.close();
  }

  private void up(LinkPeer proved) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) return;
    decoder.lengthMax(network.settings().frameBytesMax() + 64);
    Outbox out = new Outbox(ctx.channel(), network.settings().queueBytesMax());
    outbox = out;
    if (handshake.version() >= STREAMS_SINCE) {
      LinkStreams all =
          new LinkStreams(
              dialled != null, proved, out::wake, network::streamed, network::checkMayBlock);
      streams = all;
      out.carry(all);
    }
    peer = proved;
    network.up(this);
    long every = network.settings().pingEvery().toMillis();
    ctx.executor()
        .scheduleAtFixedRate(this::ping, every, every, java.util.concurrent.TimeUnit.MILLISECONDS);
  }

  private void ping() {
    ChannelHandlerContext ctx = context;
    Outbox out = outbox;
    if (ctx == null || out == null || !ctx.channel().isActive()) return;
    long now = System.nanoTime();
    if (now - lastHeardNanos > network.settings().silenceMax().toNanos()) {
      end = "silent";
      ctx.close();
      return;
    }
    out.control(FrameType.PING, longBytes(now));
  }

  /// How long the last ping took, 0 before one came back; any thread.
  long roundTripNanos() {
    return roundTripNanos;
  }

  private static byte[] longBytes(long v) {
    return java.nio.ByteBuffer.allocate(8).putLong(v).array();
  }

  private void proved(FrameType type, ByteBuf body) {
    switch (type) {
      case PING -> {
        Outbox out = outbox;
        if (out != null) out.control(FrameType.PONG, ByteBufUtil.getBytes(body));
      }
      case PONG -> {
        // What came back is what was sent; a peer that makes it up deceives nobody but its viewers.
        if (body.readableBytes() == 8) {
          roundTripNanos = Math.max(1, System.nanoTime() - body.readLong());
        }
      }
      case GOAWAY -> {
        end = "goaway: " + body.toString(StandardCharsets.UTF_8);
        ChannelHandlerContext ctx = context;
        if (ctx != null) ctx.close();
      }
      case CALL, RESULT, ERROR, MESSAGE -> payload(type, body);
      case PART -> part(body);
      case STREAM_OPEN, STREAM_DATA, STREAM_CREDIT, STREAM_END, STREAM_STOP, STREAM_RESET -> {
        LinkStreams all = streams;
        String wrong =
            all == null
                ? type + " on a link of version " + handshake.version()
                : all.received(type, ByteBufUtil.getBytes(body));
        if (wrong != null) goAway(wrong);
      }
      default -> goAway(type + " after the handshake");
    }
  }

  private void payload(FrameType type, ByteBuf body) {
    LinkPeer from = peer;
    if (from == null || body.readableBytes() < (type == FrameType.MESSAGE ? 1 : 9)) {
      goAway("a short " + type);
      return;
    }
    int channel = body.readUnsignedByte();
    if (channel < 1 || channel > CHANNELS) {
      goAway("unknown channel " + channel);
      return;
    }
    if (type == FrameType.MESSAGE) {
      network.message(from, channel, ByteBufUtil.getBytes(body));
      return;
    }
    long id = body.readLong();
    byte[] bytes = ByteBufUtil.getBytes(body);
    if (type == FrameType.CALL) {
      network.called(from, channel, bytes).whenComplete((r, e) -> answer(channel, id, r, e));
      return;
    }
    Pending waiting = pending.remove(id);
    if (waiting == null) return;
    if (type == FrameType.RESULT) waiting.answer.complete(bytes);
    else {
      waiting.answer.completeExceptionally(
          new MusterException(
              ErrorCode.LINK_REFUSED,
              from.name() + ": " + new String(bytes, StandardCharsets.UTF_8)));
    }
  }

  private void answer(int channel, long id, byte @Nullable [] result, @Nullable Throwable failure) {
    Outbox out = outbox;
    if (out == null) return;
    int max = network.settings().frameBytesMax();
    if (failure == null && result != null && result.length <= max) {
      out.offer(FrameType.RESULT, channel, id, result);
      return;
    }
    if (failure == null && result != null) {
      String why = "an answer of " + result.length + " bytes, link.frame_bytes_max is smaller";
      out.offer(FrameType.ERROR, channel, id, why.getBytes(StandardCharsets.UTF_8));
      return;
    }
    Throwable cause =
        failure instanceof java.util.concurrent.CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    String text = cause == null ? "no result" : String.valueOf(cause.getMessage());
    out.offer(FrameType.ERROR, channel, id, text.getBytes(StandardCharsets.UTF_8));
  }

  private void part(ByteBuf body) {
    if (body.readableBytes() < 2) {
      goAway("a short PART");
      return;
    }
    int channel = body.readUnsignedByte();
    boolean last = body.readUnsignedByte() == 1;
    if (channel < 1 || channel > CHANNELS) {
      goAway("unknown channel " + channel);
      return;
    }
    ByteBuf whole = parts[channel];
    if (whole == null) {
      whole = Unpooled.buffer(128 << 10);
      parts[channel] = whole;
    }
    if (whole.readableBytes() + body.readableBytes() > network.settings().frameBytesMax() + 64) {
      goAway("parts beyond the frame limit");
      return;
    }
    whole.writeBytes(body);
    if (!last) return;
    parts[channel] = null;
    try {
      FrameType type = whole.isReadable() ? FrameType.of(whole.readUnsignedByte()) : null;
      boolean splittable =
          type == FrameType.CALL
              || type == FrameType.RESULT
              || type == FrameType.ERROR
              || type == FrameType.MESSAGE;
      if (type == null || !splittable) {
        goAway("parts of an unknown frame");
      } else {
        payload(type, whole);
      }
    } finally {
      whole.release();
    }
  }

  /// Sends a request; the answer fails with link_lost, link_timeout, link_refused or overloaded.
  CompletableFuture<byte[]> call(LinkChannel channel, byte[] request, long timeoutNanos) {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    Outbox out = outbox;
    LinkPeer to = peer;
    if (out == null || to == null) {
      answer.completeExceptionally(
          new MusterException(ErrorCode.LINK_UNREACHABLE, "the link is not up"));
      return answer;
    }
    if (request.length > network.settings().frameBytesMax()) {
      answer.completeExceptionally(
          new MusterException(
              ErrorCode.OVERLOADED,
              "a request of " + request.length + " bytes, link.frame_bytes_max is smaller"));
      return answer;
    }
    long id = nextId.incrementAndGet();
    pending.put(id, new Pending(answer, System.nanoTime() + timeoutNanos));
    if (!out.offer(FrameType.CALL, channel.id(), id, request)) {
      pending.remove(id);
      ChannelHandlerContext ctx = context;
      boolean open = ctx != null && ctx.channel().isActive();
      answer.completeExceptionally(
          open
              ? new MusterException(ErrorCode.OVERLOADED, "the queue to " + to.name() + " is full")
              : new MusterException(ErrorCode.LINK_UNREACHABLE, to.name() + " has gone"));
    } else if (closedNow()) {
      fail(id);
    }
    return answer;
  }

  private boolean closedNow() {
    ChannelHandlerContext ctx = context;
    return ctx == null || !ctx.channel().isActive();
  }

  private void fail(long id) {
    Pending p = pending.remove(id);
    if (p != null) p.answer.completeExceptionally(lost());
  }

  private MusterException lost() {
    LinkPeer from = peer;
    return new MusterException(
        ErrorCode.LINK_LOST,
        "the link to " + (from == null ? remote() : from.name()) + " broke: " + end);
  }

  /// Opens a stream; any thread.
  ///
  /// @throws MusterException link_streams_unsupported, overloaded or link_unreachable
  LinkStream open(String service, byte[] head) {
    LinkPeer to = peer;
    if (to == null || closedNow()) {
      throw new MusterException(ErrorCode.LINK_UNREACHABLE, "the link is not up");
    }
    LinkStreams all = streams;
    if (all == null) {
      throw new MusterException(
          ErrorCode.LINK_STREAMS_UNSUPPORTED,
          to.name()
              + " speaks version "
              + handshake.version()
              + " of links, streams came with version "
              + STREAMS_SINCE
              + "; upgrade it");
    }
    return all.open(service, head);
  }

  boolean send(LinkChannel channel, byte[] message) {
    Outbox out = outbox;
    return out != null
        && message.length <= network.settings().frameBytesMax()
        && out.offer(FrameType.MESSAGE, channel.id(), 0, message);
  }

  /// Fails calls whose time is over; called by the network every now and then, on any thread.
  void expire(long nowNanos) {
    LinkPeer to = peer;
    if (to == null) return;
    pending
        .values()
        .removeIf(
            p -> {
              if (nowNanos - p.deadlineNanos <= 0) return false;
              p.answer.completeExceptionally(
                  new MusterException(
                      ErrorCode.LINK_TIMEOUT, to.name() + " did not answer in time"));
              return true;
            });
  }

  boolean idle() {
    Outbox out = outbox;
    LinkStreams all = streams;
    return pending.isEmpty() && (out == null || out.waiting() == 0) && (all == null || all.idle());
  }

  /// Says why and closes.
  void goAway(String reason) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) return;
    if (!ctx.executor().inEventLoop()) {
      Transport.run(ctx.executor(), () -> goAway(reason));
      return;
    }
    end = reason;
    write(FrameType.GOAWAY, reason.getBytes(StandardCharsets.UTF_8));
    ctx.close();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Outbox out = outbox;
    if (out != null && ctx.channel().isWritable()) out.drain();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (outbox != null) outbox.close();
    for (int i = 0; i < parts.length; i++) {
      ByteBuf whole = parts[i];
      if (whole != null) whole.release();
      parts[i] = null;
    }
    network.down(this, end);
    LinkStreams all = streams;
    if (all != null) all.lost(String.valueOf(lost().getMessage()));
    for (Long id : java.util.List.copyOf(pending.keySet())) fail(id);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (peer == null) {
      failHandshake(new HandshakeException(String.valueOf(cause.getMessage())));
    } else {
      end = String.valueOf(cause.getMessage());
      log.info("link_failed peer={} reason=\"{}\"", peer, end);
    }
    ctx.close();
  }

  @Nullable Address dialled() {
    return dialled;
  }

  @Nullable LinkPeer peer() {
    return peer;
  }

  String end() {
    return end;
  }

  InetSocketAddress remote() {
    ChannelHandlerContext ctx = context;
    return ctx != null && ctx.channel().remoteAddress() instanceof InetSocketAddress a
        ? a
        : new InetSocketAddress(0);
  }
}
