package io.muster.bench.driver;

import io.muster.bench.core.Stamp;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker13;
import io.netty.handler.codec.http.websocketx.WebSocketFrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// One client of the happn protocol, version 4, as far as a generator needs it: set-up, one
/// subscription, `set`, `get` and `remove`. Everything on its event loop but [#open].
final class HappnClient extends ChannelInboundHandlerAdapter {
  /// What the client's owner wants to know; called on the event loop.
  interface Listener {
    /// An event of the subscription; its stamp is at `in[at]`, valid during the call.
    default void event(byte[] in, int at) {}

    /// An answer to a request; `in` up to `length` is its frame, valid during the call.
    default void answered(long eventId, boolean ok, byte[] in, int length) {}

    /// What was ready to be read has been read.
    default void readComplete() {}

    /// The connection has gone; not told of those that fail in [#open] or were closed by us.
    default void closed(String why) {}
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long SETUP_SECONDS = 30;
  private static final int HEAD = 128;
  private static final long CONFIGURE = 1;
  private static final long DESCRIBE = 2;
  private static final long LOGIN = 3;
  private static final long SUBSCRIBE = 4;

  private static final byte[] EVENT_ID = ascii("\"eventId\":");
  private static final byte[] STATUS_OK = ascii("\"status\":\"ok\"");
  private static final byte[] SET = ascii("{\"action\":\"set\",\"eventId\":");
  private static final byte[] GET = ascii("{\"action\":\"get\",\"eventId\":");
  private static final byte[] REMOVE = ascii("{\"action\":\"remove\",\"eventId\":");
  private static final byte[] PATH = ascii(",\"path\":\"");
  private static final byte[] DATA = ascii("\",\"data\":{\"m\":\"");
  private static final byte[] NO_DATA = ascii("\",\"data\":null");
  private static final byte[] DATA_END = ascii("\"}");
  private static final byte[] SESSION = ascii(",\"sessionId\":");
  private static final byte[] PUBLISH_OPTIONS =
      ascii(",\"options\":{\"noStore\":true,\"noDataResponse\":true,\"timeout\":60000}}");
  private static final byte[] SET_OPTIONS =
      ascii(",\"options\":{\"noPublish\":true,\"noDataResponse\":true,\"timeout\":60000}}");
  private static final byte[] OPTIONS = ascii(",\"options\":{");
  private static final byte[] TIMEOUT = ascii("\"timeout\":60000}}");
  private static final byte[] GET_OPTIONS = ascii(",\"options\":{\"timeout\":60000}}");
  private static final byte[] REMOVE_OPTIONS =
      ascii(",\"options\":{\"noPublish\":true,\"timeout\":60000}}");

  private final Loops.Loop loop;
  private final Door door;
  private final @Nullable String channelPath;
  private final Listener listener;
  private final WebSocketClientHandshaker handshaker;
  private final CompletableFuture<HappnClient> opened = new CompletableFuture<>();
  private volatile @Nullable Channel channel;
  private boolean upgraded;
  private boolean listening;
  private boolean ready;
  private boolean ending;
  private byte[] session = {};
  private long nextId = SUBSCRIBE + 1;

  /// @param channelPath such as `/ALL@/a/b` to subscribe to, or null
  HappnClient(Loops.Loop loop, Door door, @Nullable String channelPath, Listener listener) {
    this.loop = loop;
    this.door = door;
    this.channelPath = channelPath;
    this.listener = listener;
    this.handshaker =
        new WebSocketClientHandshaker13(
            door.url(), WebSocketVersion.V13, null, false, EmptyHttpHeaders.INSTANCE, 1 << 20) {
          @Override
          protected WebSocketFrameDecoder newWebsocketDecoder() {
            return new ServerFrames(HappnClient.this);
          }
        };
  }

  private static byte[] ascii(String s) {
    return s.getBytes(StandardCharsets.US_ASCII);
  }

  Loops.Loop loop() {
    return loop;
  }

  // --- set-up

