package io.muster.supervision.driver;

import io.muster.kernel.Address;
import io.muster.kernel.ControlLoop;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import io.muster.kernel.TimeSource;
import io.muster.link.LinkChannel;
import io.muster.link.Links;
import io.muster.membership.Member;
import io.muster.membership.Membership;
import io.muster.registry.Consensus;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import io.muster.spi.action.ActionReport;
import io.muster.spi.action.Firing;
import io.muster.spi.balance.Balancer;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import io.muster.spi.watch.Target;
import io.muster.supervision.ClusterView;
import io.muster.supervision.Supervision;
import io.muster.supervision.SupervisionSettings;
import io.muster.supervision.TargetId;
import io.muster.supervision.balance.BalancerEvent;
import io.muster.supervision.balance.BalancerId;
import io.muster.supervision.balance.BalancerView;
import io.muster.supervision.config.PoolSettings;
import io.muster.supervision.core.FileDifference;
import io.muster.supervision.core.Judge;
import io.muster.supervision.core.PoolEvent;
import io.muster.supervision.core.Pools;
import io.muster.supervision.core.StateCodec;
import io.muster.supervision.core.SupervisionKeys;
import io.muster.supervision.core.TargetRecord;
import io.muster.supervision.core.Verdict;
import io.muster.supervision.notify.Notifier;
import io.muster.supervision.notify.Silence;
import io.muster.supervision.notify.SinkView;
import io.muster.supervision.probe.ProbePlan;
import io.muster.supervision.probe.Prober;
import io.muster.supervision.probe.ProberSettings;
import io.muster.supervision.trigger.Event;
import io.muster.supervision.trigger.Occurrence;
import io.muster.supervision.trigger.RunView;
import io.muster.supervision.trigger.Surroundings;
import io.muster.supervision.trigger.TriggerSettings;
import io.muster.supervision.trigger.TriggerView;
import io.muster.supervision.trigger.Triggers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [Supervision] of one member: probes, says what it sees, judges where it leads, and acts on what
/// was decided.
///
/// Everything but probes and balancers happens on one loop, `supervision`, which takes in the
/// registry's changes in the order of the log.
public final class ClusterSupervision implements Supervision, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClusterSupervision.class);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration BEAT = Duration.ofSeconds(1);
  private static final byte[] ALIVE = {1};

  /// What supervision stands on.
  ///
  /// @param voter whose address it is
  /// @param registered ids of all members that the cluster knows, here or not
  /// @param settings reads the file anew; fails as reading settings does
  /// @param configFile the file this member was started with; empty where there is none
  /// @param directory of supervision's own, made on demand
  /// @param publish to clients of all members; may block for a moment, and fail with a message
  public record Parts(
      Registry registry,
      Consensus meta,
      Links links,
      Membership membership,
      Function<Address, Optional<MemberId>> voter,
      Supplier<Set<String>> registered,
      TimeSource time,
      Supplier<SupervisionSettings> settings,
      Optional<Path> configFile,
      Path directory,
      BiConsumer<String, JsonValue> publish) {}

  private final Parts parts;
  private final Member self;
  private final ControlLoop loop = new ControlLoop("supervision", 100_000);
  private final Pools pools = new Pools();
  private final OpinionWriter opinions;
  private final Judging judging;
  private final TargetWriter writer;
  private final FileNodes files;
  private final Prober prober;
  private final Map<TargetId, Health> decided = new ConcurrentHashMap<>();
  private final AutoCloseable watching;

  /// What is configured here; replaced whole, on the loop.
  private volatile SupervisionSettings settings;

  private final Set<String> planned = new HashSet<>();
  private Optional<Address> leader = Optional.empty();
  private boolean saying;
  private final Occurrences occurrences;
  private final Triggers triggers;
  private final Balancing balancing;
  private final Here here = new Here();

  /// Replaced, on the loop, when it is configured otherwise.
  private volatile Notifier notifier;
  private final List<Consumer<Occurrence>> observers = new CopyOnWriteArrayList<>();

  /// This member's part in the group, as it was told last.
  private Consensus.View.Role part = Consensus.View.Role.NONE;

  private boolean quorum = true;
  private long raftEvents;
  private volatile Surroundings.Standing standing = new Surroundings.Standing(false, "", Set.of());

  private ClusterSupervision(Parts parts, SupervisionSettings settings) {
    this.parts = parts;
    this.settings = settings;
    this.self = parts.membership.self();
    this.opinions = new OpinionWriter(parts.registry, loop, parts.time, self.id(), self.name());
    this.judging =
        new Judging(
            parts.registry,
            parts.meta,
            loop,
            parts.time,
            self.id(),
            self.name(),
            pools,
            this::voters);
    this.writer = new TargetWriter(parts.registry);
    this.files = new FileNodes(parts.registry, parts.time, self.name());
    this.prober =
        new Prober(
            ProberSettings.DEFAULT,
            parts.time,
            id -> decided.getOrDefault(id, Health.UNKNOWN),
            opinion -> loop.execute(() -> opinions.say(opinion)));
    this.occurrences = new Occurrences(pools, self.name());
    this.notifier = new Notifier(settings.notices(), parts.registry, here, parts.time);
    this.triggers =
        new Triggers(parts.registry, here, parts.time, RandomGenerator.of("L64X128MixRandom"));
    this.balancing =
        new Balancing(
            pools,
            parts.time,
            here.configDirectory(),
            parts.directory.resolve("balancers"),
            e -> loop.execute(() -> balanced(e)));
    this.watching =
        parts.registry.watch(SupervisionKeys.ALL, changes -> loop.execute(() -> apply(changes)));
  }

  /// Begins; the registry must have caught up. Does not wait.
  public static ClusterSupervision start(Parts parts, SupervisionSettings settings) {
    ClusterSupervision s = new ClusterSupervision(parts, settings);
    parts.links.onMessage(
        LinkChannel.SUPERVISION,
        (from, _) -> s.loop.execute(() -> s.judging.heard(from.id().hex())));
    s.loop.execute(s::begin);
    return s;
  }

  private void begin() {
    look();
    triggers.start();
    notifier.start();
    configure(settings);
    List<Registry.Change> all = Pools.everything(parts.registry.held(SupervisionKeys.ALL));
    take(pools.apply(all), all);
    long applied = parts.meta.view().applied();
    for (String cluster : pools.clusters()) {
      if (!pools.initialized(cluster)) continue;
      tell(
          occurrences.retold(
              cluster, new Occurrences.At(applied, parts.time.now()), self.incarnation()));
    }
    for (PoolSettings pool : settings.pools().values()) seed(pool);
    opinions.begin().thenAccept(_ -> loop.execute(this::speak));
    loop.every(LOOK, this::look);
    loop.every(
        Duration.ofSeconds(1),
        () -> {
          judging.expire();
          settings.pools().values().forEach(judging::keep);
          judging.sweep(parts.registered.get());
        });
  }

  private void seed(PoolSettings pool) {
    files
        .seed(pool)
        .whenComplete(
            (_, e) -> {
              if (e == null) return;
              log.warn("cluster_seed_waits cluster={} reason=\"{}\"", pool.name(), e.getMessage());
              loop.after(Duration.ofSeconds(1), () -> seed(pool));
            });
  }

  private void configure(SupervisionSettings now) {
    if (!now.notices().equals(settings.notices())) {
      Notifier before = notifier;
      Notifier after = new Notifier(now.notices(), parts.registry, here, parts.time);
      after.start();
      notifier = after;
      Thread.ofVirtual().name("notifier-close").start(before::close);
    }
    settings = now;
    for (PoolSettings pool : now.pools().values()) {
      judging.rules(
          pool.name(), new Judge.Rules(pool.votes(), pool.damping(), pool.opinionLifetime()));
    }
    for (String cluster : List.copyOf(planned)) {
      if (!now.pools().containsKey(cluster)) {
        planned.remove(cluster);
        prober.drop(cluster);
      }
    }
    for (String cluster : now.pools().keySet()) plan(cluster);
    Map<String, List<TriggerSettings>> all = new LinkedHashMap<>();
    now.pools().values().forEach(pool -> all.put(pool.name(), pool.triggers()));
    triggers.configure(all);
    balancing.configure(now);
    declare();
  }

  /// Tells the others what this member is configured with, until they know.
  private void declare() {
    Map<String, String> digests = new LinkedHashMap<>();
    settings.pools().values().forEach(pool -> digests.put(pool.name(), pool.digest()));
    byte[] mine = StateCodec.source(new StateCodec.SourceRecord(self.name(), digests));
    String key = SupervisionKeys.SOURCE + self.id();
    if (digests.isEmpty() && parts.registry.local(key).isEmpty()) return;
    RegistryBatch batch = new RegistryBatch();
    if (digests.isEmpty()) batch.remove(key);
    else batch.put(key, mine);
    parts
        .registry
        .decide(batch)
        .whenComplete(
            (_, e) -> {
              if (e != null) loop.after(Duration.ofSeconds(1), this::declare);
            });
  }

  /// Tells the prober who is to be probed.
  private void plan(String cluster) {
    PoolSettings pool = settings.pools().get(cluster);
    if (pool == null) return;
    List<Target> targets =
        pools.nodes(cluster).stream().map(n -> n.definition().target(cluster)).toList();
    prober.plan(new ProbePlan(cluster, pool.checks(), pool.passWithoutChecks(), targets));
    planned.add(cluster);
  }

  // --- being heard

  private void speak() {
    saying = true;
    loop.every(BEAT, this::beat);
  }

  private void look() {
    Consensus.View view = parts.meta.view();
    Optional<Address> now = view.leader();
    if (!now.equals(leader)) {
      leader = now;
      if (saying) beat();
    }
    stand(view);
    judging.look();
  }

  /// Notes who leads and who is here, and tells when this member's part changed.
  private void stand(Consensus.View view) {
    Set<String> present = new HashSet<>();
    String leads = "";
    for (Member m : parts.membership.present()) {
      present.add(m.name());
      if (leader.filter(m.address()::equals).isPresent()) leads = m.name();
    }
    boolean leader = view.role() == Consensus.View.Role.LEADER && view.quorum();
    standing = new Surroundings.Standing(leader, leads, present);
    Consensus.View.Role before = part;
    part = view.role();
    if (part != before) {
      String is = part.name().toLowerCase(Locale.ROOT);
      String was = before.name().toLowerCase(Locale.ROOT);
      raft(Event.RAFT_STATE, is, was, view);
      switch (part) {
        case LEADER -> raft(Event.RAFT_LEADER, is, was, view);
        case CANDIDATE -> raft(Event.RAFT_CANDIDATE, is, was, view);
        case FOLLOWER -> raft(Event.RAFT_FOLLOWER, is, was, view);
        case LEARNER, NONE -> {}
      }
    }
    if (view.quorum() == quorum) return;
    quorum = view.quorum();
    log.info("supervision_quorum quorum={}", quorum);
    balancing.quorum(quorum);
    raft(quorum ? Event.QUORUM_REGAINED : Event.QUORUM_LOST, "", "", view);
  }

  private void raft(Event event, String is, String was, Consensus.View view) {
    Occurrences.At at = new Occurrences.At(view.applied(), parts.time.now());
    tell(occurrences.raft(event, is, was, at, self.incarnation(), ++raftEvents));
  }

  /// What this member is to its triggers.
  private final class Here implements Surroundings {
    @Override
    public String member() {
      return self.name();
    }

    @Override
    public Standing standing() {
      return standing;
    }

    @Override
    public Optional<Path> configFile() {
      return parts.configFile;
    }

    @Override
    public void publish(String path, JsonValue data) {
      parts.publish.accept(path, data);
    }

    @Override
    public ActionReport tell(Firing firing, List<String> via, String text)
        throws InterruptedException {
      return notifier.tell(firing, via, text);
    }
  }

  private void beat() {
    if (judging.judges()) {
      judging.heard(self.id().hex());
      return;
    }
    Address to = leader.orElse(null);
    if (to == null || to.equals(self.address())) return;
    parts.links.send(to, LinkChannel.SUPERVISION, ALIVE);
  }

  private Collection<MemberId> voters() {
    List<MemberId> all = new ArrayList<>();
    for (Address a : parts.meta.view().voters()) parts.voter.apply(a).ifPresent(all::add);
    return all;
  }

  // --- what the log says

  private void apply(List<Registry.Change> changes) {
    List<PoolEvent> events = pools.apply(changes);
    take(events, changes);
    long index = changes.stream().mapToLong(Registry.Change::index).max().orElse(0);
    occurrences.of(events, new Occurrences.At(index, parts.time.now())).forEach(this::tell);
  }

  /// The runner has said it in the log already.
  private void balanced(BalancerEvent e) {
    if (!(e instanceof BalancerEvent.BalancerApplied)) return;
    Occurrences.At at = new Occurrences.At(parts.meta.view().applied(), parts.time.now());
    tell(
        occurrences.own(
            Event.BALANCERS_CHANGE, e.id().cluster(), at, self.incarnation(), ++raftEvents));
  }

  private void tell(Occurrence o) {
    triggers.fired(o);
    notifier.fired(o);
    for (Consumer<Occurrence> observer : observers) {
      try {
        observer.accept(o);
      } catch (RuntimeException e) {
        log.error("observer_failed event={}", o.event().text(), e);
      }
    }
  }

  /// What follows from changes inside this member.
  private void take(List<PoolEvent> events, List<Registry.Change> changes) {
    Set<String> lists = new HashSet<>();
    for (Registry.Change c : changes) tellJudge(c);
    for (PoolEvent e : events) {
      switch (e) {
        case PoolEvent.Inserted i -> {
          lists.add(i.cluster());
          Pools.Node node = pools.node(i.target());
          if (node != null) judging.inserted(node);
        }
        case PoolEvent.Deleted d -> {
          lists.add(d.cluster());
          judging.gone(d.target());
          decided.remove(d.target());
          opinions.forget(d.target());
        }
        case PoolEvent.Changed c -> lists.add(c.cluster());
        case PoolEvent.StateChanged s -> {
          decided.put(s.target(), s.after());
          log.info(
              "target_state target={} from={} to={}",
              s.target(),
              StateCodec.word(s.before()),
              StateCodec.word(s.after()));
        }
        case PoolEvent.Contested c ->
            log.info("target_contested target={} contested={}", c.target(), c.contested());
        case PoolEvent.MaintenanceChanged _,
            PoolEvent.DrainChanged _,
            PoolEvent.ActiveChanged _ -> {}
      }
    }
    for (String cluster : lists) {
      plan(cluster);
      balancing.changed(cluster);
    }
    judging.look();
  }

  private void tellJudge(Registry.Change c) {
    if (c.key().equals(SupervisionKeys.JUDGE)) {
      judging.claimed(c.value());
    } else if (c.key().startsWith(SupervisionKeys.OPINION)) {
      String rest = c.key().substring(SupervisionKeys.OPINION.length());
      int slash = rest.indexOf('/');
      if (slash <= 0) return;
      String member = rest.substring(0, slash);
      TargetId id = SupervisionKeys.id(rest, member + "/");
      Pools.Node node = id == null ? null : pools.node(id);
      if (node == null) return;
      judging.opinion(node.id(), member, node.opinions().get(member));
      if (!pools.initialized(node.id().cluster())) return;
      Occurrences.At at = new Occurrences.At(c.index(), parts.time.now());
      tell(occurrences.opinion(node.id(), at, self.incarnation(), ++raftEvents));
    } else if (c.key().startsWith(SupervisionKeys.VERDICT)) {
      TargetId id = SupervisionKeys.id(c.key(), SupervisionKeys.VERDICT);
      Pools.Node node = id == null ? null : pools.node(id);
      if (node != null) judging.verdict(node.id(), node.verdict());
    }
  }

  // --- the face

  private <T> T onLoop(Supplier<T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    loop.execute(
        () -> {
          try {
            answer.complete(question.get());
          } catch (RuntimeException e) {
            answer.completeExceptionally(e);
          }
        });
    return answer.orTimeout(10, TimeUnit.SECONDS).join();
  }

  @Override
  public List<ClusterView> clusters() {
    return onLoop(() -> pools.clusters().stream().map(this::view).toList());
  }

  @Override
  public Optional<ClusterView> cluster(String name) {
    return onLoop(
        () -> pools.clusters().contains(name) ? Optional.of(view(name)) : Optional.empty());
  }

  private ClusterView view(String cluster) {
    return new Sight(parts, pools, prober, settings).cluster(cluster);
  }

  private static TargetId id(String cluster, String addr) {
    return new TargetId(cluster, addr);
  }

  @Override
  public CompletableFuture<Long> insert(String cluster, JsonValue node) {
    PoolSettings pool = settings.pools().get(cluster);
    return writer.insert(cluster, node, pool == null ? 0 : pool.port());
  }

  @Override
  public CompletableFuture<Long> update(
      String cluster, String addr, Map<String, JsonValue> attributes) {
    return writer.update(id(cluster, addr), attributes);
  }

  @Override
  public CompletableFuture<Long> delete(String cluster, String addr) {
    return writer.delete(id(cluster, addr));
  }

  private long until(Duration limit) {
    return limit.isZero() ? 0 : parts.time.now().plus(limit).toEpochMilli();
  }

  @Override
  public CompletableFuture<Long> drain(String cluster, String addr, String reason, Duration limit) {
    long now = parts.time.now().toEpochMilli();
    TargetRecord.Drain drain = new TargetRecord.Drain(reason, now, until(limit));
    return writer.change(
        id(cluster, addr), "drain", r -> Objects.requireNonNull(r).withDrain(drain));
  }

  @Override
  public CompletableFuture<Long> undrain(String cluster, String addr) {
    return writer.change(
        id(cluster, addr), "undrain", r -> Objects.requireNonNull(r).withDrain(null));
  }

  @Override
  public CompletableFuture<Long> maintain(
      String cluster, String addr, String reason, String by, Duration limit) {
    long now = parts.time.now().toEpochMilli();
    TargetRecord.Maintenance m = new TargetRecord.Maintenance(reason, by, now, until(limit));
    return writer.change(
        id(cluster, addr), "maintain", r -> Objects.requireNonNull(r).withMaintenance(m));
  }

  @Override
  public CompletableFuture<Long> endMaintenance(String cluster, String addr) {
    return writer.change(
        id(cluster, addr),
        "end maintenance of",
        r -> Objects.requireNonNull(r).withMaintenance(null));
  }

  @Override
  public List<Past> history(String cluster, String addr) {
    List<Past> past = new ArrayList<>();
    parts
        .registry
        .held(SupervisionKeys.past(id(cluster, addr)))
        .values()
        .forEach(
            held -> {
              try {
                Verdict v = StateCodec.verdict(held.value());
                past.add(
                    new Past(
                        held.index(),
                        v.term(),
                        v.sinceMillis(),
                        v.health(),
                        v.ballot(),
                        v.errors(),
                        v.warnings()));
              } catch (IllegalArgumentException e) {
                log.warn("past_unreadable target={}/{}", cluster, addr);
              }
            });
    return past.reversed();
  }

  @Override
  public CompletableFuture<Reloaded> reload(boolean dry) {
    SupervisionSettings now;
    try {
      now = parts.settings.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(
          e instanceof MusterException
              ? e
              : new MusterException(ErrorCode.SETTING_INVALID, String.valueOf(e.getMessage()), e));
    }
    List<String> changed = Reloading.changed(settings, now);
    CompletableFuture<List<FileDifference>> all =
        CompletableFuture.completedFuture(new ArrayList<>());
    for (PoolSettings pool : now.pools().values()) {
      all =
          all.thenCompose(
              list ->
                  (dry ? files.look(pool) : files.load(pool))
                      .thenApply(
                          d -> {
                            list.add(d);
                            return list;
                          }));
    }
    return all.thenApply(
        list -> {
          if (!dry) loop.execute(() -> configure(now));
          return Reloading.reloaded(dry, list, changed);
        });
  }

  @Override
  public List<TriggerView> triggers() {
    return triggers.triggers();
  }

  @Override
  public List<RunView> runs(int limit) {
    return triggers.runs(limit);
  }

  @Override
  public List<SinkView> sinks() {
    return notifier.sinks();
  }

  @Override
  public List<Silence> silences() {
    return notifier.silences();
  }

  @Override
  public CompletableFuture<Void> silence(Silence silence) {
    return notifier.silence(silence);
  }

  @Override
  public CompletableFuture<Void> unsilence(String id) {
    return notifier.unsilence(id);
  }

  @Override
  public List<BalancerView> balancers() {
    return balancing.views();
  }

  @Override
  public CompletableFuture<Balancer.Look> look(BalancerId id) {
    return balancing
        .look(id)
        .orElseGet(
            () ->
                CompletableFuture.failedFuture(
                    new MusterException(ErrorCode.NOT_FOUND, "this member has no balancer " + id)));
  }

  @Override
  public AutoCloseable observe(Consumer<Occurrence> observer) {
    observers.add(observer);
    return () -> observers.remove(observer);
  }

  /// Ends probes first; what was decided stays.
  @Override
  public void close() {
    try {
      watching.close();
    } catch (Exception e) {
      log.debug("watch_close", e);
    }
    prober.close();
    triggers.close();
    notifier.close();
    balancing.close();
    loop.close();
  }
}
