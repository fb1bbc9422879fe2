package io.muster.gateway.driver;

import io.muster.gateway.ClientConnection;
import io.muster.gateway.ClientProtocol;
import io.muster.gateway.Frame;
import io.muster.gateway.Frames;
import io.muster.gateway.GatewaySettings;
import io.muster.gateway.core.Allowance;
import io.muster.kernel.Lane;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One WebSocket connection (RFC 6455) after its upgrade: decodes frames in place, and writes what
/// was sent to it once per turn.
///
/// Memory follows what has arrived, never what a header announces: a stranger may announce the
/// largest frame on each of its connections and send nothing more. Texts are checked to be UTF-8
/// here, at the door, since what one client writes another one is sent, and a client must drop a
/// connection on which a bad text arrives.
final class WebSocketConnection extends ChannelInboundHandlerAdapter implements ClientConnection {
  private static final Logger log = LoggerFactory.getLogger(WebSocketConnection.class);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int COPY_MAX = 64 << 10;
  private static final int KEPT_FIRST = 64 << 10;
  private static final int REASON_MAX = 120;

  /// A part of a slab that waits to be written.
  private record Range(ByteBuf slab, int from, int to) {}

  private final NettyLane lane;
  private final GatewaySettings settings;
  private final ClientProtocol protocol;
  private final String url;
  private final Map<String, String> headers;
  private final boolean tls;
  private @Nullable ChannelHandlerContext context;
  private ClientProtocol.@Nullable Session session;

  // Inbound: a frame that has not come whole yet, and the parts of a fragmented message.
  private @Nullable ByteBuf partial;
  private final Allowance allowance;
  private @Nullable ByteArrayOutputStream fragments;
  private boolean fragmentsText;

  // Outbound: the growing range, and the ranges before it.
  private @Nullable ByteBuf slab;
  private int from;
  private int to;
  private @Nullable List<Range> earlier;
  private int pending;
  private boolean dirty;
  private boolean ended;
  private long heard;

  WebSocketConnection(
      NettyLane lane,
      GatewaySettings settings,
      ClientProtocol protocol,
      String url,
      Map<String, String> headers,
      boolean tls) {
    this.lane = lane;
    this.settings = settings;
    this.protocol = protocol;
    this.url = url;
    this.headers = headers;
    this.tls = tls;
    GatewaySettings.Limits l = settings.limits();
    this.allowance = new Allowance(l.messagesPerSecond(), l.bytesPerSecond(), System.nanoTime());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    lane.connections++;
    lane.accepted++;
    session = protocol.open(this);
  }

  /// Whether what the client has asked for is answered.
  boolean quiet() {
    return session == null || session.quiet();
  }

  /// How often something has come.
  long heard() {
    return heard;
  }

