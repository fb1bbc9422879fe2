package io.muster.admin;

import io.muster.access.Access;
import io.muster.gateway.GatewayView;
import io.muster.kernel.Address;
import io.muster.kernel.ClusterSetting;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.Lane;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.kernel.SettingShape;
import io.muster.link.LinkView;
import io.muster.membership.Member;
import io.muster.membership.MemberState;
import io.muster.membership.Membership;
import io.muster.realtime.Publication;
import io.muster.realtime.Realtime;
import io.muster.realtime.Receipt;
import io.muster.realtime.Subscriber;
import io.muster.realtime.Subscription;
import io.muster.realtime.Topics;
import io.muster.realtime.driver.ClusterTopics;
import io.muster.registry.ClusterSettings;
import io.muster.registry.Consensus;
import io.muster.registry.Registry;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaMatcher;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.Selection;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreHealth;
import io.muster.spi.store.Write;
import io.muster.spi.store.Written;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/// A member with one lane, a store in memory, and subscriptions that meet by equality or `*`.
final class FakeMember implements AdminFaces, AutoCloseable {
  final CountDownLatch stopped = new CountDownLatch(1);
  final OneLane lane = new OneLane();
  final Events events = new Events();
  final Store records = new Store();
  final ClusterTopics topics = new ClusterTopics("a");
  volatile boolean started = true;
  final EventLog happened = new EventLog();
  volatile boolean ready = true;
  volatile boolean gone;
  volatile Duration leaveLimit = Duration.ZERO;
  volatile Duration leaveDrain = Duration.ZERO;
  volatile MusterException leaveRefusal;
  volatile Access access;
  volatile Sessions sessions;
  volatile Registry registry;

  /// What is known of other members, where a test says it.
  volatile List<Membership.View> known;

  volatile List<LinkView> links = List.of();
  volatile List<LiveTopic> live = List.of();
  volatile boolean quorum = true;
  final LogLines logs = new LogLines();
  final Held held = new Held();
  final List<String> forgotten = new CopyOnWriteArrayList<>();

  static final MemberId A = new MemberId("0".repeat(31) + "a");
  static final MemberId C = new MemberId("0".repeat(31) + "c");
  static final MemberId B = new MemberId("0".repeat(31) + "b");

  @Override
  public Status status() {
    return new Status(
        "a",
        A.hex(),
        "test",
        "0.1.0",
        ProcessHandle.current().pid(),
        ready,
        ready ? "open" : "waiting for 2 more members",
        List.of(55000),
        "127.0.0.1:56000",
        1234);
  }

  @Override
  public List<Membership.View> members() {
    if (known != null) return known;
    List<Membership.View> all = new ArrayList<>();
    if (gone) {
      all.add(new Membership.View(member(C, "c", MemberState.FAILED), Duration.ZERO, List.of()));
    }
    all.addAll(here());
    return all;
  }

  private static List<Membership.View> here() {
    return List.of(
        new Membership.View(member(A, "a", MemberState.ALIVE), Duration.ofSeconds(90), List.of()),
        new Membership.View(
            member(B, "b", MemberState.SUSPECT),
            Duration.ofMillis(300),
            List.of(new Membership.Doubt(A, "a", Duration.ofMillis(800), true))));
  }

  static Member member(MemberId id, String name, MemberState state) {
    return new Member(
        id,
        name,
        7,
        Set.of(Role.CONTROL, Role.GATEWAY),
        "happn-cluster-node",
        new Address("127.0.0.1", 56000),
        Map.of("rack", "r1"),
        state);
  }

  @Override
  public List<Consensus.View> groups() {
    return List.of(
        new Consensus.View(
            "meta",
            Consensus.View.Role.LEADER,
            3,
            Optional.of(new Address("127.0.0.1", 56000)),
            quorum,
            10,
            10,
            List.of(new Address("127.0.0.1", 56000)),
            List.of(),
            ""));
  }

  @Override
  public Optional<Registry> registry() {
    return Optional.ofNullable(registry);
  }

  @Override
  public List<LinkView> links() {
    return links;
  }

  @Override
  public LogLines logs() {
    return logs;
  }

  @Override
  public List<LiveTopic> liveTopics() {
    return live;
  }