  /// Connects, logs in, subscribes. Any thread; once.
  ///
  /// @return this, ready; or fails with a [MusterException]
  CompletableFuture<HappnClient> open(Loops loops) {
    ChannelFuture connecting =
        loops
            .bootstrap(loop)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel ch) {
                    prepare(ch);
                  }
                })
            .connect(door.url().getHost(), door.url().getPort());
    connecting.addListener(
        f -> {
          if (!f.isSuccess()) fail(ErrorCode.BENCH_UNREACHABLE, words(f.cause()));
        });
    return opened
        .orTimeout(SETUP_SECONDS, TimeUnit.SECONDS)
        .whenComplete(
            (_, e) -> {
              if (e != null) connecting.channel().close();
            });
  }

  private void prepare(Channel ch) {
    // Here and not after connect(): the loop may be through the set-up before that returns.
    channel = ch;
    if (door.tls() != null) {
      ch.pipeline()
          .addLast(door.tls().newHandler(ch.alloc(), door.url().getHost(), door.url().getPort()));
    }
    ch.pipeline().addLast(new HttpClientCodec(), new HttpObjectAggregator(1 << 16), this);
  }

  private static String words(@Nullable Throwable e) {
    if (e == null) return "no reason given";
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  private void fail(ErrorCode code, String why) {
    if (opened.completeExceptionally(new MusterException(code, door.url() + ": " + why))) {
      ending = true;
      Channel ch = channel;
      if (ch != null) ch.close();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (door.tls() == null) handshaker.handshake(ctx.channel());
    ctx.fireChannelActive();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent tls) {
      if (tls.isSuccess()) handshaker.handshake(ctx.channel());
      else fail(ErrorCode.BENCH_UNREACHABLE, "TLS: " + words(tls.cause()));
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (upgraded || !(message instanceof FullHttpResponse answer)) return;
      if (answer.status().code() != 101) {
        fail(
            ErrorCode.BENCH_UNREACHABLE,
            "expected a WebSocket, found HTTP " + answer.status() + "; is it a door for clients?");
        return;
      }
      handshaker.finishHandshake(ctx.channel(), answer);
      upgraded = true;
      say(
          CONFIGURE,
          "configure-session",
          Map.of("protocol", "happn_4", "version", "13.12.1", "browser", false));
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void say(long id, String action, @Nullable Object data) {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("action", action);
    request.put("eventId", id);
    if (data != null) request.put("data", data);
    write(JSON.writeValueAsString(request));
    flush();
  }

  private void setUp(byte[] in, int length) {
    JsonNode answer;
    try {
      answer = JSON.readTree(in, 0, length);
    } catch (JacksonException e) {
      fail(ErrorCode.BENCH_BROKEN, "expected JSON, found " + e.getOriginalMessage());
      return;
    }
    JsonNode meta = answer.path("_meta");
    long id = meta.path("eventId").asLong(-1);
    if (id < 0) return;
    if (!meta.path("status").asString("").equals("ok")) {
      refused(id, meta.path("error"));
    } else if (id == CONFIGURE) {
      say(DESCRIBE, "describe", null);
    } else if (id == DESCRIBE) {
      login(answer.path("data").path("secure").asBoolean(false));
    } else if (id == LOGIN) {
      session = ascii(JSON.writeValueAsString(answer.path("data").path("id").asString("")));
      if (channelPath == null) complete();
      else subscribe(channelPath);
    } else if (id == SUBSCRIBE) {
      complete();
    }
  }

  private void refused(long id, JsonNode error) {
    String what =
        id == LOGIN
            ? "login as " + door.user()
            : id == SUBSCRIBE ? "subscription to " + channelPath : "the session's start";
    String code = error.has("code") ? " (" + error.path("code").asInt(0) + ")" : "";
    fail(
        ErrorCode.BENCH_REFUSED,
        what + " was refused: " + error.path("message").asString("") + code);
  }

  private void login(boolean secure) {
    if (secure && door.password().isEmpty()) {
      fail(
          ErrorCode.SETTING_INVALID,
          "this cluster wants a password: give --password or set MUSTER_PASSWORD");
      return;
    }
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("username", door.user());
    data.put("info", Map.of("_browser", false, "_local", false));
    data.put("protocol", "happn_4");
    door.password().ifPresent(p -> data.put("password", p.reveal()));
    say(LOGIN, "login", data);
  }

  private void subscribe(String path) {
    listening = true;
    write(
        "{\"action\":\"on\",\"eventId\":"
            + SUBSCRIBE
            + ",\"path\":"
            + JSON.writeValueAsString(path)
            + ",\"data\":null,\"sessionId\":"
            + new String(session, StandardCharsets.US_ASCII)
            + ",\"options\":{\"event_type\":\"all\",\"count\":0,\"timeout\":60000}}");
    flush();
  }

  private void complete() {
    ready = true;
    opened.complete(this);
  }

  // --- what comes

  /// A text message that lies in `in`.
  void text(ByteBuf in, int at, int length) {
    if (length == 0) return;
    byte[] head = loop.scratch(length);
    int peek = listening ? Math.min(HEAD, length) : length;
    in.getBytes(at, head, 0, peek);
    if (listening) {
      int stamp = Stamp.find(head, 0, peek);
      if (stamp >= 0) {
        listener.event(head, stamp);
        return;
      }
      in.getBytes(at, head, 0, length);
    }
    if (head[0] == '"') control(new String(head, 0, length, StandardCharsets.UTF_8));
    else if (ready) answer(head, length);
    else setUp(head, length);
  }

  private void control(String text) {
    if (text.startsWith("\"primus::ping::")) {
      write("\"primus::pong::" + text.substring("\"primus::ping::".length()));
      flush();
    } else if (text.startsWith("\"primus::server::close")) {
      lost("the server ended the session");
    }
  }

  private void answer(byte[] in, int length) {
    // An event whose stamp lies further back than usual, or an answer.
    int stamp = listening ? Stamp.find(in, 0, length) : -1;
    if (stamp >= 0) {
      listener.event(in, stamp);
      return;
    }
    long id = numberAfter(in, length, EVENT_ID);
    if (id >= 0) listener.answered(id, indexOf(in, length, STATUS_OK) >= 0, in, length);
  }

  private static long numberAfter(byte[] in, int length, byte[] name) {
    int at = indexOf(in, length, name);
    if (at < 0) return -1;
    long v = 0;
    for (int i = at + name.length; i < length && in[i] >= '0' && in[i] <= '9'; i++) {
      v = v * 10 + in[i] - '0';
    }
    return v;
  }

  /// Where `what` begins in `in`, looked for from the end: members of interest come after the data.
  private static int indexOf(byte[] in, int length, byte[] what) {
    for (int i = length - what.length; i >= 0; i--) {
      if (in[i] == what[0]
          && java.util.Arrays.equals(in, i, i + what.length, what, 0, what.length)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (ready) listener.readComplete();
    ctx.fireChannelReadComplete();
  }

  // --- the end

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    lost("the connection was closed");
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable e) {
    lost(words(e));
  }

  /// The connection is of no use any more.
  void lost(String why) {
    if (ending) return;
    if (!ready) {
      fail(ErrorCode.BENCH_BROKEN, why + " during the set-up");
      return;
    }
    ending = true;
    listener.closed(door.url() + ": " + why);
    Channel ch = channel;
    if (ch != null) ch.close();
  }

  // --- requests

  /// Whether requests can be sent without piling up here.
  boolean writable() {
    Channel ch = channel;
    return !ending && ch != null && ch.isWritable();
  }

  /// Whether the connection is there.
  boolean open() {
    return ready && !ending;
  }

  /// Publishes without storing. Sent with the next [#flush], as are all requests.
  long publish(byte[] path, byte[] text) {
    return request(SET, path, text, PUBLISH_OPTIONS);
  }

  /// Writes a record; nobody is told.
  long set(byte[] path, byte[] text) {
    return request(SET, path, text, SET_OPTIONS);
  }

  long get(byte[] path) {
    return request(GET, path, null, GET_OPTIONS);
  }

  /// Reads the records of a pattern.
  ///
  /// @param options members of the request's options, each with a comma behind it
  long query(byte[] path, byte[] options) {
    byte[] all = new byte[OPTIONS.length + options.length + TIMEOUT.length];
    System.arraycopy(OPTIONS, 0, all, 0, OPTIONS.length);
    System.arraycopy(options, 0, all, OPTIONS.length, options.length);
    System.arraycopy(TIMEOUT, 0, all, OPTIONS.length + options.length, TIMEOUT.length);
    return request(GET, path, null, all);
  }

  /// Closes the connection; the listener is not told. On the event loop.
  void end() {
    ending = true;
    Channel ch = channel;
    if (ch != null) ch.close();
  }

  /// Removes a record or the records of a pattern; nobody is told.
  long remove(byte[] path) {
    return request(REMOVE, path, null, REMOVE_OPTIONS);
  }

  private long request(byte[] action, byte[] path, byte @Nullable [] text, byte[] options) {
    Channel ch = channel;
    long id = nextId++;
    if (ch == null) return id;
    int size = 160 + path.length + session.length + options.length;
    ByteBuf b = ch.alloc().buffer(size + (text == null ? 0 : text.length));
    b.writeBytes(action).writeCharSequence(Long.toString(id), StandardCharsets.US_ASCII);
    b.writeBytes(PATH).writeBytes(path);
    if (text == null) b.writeBytes(NO_DATA);
    else b.writeBytes(DATA).writeBytes(text).writeBytes(DATA_END);
    b.writeBytes(SESSION).writeBytes(session).writeBytes(options);
    ch.write(new TextWebSocketFrame(b), ch.voidPromise());
    return id;
  }

  private void write(String text) {
    Channel ch = channel;
    if (ch != null) ch.write(new TextWebSocketFrame(text), ch.voidPromise());
  }

  void flush() {
    Channel ch = channel;
    if (ch != null) ch.flush();
  }
}
