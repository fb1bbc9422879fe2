package io.muster.link.driver;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.Invariant;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.kernel.TaskGroup;
import io.muster.kernel.TlsReload;
import io.muster.link.LinkChannel;
import io.muster.link.LinkIdentity;
import io.muster.link.LinkPeer;
import io.muster.link.LinkSettings;
import io.muster.link.LinkStream;
import io.muster.link.LinkView;
import io.muster.link.Links;
import io.muster.link.core.Failures;
import io.muster.link.core.Handshake;
import io.muster.link.core.LinkKey;
import io.muster.link.core.StreamFrame;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [Links] on Netty. One I/O thread serves all links of a member: they are few, and one thread
/// keeps each peer's events in order without locks.
public final class LinkNetwork implements Links {
  private static final Logger log = LoggerFactory.getLogger(LinkNetwork.class);
  private static final int FRAME_BEFORE_PROOF = 16 << 10;

  /// The same on all members, whatever `link.kdf_iterations` is: fingerprints are compared.
  private static final int FINGERPRINT_ROUNDS = 600_000;

  private static final int FINGERPRINT_BYTES = 6;
  private static final long REDIAL_MIN_MS = 100;
  private static final long REDIAL_MAX_MS = 3000;

  /// What is known of one peer address.
  private static final class Entry {
    final List<Connection> connections = new CopyOnWriteArrayList<>();
    volatile @Nullable CompletableFuture<Connection> dialling;
    volatile boolean kept;
    /// Wait before the next attempt; 0 right after a link broke: its end tells who died.
    volatile long redialMs = REDIAL_MIN_MS;
  }

  /// What a key is made of, besides the cluster's name.
  private record Derived(Secret secret, int rounds) {}

  private final LinkSettings settings;
  private final LinkIdentity self;
  private volatile List<Secret> secrets;
  private final SecureRandom random = new SecureRandom();
  private final Transport transport = Transport.tcp(1, "link");
  private final Map<Address, Entry> entries = new ConcurrentHashMap<>();
  private final Map<Derived, CompletableFuture<LinkKey>> keys = new ConcurrentHashMap<>();
  private final TaskGroup derivations =
      new TaskGroup(
          "link-key",
          Thread.ofPlatform().daemon(true),
          Duration.ofSeconds(2),
          e -> log.error("link_key_failed", e));
  private final TaskGroup serving =
      new TaskGroup(
          "link-stream",
          Thread.ofVirtual(),
          Duration.ofSeconds(2),
          e -> log.error("link_stream_failed", e));
  private final Map<String, StreamHandler> streamHandlers = new ConcurrentHashMap<>();
  private final int versionMax;
  private final Failures failures = new Failures();
  private final @Nullable CallHandler[] callHandlers =
      new CallHandler[LinkChannel.values().length + 1];
  private final @Nullable MessageHandler[] messageHandlers =
      new MessageHandler[LinkChannel.values().length + 1];
  private final List<LinkObserver> observers = new CopyOnWriteArrayList<>();
  private volatile Consumer<String> superseded = _ -> {};
  private final @Nullable TlsReload<TlsContexts> tls;
  private @Nullable Channel listener;
  private volatile Address address;
  private volatile boolean closed;

  /// @param secrets the cluster's secret first; a second one is accepted while secrets are rotated
  public LinkNetwork(LinkSettings settings, LinkIdentity self, List<Secret> secrets) {
    this(settings, self, secrets, Handshake.VERSION_MAX);
  }

  /// @param versionMax the newest version of links to speak: an older Muster in tests
  LinkNetwork(LinkSettings settings, LinkIdentity self, List<Secret> secrets, int versionMax) {
    this.versionMax = versionMax;
    this.settings = settings;
    this.self = self;
    this.secrets = List.copyOf(secrets);
    this.address = new Address(settings.host(), settings.port());
    this.tls = settings.tls().map(TlsContexts::of).orElse(null);
  }

