package io.muster.gateway.driver;

import io.muster.gateway.ClientProtocol;
import io.muster.gateway.Gateway;
import io.muster.gateway.GatewaySettings;
import io.muster.gateway.GatewayView;
import io.muster.gateway.GuardView;
import io.muster.gateway.core.Cors;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.Lane;
import io.muster.kernel.MusterException;
import io.muster.kernel.TlsReload;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [Gateway] on Netty: epoll where the platform has it, else NIO.
public final class NettyGateway implements Gateway {
  private static final Logger log = LoggerFactory.getLogger(NettyGateway.class);

  /// A connection that gets nothing but a refusal has so long to ask for it.
  private static final long UNWELCOME_MILLIS = 5000;

  private final GatewaySettings settings;
  private final MultiThreadIoEventLoopGroup loops;
  private final Class<? extends ServerSocketChannel> serverChannel;
  private final List<NettyLane> lanes = new ArrayList<>();
  private final Map<EventLoop, NettyLane> laneOf = new HashMap<>();
  private final List<ClientProtocol> protocols = new CopyOnWriteArrayList<>();
  private volatile List<Integer> opened = List.of();
  private final List<Channel> listeners = new CopyOnWriteArrayList<>();
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final @Nullable ClientTls tls;
  private final Addresses addresses;
  private final Cors cors;

  public NettyGateway(GatewaySettings settings) {
    this.settings = settings;
    // First: what cannot be read leaves no loop behind.
    this.tls = settings.tls().map(t -> new ClientTls(t, settings.host())).orElse(null);
    this.addresses = new Addresses(settings.limits().connectionsPerAddress());
    this.cors = new Cors(settings.corsOrigins());
    var threads = Thread.ofPlatform().name("lane-", 0).daemon(true).factory();
    boolean epoll = Epoll.isAvailable();
    this.loops =
        new MultiThreadIoEventLoopGroup(
            settings.lanes(),
            threads,
            epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    this.serverChannel = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    for (EventExecutor e : loops) {
      EventLoop loop = (EventLoop) e;
      NettyLane lane = new NettyLane(lanes.size(), loop, PooledByteBufAllocator.DEFAULT, settings);
      lanes.add(lane);
      laneOf.put(loop, lane);
    }
  }

  @Override
  public List<? extends Lane> lanes() {
    return List.copyOf(lanes);
  }

  @Override
  public void serve(ClientProtocol protocol) {
    protocols.add(protocol);
  }

  @Override
  public List<Integer> open() {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(serverChannel)
            .option(ChannelOption.SO_BACKLOG, 4096)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(64 << 10, 256 << 10))
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel ch) {
                    accept(ch);
                  }
                });
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < settings.ports().size(); i++) {
      // A door that opens again has the ports it had.
      int port = i < opened.size() ? opened.get(i) : settings.ports().get(i);
      var bound = bootstrap.bind(new InetSocketAddress(settings.host(), port));
      bound.awaitUninterruptibly();
      if (!bound.isSuccess()) {
        listeners.forEach(Channel::close);
        throw new MusterException(
            ErrorCode.CLIENT_PORT_BUSY,
            "gateway.ports: cannot listen on "
                + settings.host()
                + ":"
                + port
                + " ("
                + bound.cause().getMessage()
                + "); stop what uses it or choose another port",
            bound.cause());
      }
      listeners.add(bound.channel());
      ports.add(((InetSocketAddress) bound.channel().localAddress()).getPort());
    }
    opened = List.copyOf(ports);
    if (tls != null) tls.watch();
    log.info("gateway_open host={} ports={} tls={}", settings.host(), ports, tls != null);
    return ports;
  }

  @Override
  public void connectionsMax(int connections) {
    int share = NettyLane.share(connections, settings);
    for (NettyLane l : lanes) l.execute(() -> l.connectionsMax = share);
  }

  @Override
  public void queueBytesMax(long bytes) {
    for (NettyLane l : lanes) l.execute(() -> l.queueBytesMax = bytes);
  }

  private void accept(Channel ch) {
    NettyLane lane = laneOf.get(ch.eventLoop());
    if (lane == null) throw new IllegalStateException("a loop without lane");
    connections.add(ch);
    SocketAddress remote = ch.remoteAddress();
    boolean welcome = addresses.enter(remote);
    ch.closeFuture().addListener(_ -> addresses.leave(remote));
    if (tls != null) ch.pipeline().addLast(tls.context().newHandler(ch.alloc()));
    long idle = welcome ? settings.keepAlive().toMillis() : UNWELCOME_MILLIS;
    ch.pipeline()
        .addLast("idle", new IdleStateHandler(0, 0, idle, TimeUnit.MILLISECONDS))
        .addLast("http", new HttpServerCodec(4096, 16 << 10, 8192))
        .addLast("aggregate", new HttpObjectAggregator(settings.bodyBytesMax()))
        .addLast(
            new HttpFront(
                lane,
                settings,
                protocols,
                new HttpFront.Manners(cors, tls != null && tls.hsts(), welcome)));
  }

  @Override
  public void drain(Duration over) {
    shut();
    for (Channel ch : connections) Farewell.say(ch, over, "the server is drained");
  }

  private void shut() {
    for (Channel listener : listeners) listener.close();
    listeners.clear();
  }

  @Override
  public void drain() {
    shut();
    for (Channel ch : connections) {
      WebSocketConnection c = ch.pipeline().get(WebSocketConnection.class);
      if (c == null) ch.close();
      else ch.eventLoop().execute(() -> c.close(Farewell.GOING_AWAY, "the server goes down"));
    }
  }

  @Override
  public GatewayView view() {
    long open = 0;
    long accepted = 0;
    long framesIn = 0;
    long framesOut = 0;
    long bytesIn = 0;
    long bytesOut = 0;
    long slow = 0;
    for (NettyLane l : lanes) {
      open += l.connections;
      accepted += l.accepted;
      framesIn += l.framesIn;
      framesOut += l.framesOut;
      bytesIn += l.bytesIn;
      bytesOut += l.bytesOut;
      slow += l.slowClosed;
    }
    return new GatewayView(open, accepted, framesIn, framesOut, bytesIn, bytesOut, slow);
  }

  /// What became of the certificate that clients are shown; empty without TLS.
  public Optional<Supplier<TlsReload.View>> tls() {
    ClientTls t = tls;
    return t == null ? Optional.empty() : Optional.of(t::view);
  }

  @Override
  public GuardView guard() {
    ClientTls t = tls;
    long limited = 0;
    for (NettyLane l : lanes) limited += l.rateClosed;
    return new GuardView(
        t == null ? 0 : t.view().reloads(),
        t == null ? 0 : t.view().failures(),
        t == null ? Instant.EPOCH : t.view().expires(),
        addresses.refused(),
        limited);
  }

  @Override
  public void close() {
    drain();
    protocols.forEach(ClientProtocol::close);
    if (tls != null) tls.close();
    loops.shutdownGracefully(50, 2000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
  }
}