  // --- inbound

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    lane.bytesIn += in.readableBytes();
    heard++;
    try {
      ByteBuf whole = partial;
      if (whole != null) {
        whole.writeBytes(in);
        frames(ctx, whole);
        // What is decoded is let go at once, also where the next frame has begun behind it: a
        // client that never pauses between frames would fill a buffer that only grows.
        if (partial != null && whole.readerIndex() > 0) {
          partial = null;
          if (whole.isReadable()) keep(ctx, whole);
          whole.release();
        }
      } else {
        frames(ctx, in);
        if (in.isReadable() && !ended) keep(ctx, in);
      }
    } finally {
      in.release();
    }
  }

  /// Keeps the beginning of a frame until the rest comes; the buffer grows as it does.
  private void keep(ChannelHandlerContext ctx, ByteBuf in) {
    int there = in.readableBytes();
    int announced = (int) Math.min(KEPT_FIRST, frameLength(in));
    partial = ctx.alloc().buffer(Math.max(there, announced)).writeBytes(in);
  }

  /// The whole length of the frame that begins here, or a guess while that is not known.
  private static long frameLength(ByteBuf in) {
    int at = in.readerIndex();
    if (in.readableBytes() < 2) return 64;
    int length = in.getByte(at + 1) & 0x7f;
    if (length < 126) return length + 6L;
    if (length == 126) return in.readableBytes() < 4 ? 64 : in.getUnsignedShort(at + 2) + 8L;
    return in.readableBytes() < 10 ? 64 : in.getLong(at + 2) + 14L;
  }

  private void frames(ChannelHandlerContext ctx, ByteBuf in) {
    while (!ended && in.readableBytes() >= 2) {
      int at = in.readerIndex();
      int first = in.getByte(at);
      int second = in.getByte(at + 1);
      int opcode = first & 0x0f;
      boolean fin = (first & 0x80) != 0;
      if ((first & 0x70) != 0 || (second & 0x80) == 0) {
        end(ctx, 1002, "a frame against RFC 6455");
        return;
      }
      int header = 6;
      long length = second & 0x7f;
      if (length == 126) {
        if (in.readableBytes() < 4) return;
        length = in.getUnsignedShort(at + 2);
        header = 8;
      } else if (length == 127) {
        if (in.readableBytes() < 10) return;
        length = in.getLong(at + 2);
        header = 14;
      }
      if (opcode >= 8 && (length > 125 || !fin)) {
        end(ctx, 1002, "a control frame against RFC 6455");
        return;
      }
      if (opcode > 10 || (opcode > 2 && opcode < 8)) {
        end(ctx, 1002, "an unknown opcode");
        return;
      }
      int before = fragments == null || opcode >= 8 ? 0 : fragments.size();
      if (length < 0 || length + before > settings.frameBytesMax()) {
        end(ctx, 1009, "a message beyond " + settings.frameBytesMax() + " bytes");
        return;
      }
      if (in.readableBytes() < header + length) return;
      int mask = in.getInt(at + header - 4);
      byte[] payload = new byte[(int) length];
      in.readerIndex(at + header);
      in.readBytes(payload);
      unmask(payload, mask);
      frame(ctx, opcode, fin, payload);
    }
    if (ended) in.skipBytes(in.readableBytes());
  }

  private static void unmask(byte[] payload, int mask) {
    if (mask == 0) return;
    long wide = (long) mask << 32 | (mask & 0xffffffffL);
    int i = 0;
    for (int n = payload.length - 7; i < n; i += 8) {
      LONGS.set(payload, i, (long) LONGS.get(payload, i) ^ wide);
    }
    for (; i < payload.length; i++) payload[i] ^= (byte) (mask >>> (24 - 8 * (i & 3)));
  }

  private void frame(ChannelHandlerContext ctx, int opcode, boolean fin, byte[] payload) {
    if (!allowance.take(payload.length) && !renewed(payload.length)) {
      excess(ctx, opcode == 1 && fin, payload);
      return;
    }
    switch (opcode) {
      case 0, 1, 2 -> data(ctx, opcode, fin, payload);
      case 8 -> end(ctx, closeAnswer(payload), "");
      case 9 -> {
        // Answers to pings are bounded like all else: a client may ping and never read.
        if (tooSlow()) {
          slow();
          return;
        }
        ByteBuf pong = ctx.alloc().buffer(2 + payload.length);
        pong.writeByte(0x8a).writeByte(payload.length).writeBytes(payload);
        ctx.writeAndFlush(pong, ctx.voidPromise());
      }
      default -> {
        // A pong nobody asked for is a sign of life and nothing else.
      }
    }
  }

  private boolean renewed(int size) {
    return allowance.renew(System.nanoTime()) && allowance.take(size);
  }

  /// Too much at once: says so, and closes.
  private void excess(ChannelHandlerContext ctx, boolean text, byte[] payload) {
    lane.rateClosed++;
    GatewaySettings.Limits l = settings.limits();
    String why =
        l.bytesPerSecond() == 0
            ? "more than " + l.messagesPerSecond() + " messages within a second"
            : l.messagesPerSecond() == 0
                ? "more than " + l.bytesPerSecond() + " bytes within a second"
                : "more than "
                    + l.messagesPerSecond()
                    + " messages or "
                    + l.bytesPerSecond()
                    + " bytes within a second";
    log.warn("client_too_fast remote={} reason=\"{}\": closed", remote(), why);
    ClientProtocol.Session s = session;
    if (text && s != null && Utf8.valid(payload, 0, payload.length)) s.excess(payload, why);
    end(ctx, 1008, why);
  }

  /// The status that answers a CLOSE: its own, or the reason why it is none.
  private static int closeAnswer(byte[] payload) {
    if (payload.length == 0) return 1000;
    if (payload.length == 1) return 1002;
    int code = (payload[0] & 0xff) << 8 | (payload[1] & 0xff);
    // RFC 6455 7.4: 1004 to 1006 and 1015 never travel, and from 3000 on anybody may choose.
    boolean known = (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006));
    if (!known && (code < 3000 || code > 4999)) return 1002;
    return Utf8.valid(payload, 2, payload.length) ? code : 1007;
  }

  private void data(ChannelHandlerContext ctx, int opcode, boolean fin, byte[] payload) {
    ByteArrayOutputStream parts = fragments;
    if (opcode == 0 == (parts == null)) {
      end(ctx, 1002, "a continuation out of place");
      return;
    }
    if (parts == null && fin) {
      message(ctx, opcode == 1, payload);
      return;
    }
    if (parts == null) {
      parts = new ByteArrayOutputStream(payload.length);
      fragments = parts;
      fragmentsText = opcode == 1;
    }
    parts.writeBytes(payload);
    if (!fin) return;
    fragments = null;
    message(ctx, fragmentsText, parts.toByteArray());
  }

  private void message(ChannelHandlerContext ctx, boolean text, byte[] payload) {
    ClientProtocol.Session s = session;
    if (s == null) return;
    if (text && !Utf8.valid(payload, 0, payload.length)) {
      end(ctx, 1007, "a text that is not UTF-8");
      return;
    }
    lane.framesIn++;
    try {
      if (text) s.text(payload);
      else s.binary(payload);
    } catch (RuntimeException e) {
      log.error("message_failed protocol={} remote={}", protocol.name(), remote(), e);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ended = true;
    if (partial != null) partial.release();
    partial = null;
    fragments = null;
    drop();
    ClientProtocol.Session s = session;
    session = null;
    if (s == null) return;
    lane.connections--;
    s.closed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.debug("connection_failed remote={} reason=\"{}\"", remote(), cause.getMessage());
    ctx.close();
  }

  // --- outbound

  @Override
  public boolean send(byte[] utf8) {
    if (ended) return false;
    lane.begin(utf8.length).writeBytes(utf8);
    return send(lane.end());
  }

  @Override
  public boolean send(Frame f) {
    if (ended) return false;
    ByteBuf current = slab;
    if (current == f.slab() && to == f.from()) {
      to = f.to();
    } else {
      if (current != null) {
        if (earlier == null) earlier = new ArrayList<>(4);
        earlier.add(new Range(current, from, to));
      }
      // Held until written: the lane may begin a new slab within this turn.
      slab = f.slab().retain();
      from = f.from();
      to = f.to();
    }
    pending += f.length();
    lane.framesOut++;
    if (!dirty) {
      dirty = true;
      lane.dirty(this);
    }
    if (pending > COPY_MAX && tooSlow()) {
      slow();
      return false;
    }
    return true;
  }

  private boolean tooSlow() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) return true;
    ChannelOutboundBuffer out = ctx.channel().unsafe().outboundBuffer();
    long queued = out == null ? 0 : out.totalPendingWriteBytes();
    return queued + pending > lane.queueBytesMax;
  }

  private void slow() {
    lane.slowClosed++;
    log.warn(
        "client_slow remote={} queued_bytes_max={}: closed so that it reconnects",
        remote(),
        lane.queueBytesMax);
    ended = true;
    drop();
    if (context != null) context.close();
  }

  private void drop() {
    if (slab != null) slab.release();
    slab = null;
    if (earlier != null) for (Range r : earlier) r.slab.release();
    earlier = null;
    pending = 0;
  }

  /// Writes what this turn brought; called by the lane.
  void flushTurn() {
    dirty = false;
    ByteBuf last = slab;
    ChannelHandlerContext ctx = context;
    if (last == null || ctx == null) return;
    if (tooSlow()) {
      slow();
      return;
    }
    lane.bytesOut += pending;
    List<Range> before = earlier;
    boolean copy = !ctx.channel().isWritable() || (before != null && pending <= COPY_MAX);
    if (before == null && !copy) {
      // The reference taken in send goes with the slice.
      ctx.write(last.slice(from, to - from), ctx.voidPromise());
    } else if (copy) {
      // Scattered crumbs cost less copied than written one by one; and what a slow client waits
      // for must not hold whole slabs.
      ByteBuf whole = ctx.alloc().directBuffer(pending);
      if (before != null) {
        for (Range r : before) {
          whole.writeBytes(r.slab, r.from, r.to - r.from);
          r.slab.release();
        }
      }
      whole.writeBytes(last, from, to - from);
      last.release();
      ctx.write(whole, ctx.voidPromise());
    } else {
      if (before != null) {
        for (Range r : before) ctx.write(r.slab.slice(r.from, r.to - r.from), ctx.voidPromise());
      }
      ctx.write(last.slice(from, to - from), ctx.voidPromise());
    }
    earlier = null;
    slab = null;
    pending = 0;
    ctx.flush();
  }

  @Override
  public void close(int status, String reason) {
    ChannelHandlerContext ctx = context;
    if (ctx != null) end(ctx, status, reason);
  }

  private void end(ChannelHandlerContext ctx, int status, String reason) {
    if (ended) return;
    flushTurn();
    // Too slow even for what waited: closed already.
    if (ended) return;
    ended = true;
    byte[] utf8 = reason.getBytes(StandardCharsets.UTF_8);
    int n = Math.min(utf8.length, REASON_MAX);
    // Cut between characters: the reason must be UTF-8, too.
    while (n > 0 && n < utf8.length && (utf8[n] & 0xc0) == 0x80) n--;
    ByteBuf close = Unpooled.buffer(4 + n);
    // 1005 and 1006 must not be sent.
    int code = status == 1005 || status == 1006 ? 1000 : status;
    close.writeByte(0x88).writeByte(2 + n).writeShort(code).writeBytes(utf8, 0, n);
    ctx.writeAndFlush(close).addListener(ChannelFutureListener.CLOSE);
  }

  // --- what is known of it

  @Override
  public Lane lane() {
    return lane;
  }

  @Override
  public Frames frames() {
    return lane;
  }

  @Override
  public void reading(boolean on) {
    ChannelHandlerContext ctx = context;
    if (ctx != null) ctx.channel().config().setAutoRead(on);
  }

  @Override
  public InetSocketAddress remote() {
    ChannelHandlerContext ctx = context;
    return ctx != null && ctx.channel().remoteAddress() instanceof InetSocketAddress a
        ? a
        : new InetSocketAddress(0);
  }

  @Override
  public String url() {
    return url;
  }

  @Override
  public Map<String, String> headers() {
    return headers;
  }

  @Override
  public boolean tls() {
    return tls;
  }

  @Override
  public boolean open() {
    return !ended;
  }
}