  @Override
  public void start() {
    keyFor(settings.kdfIterations());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(transport.group())
            .channel(transport.server())
            .option(ChannelOption.SO_BACKLOG, 256)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, water())
            .childHandler(initializer(null));
    var bound = bootstrap.bind(new InetSocketAddress(settings.host(), settings.port()));
    bound.awaitUninterruptibly();
    if (!bound.isSuccess()) {
      transport.group().shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
      throw new MusterException(
          ErrorCode.PORT_BUSY,
          "link.port: cannot listen on "
              + settings.host()
              + ":"
              + settings.port()
              + " ("
              + bound.cause().getMessage()
              + "); stop what uses it or choose another port",
          bound.cause());
    }
    listener = bound.channel();
    address = settings.advertised(((InetSocketAddress) bound.channel().localAddress()).getPort());
    transport.group().scheduleAtFixedRate(this::expire, 100, 100, TimeUnit.MILLISECONDS);
    log.info("link_listening address={} tls={}", address, tls != null);
    if (tls != null) settings.tls().ifPresent(t -> tls.watch(t.reloadEvery()));
  }

  private static WriteBufferWaterMark water() {
    return new WriteBufferWaterMark(128 << 10, 512 << 10);
  }

  private ChannelInitializer<Channel> initializer(@Nullable Address dialled) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel ch) {
        if (tls != null) {
          TlsContexts now = tls.current();
          ch.pipeline()
              .addLast(
                  dialled == null
                      ? now.server().newHandler(ch.alloc())
                      : now.client().newHandler(ch.alloc(), dialled.host(), dialled.port()));
        }
        FrameDecoder decoder = new FrameDecoder(FRAME_BEFORE_PROOF);
        ch.pipeline().addLast(decoder, new Connection(LinkNetwork.this, decoder, dialled));
      }
    };
  }

  /// What became of the certificate that peers are shown; empty without TLS.
  public Optional<Supplier<TlsReload.View>> tls() {
    TlsReload<TlsContexts> t = tls;
    return t == null ? Optional.empty() : Optional.of(t::view);
  }

  @Override
  public Address listening() {
    return address;
  }

  @Override
  public void onCall(LinkChannel channel, CallHandler handler) {
    callHandlers[channel.id()] = handler;
  }

  @Override
  public void onMessage(LinkChannel channel, MessageHandler handler) {
    messageHandlers[channel.id()] = handler;
  }

  @Override
  public AutoCloseable observe(LinkObserver observer) {
    observers.add(observer);
    return () -> observers.remove(observer);
  }

  /// Tells when a member that knows the secret lives in a later life of the cluster than this
  /// member's data: this one is out of date, and no link between both will come up. On the I/O
  /// thread, perhaps often.
  ///
  /// @param told gets the reason, with the other's name and address
  public void onSuperseded(Consumer<String> told) {
    superseded = told;
  }

  void superseded(String why) {
    superseded.accept(why);
  }

  private Entry entry(Address peer) {
    return entries.computeIfAbsent(peer, _ -> new Entry());
  }

  /// The link to use: the one dialled by the smaller member id, where there are two.
  private @Nullable Connection best(@Nullable Entry entry) {
    if (entry == null) return null;
    Connection best = null;
    for (Connection c : entry.connections) {
      LinkPeer p = c.peer();
      if (p == null) continue;
      boolean preferred = (c.dialled() != null) == (self.id().compareTo(p.id()) < 0);
      if (best == null || preferred) best = c;
    }
    return best;
  }

  @Override
  public void keep(Address peer) {
    if (peer.equals(address)) return;
    Entry e = entry(peer);
    e.kept = true;
    if (best(e) == null) dial(peer, e);
  }

  @Override
  public void forget(Address peer, String reason) {
    Entry e = entries.remove(peer);
    if (e == null) return;
    e.kept = false;
    for (Connection c : e.connections) c.goAway(reason);
  }

  @Override
  public Collection<LinkPeer> peers() {
    List<LinkPeer> up = new ArrayList<>();
    for (Entry e : entries.values()) {
      Connection c = best(e);
      LinkPeer p = c == null ? null : c.peer();
      if (p != null) up.add(p);
    }
    return up;
  }

  /// The links that are up now, as operators see them; any thread.
  public List<LinkView> views() {
    List<LinkView> up = new ArrayList<>();
    for (Entry e : entries.values()) {
      Connection c = best(e);
      LinkPeer p = c == null ? null : c.peer();
      if (c == null || p == null) continue;
      up.add(new LinkView(p, c.dialled() != null, Duration.ofNanos(c.roundTripNanos())));
    }
    return up;
  }

  @Override
  public boolean linked(Address peer) {
    return peer.equals(address) || best(entries.get(peer)) != null;
  }

  private CompletableFuture<Connection> dial(Address peer, Entry e) {
    synchronized (e) {
      CompletableFuture<Connection> running = e.dialling;
      if (running != null) return running;
      CompletableFuture<Connection> result = new CompletableFuture<>();
      if (closed) {
        result.completeExceptionally(stopping());
        return result;
      }
      e.dialling = result;
      new Bootstrap()
          .group(transport.group())
          .channel(transport.client())
          .option(ChannelOption.TCP_NODELAY, true)
          .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
          .option(ChannelOption.WRITE_BUFFER_WATER_MARK, water())
          .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) settings.connectTimeout().toMillis())
          .handler(initializer(peer))
          .connect(peer.host(), peer.port())
          .addListener(
              f -> {
                if (f.isSuccess()) return;
                boolean refused = f.cause() instanceof java.net.ConnectException;
                dialFailed(peer, e, String.valueOf(f.cause().getMessage()));
                for (LinkObserver o : observers) o.unreachable(peer, refused);
              });
      return result;
    }
  }

  private void dialFailed(Address peer, Entry e, String why) {
    CompletableFuture<Connection> dialling = e.dialling;
    e.dialling = null;
    if (dialling != null) {
      dialling.completeExceptionally(
          new MusterException(ErrorCode.LINK_UNREACHABLE, peer + ": " + why));
    }
    redial(peer, e);
  }

  private void redial(Address peer, Entry e) {
    if (!e.kept || closed) return;
    long delay = e.redialMs / 2 + ThreadLocalRandom.current().nextLong(e.redialMs / 2 + 1);
    if (e.redialMs == 0) delay = 0;
    e.redialMs = e.redialMs == 0 ? REDIAL_MIN_MS : Math.min(REDIAL_MAX_MS, e.redialMs * 2);
    transport
        .group()
        .schedule(
            () -> {
              if (e.kept && !closed && best(e) == null) dial(peer, e);
            },
            delay,
            TimeUnit.MILLISECONDS);
  }

  @Override
  public CompletableFuture<byte[]> call(
      Address peer, LinkChannel channel, byte[] request, Duration timeout) {
    if (peer.equals(address)) return callSelf(channel, request);
    Entry e = entry(peer);
    Connection up = best(e);
    if (up != null) return up.call(channel, request, timeout.toNanos());
    long start = System.nanoTime();
    return dialled(peer, e, timeout)
        .thenCompose(
            c -> c.call(channel, request, timeout.toNanos() - (System.nanoTime() - start)));
  }

  private CompletableFuture<Connection> dialled(Address peer, Entry e, Duration limit) {
    return dial(peer, e)
        .orTimeout(
            Math.min(limit.toNanos(), settings.connectTimeout().toNanos()), TimeUnit.NANOSECONDS)
        .exceptionallyCompose(
            x ->
                CompletableFuture.failedFuture(
                    x instanceof MusterException
                        ? x
                        : new MusterException(
                            ErrorCode.LINK_UNREACHABLE, peer + ": no link in time", x)));
  }

  @Override
  public void onStream(String service, StreamHandler handler) {
    StreamFrame.checkService(service);
    streamHandlers.put(service, handler);
  }

  @Override
  public LinkStream open(Address peer, String service, byte[] head, Duration limit) {
    if (peer.equals(address)) {
      throw new MusterException(
          ErrorCode.LINK_UNREACHABLE, "a member has no link, and so no streams, to itself");
    }
    Entry e = entry(peer);
    Connection up = best(e);
    if (up != null) return up.open(service, head);
    checkMayBlock();
    try {
      return dialled(peer, e, limit).get().open(service, head);
    } catch (ExecutionException x) {
      if (x.getCause() instanceof MusterException m) throw m;
      throw new MusterException(ErrorCode.LINK_UNREACHABLE, peer + ": " + x.getCause(), x);
    } catch (InterruptedException x) {
      Thread.currentThread().interrupt();
      throw new MusterException(ErrorCode.LINK_UNREACHABLE, peer + ": interrupted", x);
    }
  }

  private static MusterException stopping() {
    return new MusterException(ErrorCode.LINK_UNREACHABLE, "this member is stopping");
  }

  private CompletableFuture<byte[]> callSelf(LinkChannel channel, byte[] request) {
    LinkPeer me = new LinkPeer(self.id(), self.name(), self.incarnation(), address);
    CompletableFuture<CompletableFuture<byte[]>> answer = new CompletableFuture<>();
    if (!Transport.run(
        transport.group(), () -> answer.complete(called(me, channel.id(), request)))) {
      return CompletableFuture.failedFuture(stopping());
    }
    return answer.thenCompose(f -> f);
  }

  @Override
  public boolean send(Address peer, LinkChannel channel, byte[] message) {
    Connection up = best(entries.get(peer));
    return up != null && up.send(channel, message);
  }

  // --- called by connections, on the I/O thread

  /// Serves a stream of a peer.
  void streamed(LinkStream stream) {
    StreamHandler handler = streamHandlers.get(stream.service());
    if (handler == null) {
      refuse(stream, "nobody serves '" + stream.service() + "' here");
    } else if (!serving.start(() -> serve(stream, handler))) {
      refuse(stream, "this member is stopping");
    }
  }

  private static void refuse(LinkStream stream, String why) {
    stream.reset(ErrorCode.LINK_REFUSED, why);
    stream.close();
  }

  private static void serve(LinkStream stream, StreamHandler handler) {
    // Not a try with resources: that would close, and so reset, before the catch can say why.
    try {
      handler.handle(stream);
      stream.end();
    } catch (MusterException e) {
      stream.reset(e.code(), String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      stream.reset(ErrorCode.LINK_REFUSED, "this member is stopping");
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      log.warn("link_stream_failed peer={} service={}", stream.peer(), stream.service(), e);
      stream.reset(ErrorCode.LINK_REFUSED, String.valueOf(e.getMessage()));
    } finally {
      stream.close();
    }
  }

  /// Throws on the I/O thread: to wait there would stop every link.
  void checkMayBlock() {
    Invariant.check(!ioThread(), "a link stream must not block the links' I/O thread");
  }

  private boolean ioThread() {
    for (var loop : transport.group()) if (loop.inEventLoop()) return true;
    return false;
  }

  LinkSettings settings() {
    return settings;
  }

  private byte[] nonce() {
    byte[] nonce = new byte[32];
    random.nextBytes(nonce);
    return nonce;
  }

  Handshake newDialler() {
    return new Handshake.Dialler(self, address, nonce(), versionMax);
  }

  Handshake newListener() {
    return new Handshake.Listener(self, address, nonce(), settings.kdfIterations(), versionMax);
  }

  /// The key of the cluster's secret with as many rounds, derived once.
  CompletableFuture<LinkKey> keyFor(int rounds) {
    return key(secrets.getFirst(), rounds);
  }

  private CompletableFuture<LinkKey> key(Secret secret, int rounds) {
    return keys.computeIfAbsent(
        new Derived(secret, rounds),
        _ -> {
          CompletableFuture<LinkKey> derived = new CompletableFuture<>();
          boolean started =
              derivations.start(
                  () -> {
                    try {
                      derived.complete(LinkKey.derive(secret, self.cluster(), rounds));
                    } catch (RuntimeException e) {
                      derived.completeExceptionally(e);
                    }
                  });
          if (!started) {
            derived.completeExceptionally(stopping());
          }
          return derived;
        });
  }

  /// Keys for other uses of the cluster's secrets, one per accepted secret, the current one first.
  public CompletableFuture<List<byte[]>> keysFor(String purpose) {
    return keys().thenApply(all -> all.stream().map(k -> k.subkey(purpose)).toList());
  }

  /// All accepted keys.
  CompletableFuture<List<LinkKey>> keys() {
    return keys(secrets);
  }

  private CompletableFuture<List<LinkKey>> keys(List<Secret> of) {
    List<CompletableFuture<LinkKey>> all =
        of.stream().map(s -> key(s, settings.kdfIterations())).toList();
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
        .thenApply(_ -> all.stream().map(CompletableFuture::join).toList());
  }

  /// Takes other secrets in place of the present ones for all links to come; those that are up go
  /// on. The keys are derived first, so that no handshake waits for them.
  ///
  /// @param next the one to prove this member with, then others that are accepted
  /// @return completes when they are in use; any thread
  public CompletableFuture<Void> use(List<Secret> next) {
    List<Secret> ring = List.copyOf(next);
    Invariant.check(!ring.isEmpty(), "a member without a secret");
    return keys(ring)
        .thenAccept(
            _ -> {
              secrets = ring;
              keys.keySet().removeIf(d -> !ring.contains(d.secret));
            });
  }

  /// A short text that tells secrets apart and says nothing of them: 12 hexadecimal digits of a key
  /// derived with 600,000 rounds.
  public CompletableFuture<String> fingerprint(Secret secret) {
    return key(secret, FINGERPRINT_ROUNDS)
        .thenApply(k -> HexFormat.of().formatHex(k.subkey("fingerprint"), 0, FINGERPRINT_BYTES));
  }

  boolean refuses(InetSocketAddress remote) {
    return failures.refused(remote.getHostString(), System.nanoTime());
  }

  void failed(InetSocketAddress remote) {
    boolean loopback = remote.getAddress() != null && remote.getAddress().isLoopbackAddress();
    failures.failed(remote.getHostString(), loopback, System.nanoTime());
  }

  void up(Connection c) {
    LinkPeer peer = c.peer();
    if (peer == null) return;
    Entry e = entry(peer.address());
    boolean first = best(e) == null;
    e.connections.add(c);
    e.redialMs = 0;
    Address dialled = c.dialled();
    if (dialled != null) {
      Entry asked = entry(dialled);
      if (asked != e) {
        asked.connections.add(c);
        asked.redialMs = 0;
        answerDial(asked, c);
      }
      answerDial(e, c);
    }
    if (first) {
      log.info(
          "link_up peer={} address={} dialled={}", peer.name(), peer.address(), dialled != null);
      for (LinkObserver o : observers) o.up(peer);
    }
  }

  private static void answerDial(Entry e, Connection c) {
    CompletableFuture<Connection> dialling = e.dialling;
    e.dialling = null;
    if (dialling != null) dialling.complete(c);
  }

  void down(Connection c, String why) {
    LinkPeer peer = c.peer();
    Address dialled = c.dialled();
    if (peer == null) {
      if (dialled != null) dialFailed(dialled, entry(dialled), why);
      return;
    }
    Entry e = entries.get(peer.address());
    boolean last = false;
    if (e != null) {
      last = e.connections.remove(c) && e.connections.isEmpty();
    }
    if (dialled != null) {
      Entry asked = entries.get(dialled);
      if (asked != null && asked != e) asked.connections.remove(c);
    }
    if (last || e == null) {
      log.info("link_down peer={} address={} reason=\"{}\"", peer.name(), peer.address(), why);
      for (LinkObserver o : observers) o.down(peer, why);
      if (e != null) redial(peer.address(), e);
    }
  }

  void message(LinkPeer from, int channel, byte[] message) {
    MessageHandler handler = messageHandlers[channel];
    if (handler == null) return;
    try {
      handler.handle(from, message);
    } catch (RuntimeException e) {
      log.error("link_message_failed peer={} channel={}", from.name(), channel, e);
    }
  }

  CompletableFuture<byte[]> called(LinkPeer from, int channel, byte[] request) {
    CallHandler handler = callHandlers[channel];
    if (handler == null) {
      return CompletableFuture.failedFuture(new IllegalStateException("nobody serves this here"));
    }
    try {
      return handler.handle(from, request);
    } catch (RuntimeException e) {
      log.warn("link_call_failed peer={} channel={}", from.name(), channel, e);
      return CompletableFuture.failedFuture(e);
    }
  }

  private void expire() {
    long now = System.nanoTime();
    for (Entry e : entries.values()) {
      for (Connection c : e.connections) c.expire(now);
      if (e.connections.size() > 1) {
        Connection best = best(e);
        for (Connection c : e.connections) {
          LinkPeer p = c.peer();
          if (c != best && c.idle() && p != null && self.id().compareTo(p.id()) < 0) {
            c.goAway("a second link to the same member");
          }
        }
      }
    }
  }

  /// Ends all links with GOAWAY and stops listening; waits up to two seconds.
  @Override
  public void close() {
    closed = true;
    if (listener != null) listener.close();
    for (Entry e : entries.values()) {
      e.kept = false;
      for (Connection c : e.connections) c.goAway("leaving");
    }
    transport.group().shutdownGracefully(20, 2000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    derivations.close();
    serving.close();
    if (tls != null) tls.close();
  }
}