  @Override
  public Optional<ClusterSettings> settings() {
    return started ? Optional.of(held) : Optional.empty();
  }

  @Override
  public Optional<RecordStore> store() {
    return started ? Optional.of(records) : Optional.empty();
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
  public Optional<Realtime> realtime() {
    return started ? Optional.of(events) : Optional.empty();
  }

  @Override
  public Topics topics() {
    return topics;
  }

  @Override
  public List<? extends Lane> lanes() {
    return started ? List.of(lane) : List.of();
  }

  @Override
  public Optional<GatewayView> gateway() {
    return started ? Optional.of(new GatewayView(1, 2, 3, 4, 5, 6, 7)) : Optional.empty();
  }

  @Override
  public CompletableFuture<Void> forget(Member gone) {
    forgotten.add(gone.name());
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public Optional<EventLog> events() {
    return Optional.of(happened);
  }

  @Override
  public Optional<Secrets> secrets() {
    return Optional.of(
        new Secrets() {
          @Override
          public View status() {
            return new View(false, List.of(reload()), List.of("c at 127.0.0.1:3 is away"));
          }

          @Override
          public Rotated rotate() {
            return new Rotated("0123456789ab", List.of(new Step("accept", List.of("a"))));
          }

          @Override
          public Held reload() {
            return new Held("a", "0123", List.of("0123", "4567"), "4567", "/etc/secret.new", "");
          }
        });
  }

  @Override
  public void leave(Duration over, Duration limit) {
    leaveDrain = over;
    leaveLimit = limit;
    MusterException refusal = leaveRefusal;
    if (refusal != null) throw refusal;
  }

  @Override
  public Drained drain(Duration over) {
    leaveLimit = over;
    return new Drained(true, 0, List.of());
  }

  @Override
  public Drained undrain() {
    return new Drained(false, 3, List.of("meta"));
  }

  @Override
  public Backup backup() {
    return new Backup() {
      @Override
      public long bytes() {
        return 8;
      }

      @Override
      public void writeTo(java.io.OutputStream out) throws java.io.IOException {
        try (out) {
          out.write("a backup".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void stop() {
    stopped.countDown();
  }

  /// Publishes on the lane, as a connection would, and waits for it.
  void publish(Publication p) {
    CompletableFuture.runAsync(() -> events.publish(p), lane).join();
  }

  @Override
  public void close() {
    lane.executor.shutdownNow();
  }

  static final class OneLane implements Lane {
    private final ExecutorService executor =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon(true).name("lane").factory());

    @Override
    public int index() {
      return 0;
    }

    @Override
    public boolean inLane() {
      return Thread.currentThread().getName().equals("lane");
    }

    @Override
    public boolean offer(Runnable task) {
      executor.execute(task);
      return true;
    }
  }

  /// One setting, which the cluster holds or not.
  static final class Held implements ClusterSettings {
    static final ClusterSetting<Long> ROOM =
        new ClusterSetting<>(
            "s.room",
            SettingShape.bytes(1, 1 << 20),
            4096L,
            ClusterSetting.Change.RUNNING,
            "space");
    private volatile Optional<String> cluster = Optional.empty();
    volatile MusterException failure;

    /// Other settings that were changed, `name=value`.
    final List<String> set = new CopyOnWriteArrayList<>();

    private CompletableFuture<View> now(String name) {
      if (failure != null) return CompletableFuture.failedFuture(failure);
      if (name.equals(ROOM.name())) {
        return CompletableFuture.completedFuture(new View(ROOM, cluster, "8KiB"));
      }
      return CompletableFuture.failedFuture(
          new MusterException(ErrorCode.NOT_FOUND, "no setting is called '" + name + "'"));
    }

    @Override
    public CompletableFuture<List<View>> all() {
      return now(ROOM.name()).thenApply(List::of);
    }

    @Override
    public CompletableFuture<View> get(String name) {
      return now(name);
    }

    @Override
    public CompletableFuture<View> set(String name, String value) {
      if (name.startsWith("security.")) {
        set.add(name + "=" + value);
        return now(ROOM.name());
      }
      cluster = Optional.of(ROOM.shape().text(ROOM.value(value)));
      return now(name);
    }

    @Override
    public CompletableFuture<View> unset(String name) {
      cluster = Optional.empty();
      return now(name);
    }
  }

  final class Events implements Realtime {
    final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
    final List<Publication> published = new CopyOnWriteArrayList<>();
    final List<StreamView> streams = new CopyOnWriteArrayList<>();

    /// What a subscription waits for, null when it is effective at once.
    volatile CompletableFuture<Void> effective;

    private void onLane() {
      if (!lane.inLane()) throw new IllegalStateException("not on the lane");
    }

    @Override
    public CompletableFuture<Void> subscribe(Subscription s) {
      onLane();
      subscriptions.add(s);
      return effective;
    }

    @Override
    public void unsubscribe(Subscription s) {
      onLane();
      subscriptions.remove(s);
    }

    @Override
    public Published publish(Publication p) {
      onLane();
      published.add(p);
      for (Subscription s : subscriptions) {
        if (!s.pattern().equals("*") && !s.pattern().equals(p.path())) continue;
        s.delivery().deliver(p, new Subscriber[] {s.subscriber()}, 1);
      }
      return Published.NONE;
    }

    @Override
    public CompletableFuture<Receipt> publishAcknowledged(Publication p) {
      throw new UnsupportedOperationException("administration asks for no confirmation");
    }

    @Override
    public void acknowledge(String session, String publication) {}

    @Override
    public CompletableFuture<Boolean> catchUp() {
      return CompletableFuture.completedFuture(true);
    }

    @Override
    public Resumed resume(Subscription s, String since, boolean caughtUp) {
      throw new UnsupportedOperationException("administration does not come back");
    }

    @Override
    public CompletableFuture<Void> retire() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public List<StreamView> streams() {
      return streams;
    }

    @Override
    public RealtimeView view() {
      return new RealtimeView(subscriptions.size(), published.size(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    @Override
    public void close() {}
  }

  static final class Store implements RecordStore {
    private final TreeMap<String, PathRecord> records = new TreeMap<>();
    volatile StoreException failure;

    private <T> CompletableFuture<T> done(java.util.function.Supplier<T> what) {
      if (failure != null) return CompletableFuture.failedFuture(failure);
      synchronized (this) {
        return CompletableFuture.completedFuture(what.get());
      }
    }

    private List<PathRecord> meeting(String pattern) {
      Pattern p = Pattern.compile(Pattern.quote(pattern).replace("*", "\\E.*\\Q"));
      return records.values().stream().filter(r -> p.matcher(r.path()).matches()).toList();
    }

    @Override
    public StoreHealth health() {
      return StoreHealth.GOOD;
    }

    @Override
    public CompletableFuture<Optional<PathRecord>> get(String path) {
      return done(() -> Optional.ofNullable(records.get(path)));
    }

    @Override
    public CompletableFuture<List<PathRecord>> list(ListQuery query) {
      return done(
          () -> {
            Selection chosen = new Selection(query, Long.MAX_VALUE, "");
            meeting(query.pattern()).forEach(chosen::offer);
            return chosen.result();
          });
    }

    @Override
    public CompletableFuture<Long> count(String pattern, Criteria criteria) {
      CriteriaMatcher meant = CriteriaMatcher.of(criteria);
      return done(() -> meeting(pattern).stream().filter(meant::matches).count());
    }

    @Override
    public CompletableFuture<Written> write(Write w) {
      return done(
          () -> {
            PathRecord old = records.get(w.path());
            PathRecord r =
                new PathRecord(
                    w.path(),
                    ((Write.Put) w).data(),
                    1000,
                    2000,
                    w.by(),
                    w.by(),
                    old == null ? 1 : old.version() + 1);
            records.put(w.path(), r);
            return new Written(r);
          });
    }

    @Override
    public CompletableFuture<Long> remove(String pattern, Criteria criteria) {
      return done(
          () -> {
            CriteriaMatcher meant = CriteriaMatcher.of(criteria);
            List<PathRecord> gone = meeting(pattern).stream().filter(meant::matches).toList();
            gone.forEach(r -> records.remove(r.path()));
            return (long) gone.size();
          });
    }

    @Override
    public void close() {}
  }
}
