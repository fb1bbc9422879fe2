package io.muster.node;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.muster.access.Access;
import io.muster.access.AccessSettings;
import io.muster.access.driver.RegistryAccess;
import io.muster.admin.AdminFaces;
import io.muster.admin.AdminServer;
import io.muster.admin.Backup;
import io.muster.admin.Door;
import io.muster.admin.EventLog;
import io.muster.admin.LinkedSessions;
import io.muster.admin.LiveTopic;
import io.muster.admin.LogLines;
import io.muster.admin.Overviews;
import io.muster.admin.Secrets;
import io.muster.admin.ServiceTopics;
import io.muster.admin.Sessions;
import io.muster.gateway.GatewayView;
import io.muster.gateway.GuardView;
import io.muster.gateway.driver.NettyGateway;
import io.muster.kernel.ControlLoop;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.Lane;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.kernel.TimeSource;
import io.muster.link.LinkIdentity;
import io.muster.link.LinkView;
import io.muster.link.driver.LinkNetwork;
import io.muster.membership.Member;
import io.muster.membership.MemberState;
import io.muster.membership.Membership;
import io.muster.membership.driver.SwimMembership;
import io.muster.node.backup.Backups;
import io.muster.node.secrets.SecretRotation;
import io.muster.protocols.happn.HappnProtocol;
import io.muster.realtime.Realtime;
import io.muster.realtime.Topics;
import io.muster.realtime.driver.ClusterRealtime;
import io.muster.realtime.driver.ClusterTopics;
import io.muster.registry.ClusterSettings;
import io.muster.registry.Consensus;
import io.muster.registry.Registration;
import io.muster.registry.Registry;
import io.muster.registry.RegistrySettings;
import io.muster.registry.driver.GroupRegistry;
import io.muster.registry.driver.LineageFile;
import io.muster.registry.driver.RaftGroups;
import io.muster.registry.driver.Registrations;
import io.muster.registry.driver.RocksLibrary;
import io.muster.registry.driver.SharedSettings;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.store.StoreProviders;
import io.muster.supervision.Supervision;
import io.muster.supervision.driver.ClusterSupervision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One member, whole.
///
/// [#start] builds it top to bottom and returns when clients may come; [#close] takes it down in
/// the reverse order: clients first, so that they reconnect elsewhere, then leadership, then the
/// good-bye to the members.
public final class MusterNode implements AdminFaces, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MusterNode.class);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration FEED = Duration.ofMillis(250);
  public static final String VERSION = "0.1.0";

  /// The happn-3 release whose behaviour clients may expect.
  private static final String HAPPN_VERSION = "13.12.1";

  private final MusterSettings settings;
  private final SettingsOrigin origin;
  private final TimeSource time = TimeSource.system();
  private final long startedNanos = time.nanos();
  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final EventLog happened = new EventLog();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final MemberDoor door;
  private final ClusterTopics topics;
  private volatile boolean started;
  private final Departure leaving;

  private volatile @Nullable DataDirectory directory;
  private volatile @Nullable LinkNetwork links;
  private volatile @Nullable SwimMembership membership;
  private volatile @Nullable GroupRegistry registry;
  private volatile @Nullable Registrations registrations;
  private volatile @Nullable ClusterSettings clusterSettings;
  private volatile @Nullable RaftGroups raft;
  private volatile @Nullable Consensus meta;
  private volatile @Nullable RecordStore store;
  private volatile @Nullable Realtime realtime;
  private volatile @Nullable Access access;
  private volatile @Nullable Sessions sessions;
  private volatile @Nullable ClusterSupervision supervision;
  private volatile @Nullable Secrets secrets;
  private volatile @Nullable Overviews overviews;
  private volatile @Nullable NettyGateway gateway;
  private volatile @Nullable Backups backups;
  private volatile @Nullable Draining draining;
  private volatile @Nullable AdminServer admin;
  private final RecentLog recent = new RecentLog();
  private volatile String id = "";

  private MusterNode(MusterSettings settings, SettingsOrigin origin) {
    this.settings = settings;
    this.origin = origin;
    this.leaving = new Departure(settings);
    this.door = new MemberDoor(settings, time, new Seen(), ready);
    this.topics = new ClusterTopics(settings.member().name());
  }

  /// Starts a member and waits until its door is open.
  ///
  /// @throws MusterException when it cannot start; nothing is left running then
  public static MusterNode start(MusterSettings settings) {
    return start(settings, new SettingsOrigin(Optional.empty(), () -> settings));
  }

  /// As [#start(MusterSettings)], with a way to read the settings again.
  public static MusterNode start(MusterSettings settings, SettingsOrigin origin) {
    LogFormat.use(settings.logFormat());
    MusterNode node = new MusterNode(settings, origin);
    try {
      node.build();
      node.ready.join();
      return node;
    } catch (LinkageError e) {
      // A native library that does not fit the machine: threads that run already must not keep a
      // half-built member alive.
      node.close();
      throw e;
    } catch (RuntimeException e) {
      node.close();
      Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
      if (cause instanceof StoreException s) throw StoreProviders.failure(s);
      throw cause instanceof RuntimeException r ? r : new IllegalStateException(cause);
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    closing.push(part);
    return part;
  }

  /// The whole member, top to bottom.
  private void build() {
    opened(recent);
    DataDirectory directory = opened(new DataDirectory(settings.member().dataDir()));
    this.directory = directory;
    id = directory.id().hex();
    RocksLibrary.load(directory.path().resolve("native"));
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    MemberMetrics told =
        opened(
            new MemberMetrics(
                metrics,
                new MemberMetrics.Sources(
                    () -> status().ready(),
                    this::presentCount,
                    this::view,
                    this::guard,
                    this::realtimeView)));
    AdminServer administration =
        opened(new AdminServer(settings.admin(), directory.path(), this, metrics));
    admin = administration;
    told.tls(administration.tls());
    MonitorFeed feed =
        opened(
            new MonitorFeed(
                happened, this::groups, () -> status().state(), () -> view().connections()));

    ControlLoop control = opened(new ControlLoop("control"));
    LinkNetwork network =
        opened(
            new LinkNetwork(
                settings.link(),
                new LinkIdentity(
                    settings.cluster().name(),
                    directory.id(),
                    settings.member().name(),
                    directory.incarnation(),
                    LineageFile.read(directory.path().resolve("raft"))),
                settings.secrets()));
    network.onSuperseded(this::superseded);
    network.start();
    told.tls(network.tls());
    links = network;

    MemberDiscovery discovery =
        opened(new MemberDiscovery(settings, network.listening(), this::earlyStore, time));
    SwimMembership members =
        opened(
            new SwimMembership(
                new Member(
                    directory.id(),
                    settings.member().name(),
                    directory.incarnation(),
                    settings.member().roles(),
                    settings.member().service(),
                    network.listening(),
                    settings.member().labels(),
                    MemberState.ALIVE),
                settings.membership(),
                discovery.source(),
                settings.link().host(),
                network,
                network.keysFor("gossip").join(),
                control,
                time));
    membership = members;
    NettyGateway door = opened(new NettyGateway(settings.gateway()));
    told.tls(door.tls());
    gateway = door;
    opened(members.observe(_ -> control.execute(this.door::look)));
    opened(members.observe(feed::member));
    control.every(FEED, feed::look);
    overviews = Overviews.serve(this, network, members);
    this.door.start(control, LOOK);
    // Founding members wait for each other: nobody is there to answer before somebody is.
    CompletableFuture<Void> joined = members.join();
    if (settings.registry().expect() <= 1) await(joined);
    else joined.whenComplete((_, e) -> refused(e));

    RegistrySettings founding = discovery.founding();
    RaftGroups groups =
        opened(new RaftGroups(founding, directory.path().resolve("raft"), network, members));
    raft = groups;
    groups.onChange(() -> control.execute(this.door::look));
    // Both at once: each may have an election to wait for.
    CompletableFuture<GroupRegistry> registryStarting = GroupRegistry.start(groups);
    RecordStore early = store;
    RecordStore records =
        early == null ? store(List.of(network, members, groups, founding, time)) : early;
    // Its health tells what is waited for.
    store = records;
    found(groups, await(registryStarting));
    discovery.founded(founding);
    await(records.ready());
    // Whoever may not be a member finds out before it is registered: only then does it get a vote,
    // and only with one would it be missed.
    GroupRegistry shared = Objects.requireNonNull(registry);
    SharedSettings held = ClusterCatalogue.join(shared, settings, door);
    clusterSettings = held;
    RegistryAccess access =
        opened(RegistryAccess.start(shared, settings.security(), settings.member().name(), time));
    this.access = access;
    held.follow(AccessSettings.LOG_ACTIVITY, access::recordActivity);
    Registrations all = Objects.requireNonNull(registrations);
    all.enter(
        members.self(), other -> members.present().stream().anyMatch(m -> m.id().equals(other)));
    secrets =
        SecretRotation.serve(
            settings.cluster().secretFiles(), settings.secrets(), network, members, all::all);

    ClusterRealtime events =
        opened(
            new ClusterRealtime(
                door.lanes(),
                members,
                network,
                control,
                directory.incarnation(),
                settings.realtime()));
    realtime = events;
    opened(topics);
    // Not waited for: members that start together would wait for each other.
    topics.start(events, door.lanes().getFirst()).whenComplete((_, e) -> failed("topics", e));
    access.replicate(change -> topics.told(Topics.SECURITY, change));
    HappnProtocol happn =
        new HappnProtocol(
            settings.happn(),
            settings.member().name(),
            HAPPN_VERSION,
            new HappnProtocol.Faces(events, records, access, this.door::objection, time),
            door.lanes(),
            control);
    door.serve(happn);
    sessions = LinkedSessions.serve(access.directory(), network, members, happn);
    backups =
        new Backups(
            directory.path().resolve("backup"),
            groups,
            new Backups.Origin(
                VERSION,
                settings.cluster().name(),
                LineageFile.read(directory.path().resolve("raft")),
                settings.member().name()));
    supervision =
        opened(
            MemberSupervision.start(
                settings,
                origin,
                shared,
                all,
                network,
                members,
                new Announcer(events, door),
                time));
    Draining drained = new Draining(door, groups, () -> control.execute(this.door::look));
    control.every(LOOK, drained::tend);
    draining = drained;
    started = true;
  }

  private RecordStore store(List<Object> parts) {
    Path data = Objects.requireNonNull(directory).path().resolve("store");
    try {
      return opened(
          settings
              .store()
              .open(
                  new StoreParts(
                      settings.cluster().name(), settings.member().name(), data, parts)));
    } catch (StoreException e) {
      throw StoreProviders.failure(e);
    }
  }

  /// The store where it is needed before there are members, ready.
  private RecordStore earlyStore() {
    RecordStore records = store(List.of());
    store = records;
    await(records.ready());
    return records;
  }

  private void found(RaftGroups groups, GroupRegistry started) {
    registry = started;
    meta = started.consensus();
    Registrations all = new Registrations(started);
    registrations = all;
    groups.identify(address -> all.at(address).map(Registration::id));
    groups.onLeft(gone -> Departure.strike(all, gone, "member " + gone));
  }

  /// Waits for a part, unless the member is refused or stopped meanwhile.
  private <T> T await(CompletableFuture<T> part) {
    CompletableFuture.anyOf(part, ready).join();
    return part.join();
  }

  private static void failed(String part, @Nullable Throwable e) {
    if (e != null) log.warn("start_failed part={}", part, e);
  }

  /// Nobody may start who would bring back what others have given up.
  private void superseded(String why) {
    log.error("member_superseded reason=\"{}\"", why);
    ready.completeExceptionally(LineageFile.superseded(settings.member().dataDir(), why));
  }

  private void refused(@Nullable Throwable e) {
    if (e == null) return;
    if (e instanceof MusterException m && m.code() == ErrorCode.JOIN_FAILED) return;
    ready.completeExceptionally(e);
  }

  // --- the gate

  /// What the door sees of this member.
  private final class Seen implements MemberDoor.Seen {
    @Override
    public HealthReports.@Nullable Sight sight() {
      SwimMembership m = membership;
      LinkNetwork l = links;
      if (m == null || l == null) return null;
      List<Member> known = members().stream().map(Membership.View::member).toList();
      return new HealthReports.Sight(m.self(), known, l::linked, settings.membership().hosts());
    }

    @Override
    public boolean started() {
      return started;
    }

    @Override
    public @Nullable String trouble() {
      return MusterNode.this.trouble();
    }

    @Override
    public @Nullable NettyGateway gateway() {
      return gateway;
    }

    @Override
    public boolean going() {
      Draining drained = draining;
      return stopping.get()
          || !leaving.text().isEmpty()
          || (drained != null && !drained.text().isEmpty());
    }
  }

  /// Why writes cannot be taken, null when they can.
  private @Nullable String trouble() {
    return Troubles.of(settings, meta != null, groups(), store);
  }

  // --- what metrics are made of

  private int presentCount() {
    SwimMembership m = membership;
    return m == null ? 0 : m.present().size();
  }

  private GatewayView view() {
    return gateway().orElse(new GatewayView(0, 0, 0, 0, 0, 0, 0));
  }

  private GuardView guard() {
    NettyGateway g = gateway;
    return g == null ? GuardView.NONE : g.guard();
  }

  private Realtime.RealtimeView realtimeView() {
    return realtime().map(Realtime::view).orElse(Realtime.RealtimeView.NONE);
  }

  // --- for administration

  @Override
  public Status status() {
    Draining drained = draining;
    String gone = leaving.text().isEmpty() && drained != null ? drained.text() : leaving.text();
    LinkNetwork l = links;
    return new Status(
        settings.member().name(),
        id,
        settings.cluster().name(),
        VERSION,
        ProcessHandle.current().pid(),
        door.able() && gone.isEmpty(),
        gone.isEmpty() ? door.text() : gone,
        gone.isEmpty() ? door.ports() : List.of(),
        l == null ? "" : l.listening().toString(),
        (time.nanos() - startedNanos) / 1_000_000);
  }

  @Override
  public List<Membership.View> members() {
    SwimMembership m = membership;
    if (m == null) return List.of();
    Registrations all = registrations;
    if (all == null) return m.views();
    return MemberViews.withAbsent(
        m.views(), all.all(), Duration.ofNanos(time.nanos() - startedNanos));
  }

  @Override
  public CompletableFuture<Void> forget(Member gone) {
    RaftGroups groups = raft;
    Registrations all = registrations;
    if (groups == null || all == null) {
      return CompletableFuture.failedFuture(
          new MusterException(ErrorCode.NO_QUORUM, "this member has not started yet"));
    }
    log.info("member_forgotten name={} id={} address={}", gone.name(), gone.id(), gone.address());
    // Somebody else may live at its address by now, whose vote stays.
    SwimMembership m = membership;
    boolean taken =
        m != null && m.present().stream().anyMatch(x -> x.address().equals(gone.address()));
    CompletableFuture<Void> vote =
        taken ? CompletableFuture.completedFuture(null) : groups.forget(gone.address());
    return vote.thenCompose(_ -> Departure.strike(all, gone.id(), gone.name()));
  }

  @Override
  public void leave(Duration over, Duration limit) {
    RaftGroups groups = raft;
    NettyGateway door = gateway;
    DataDirectory data = directory;
    if (groups == null || door == null || data == null || !started || stopping.get()) {
      throw notStarted();
    }
    leaving.leave(
        groups,
        data,
        () -> {
          if (over.isZero()) door.drain();
          else draining().begin(over);
        },
        limit);
  }

  @Override
  public List<Consensus.View> groups() {
    RaftGroups all = raft;
    return all == null ? List.of() : all.views();
  }

  @Override
  public Optional<Registry> registry() {
    return Optional.ofNullable(registry);
  }

  @Override
  public List<LinkView> links() {
    LinkNetwork l = links;
    return l == null ? List.of() : l.views();
  }

  @Override
  public LogLines logs() {
    return recent.lines();
  }

  @Override
  public Optional<Door> door() {
    return Optional.of(door);
  }

  @Override
  public Optional<ClusterSettings> settings() {
    return Optional.ofNullable(clusterSettings);
  }

  @Override
  public Optional<RecordStore> store() {
    return Optional.ofNullable(store);
  }

  @Override
  public Optional<Access> access() {
    return Optional.ofNullable(access);
  }

  @Override
  public Optional<Sessions> sessions() {
    return Optional.ofNullable(sessions);
  }

  @Override
  public List<LiveTopic> liveTopics() {
    return ServiceTopics.watched(this::supervision);
  }

  @Override
  public Optional<Supervision> supervision() {
    return Optional.ofNullable(supervision);
  }

  @Override
  public Optional<EventLog> events() {
    return Optional.of(happened);
  }

  @Override
  public Optional<Overviews> overviews() {
    return Optional.ofNullable(overviews);
  }

  @Override
  public Optional<Secrets> secrets() {
    return Optional.ofNullable(secrets);
  }

  @Override
  public Optional<Realtime> realtime() {
    return Optional.ofNullable(realtime);
  }

  @Override
  public Topics topics() {
    return topics;
  }

  @Override
  public List<? extends Lane> lanes() {
    NettyGateway g = gateway;
    return g == null ? List.of() : g.lanes();
  }

  @Override
  public Optional<GatewayView> gateway() {
    NettyGateway g = gateway;
    return g == null ? Optional.empty() : Optional.of(g.view());
  }

  @Override
  public Drained drain(Duration over) {
    if (stopping.get()) throw notStarted();
    return draining().begin(over);
  }

  @Override
  public Drained undrain() {
    return draining()
        .end(
            () -> {
              if (stopping.get()) throw notStarted();
              door.reopen();
            });
  }

  private Draining draining() {
    Draining d = draining;
    if (d == null) throw notStarted();
    return d;
  }

  private MusterException notStarted() {
    return new MusterException(
        ErrorCode.NOT_STARTED,
        "member " + settings.member().name() + " has not started yet, or is stopping");
  }

  @Override
  public Backup backup() {
    Backups b = backups;
    if (!settings.member().roles().contains(Role.CONTROL)) {
      throw new MusterException(
          ErrorCode.NO_REPLICA,
          "member " + settings.member().name() + " has not the role control; ask one that has");
    }
    if (b == null) throw notStarted();
    return b.capture();
  }

  /// `host:port` of administration.
  public String adminAddress() {
    AdminServer a = admin;
    return a == null ? "" : a.address();
  }

  @Override
  public void stop() {
    Thread.ofPlatform().name("stop").start(this::close);
  }

  /// Waits until the member has been closed.
  public void awaitStop() throws InterruptedException {
    stopped.await();
  }

  /// Stops in order; safe to call twice.
  @Override
  public void close() {
    if (!stopping.compareAndSet(false, true)) {
      try {
        stopped.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return;
    }
    log.info("stopping name={}", settings.member().name());
    // Whoever waits for the start waits in vain, and would keep the process alive.
    ready.completeExceptionally(
        new MusterException(
            ErrorCode.NOT_STARTED,
            "member " + settings.member().name() + " was stopped before it was ready"));
    AdminServer watched = admin;
    if (watched != null) watched.drain();
    NettyGateway door = gateway;
    if (door != null) door.drain();
    Realtime events = realtime;
    if (events != null) events.retire().join();
    RaftGroups led = raft;
    if (led != null) led.handOver().join();
    SwimMembership m = membership;
    if (m != null) m.leave().join();
    while (!closing.isEmpty()) {
      AutoCloseable part = closing.pop();
      try {
        part.close();
      } catch (Exception e) {
        log.warn("stop_failed part={}", part.getClass().getSimpleName(), e);
      }
    }
    log.info("stopped name={}", settings.member().name());
    stopped.countDown();
  }
}
