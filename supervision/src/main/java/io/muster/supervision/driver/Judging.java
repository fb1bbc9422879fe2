package io.muster.supervision.driver;

import io.muster.kernel.ControlLoop;
import io.muster.kernel.MemberId;
import io.muster.kernel.TimeSource;
import io.muster.registry.Consensus;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.TargetId;
import io.muster.supervision.config.PoolSettings;
import io.muster.supervision.core.Held;
import io.muster.supervision.core.Judge;
import io.muster.supervision.core.PoolKeeper;
import io.muster.supervision.core.Pools;
import io.muster.supervision.core.StateCodec;
import io.muster.supervision.core.StateCodec.JudgeRecord;
import io.muster.supervision.core.SupervisionKeys;
import io.muster.supervision.core.TargetRecord;
import io.muster.supervision.core.Verdict;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The duty of the member that leads the registry: to make verdicts of opinions, and to end what
/// has an end.
///
/// It claims the duty by one entry of the log, and each verdict is written on the condition that
/// nobody claimed it since: a leader that was cut off and does not know it cannot decide anything.
/// One entry with verdicts is on its way at a time. Confined to the supervision loop.
final class Judging {
  private static final Logger log = LoggerFactory.getLogger(Judging.class);
  private static final int ENTRY_MAX = 500;

  /// Verdicts of before that are kept of a target.
  static final int PAST_MAX = 50;

  private static final Duration RETRY = Duration.ofMillis(200);
  private final Registry registry;
  private final Consensus meta;
  private final ControlLoop loop;
  private final TimeSource time;
  private final MemberId self;
  private final String name;
  private final Pools pools;
  private final Supplier<Collection<MemberId>> voters;
  private final Judge judge = new Judge();

  /// The claim that this member holds; null while it does not judge.
  private byte @Nullable [] claim;

  private long term;
  private boolean claiming;
  private boolean busy;
  private long lastNumber;

  /// @param voters of the registry, by id
  Judging(
      Registry registry,
      Consensus meta,
      ControlLoop loop,
      TimeSource time,
      MemberId self,
      String name,
      Pools pools,
      Supplier<Collection<MemberId>> voters) {
    this.registry = registry;
    this.meta = meta;
    this.loop = loop;
    this.time = time;
    this.self = self;
    this.name = name;
    this.pools = pools;
    this.voters = voters;
  }

  boolean judges() {
    return claim != null;
  }

  void rules(String cluster, Judge.Rules rules) {
    judge.rules(cluster, rules);
  }

  /// Looks at who leads; called often.
  void look() {
    Consensus.View view = meta.view();
    boolean leads = view.role() == Consensus.View.Role.LEADER && view.quorum();
    if (!leads) {
      if (claim != null) end("it does not lead the registry any more");
      return;
    }
    if (claim != null && view.term() != term) end("a new term");
    if (claim == null) {
      if (!claiming) claim(view.term());
      return;
    }
    decide();
  }

  private void end(String why) {
    log.info("judge_ended member={} term={} reason=\"{}\"", name, term, why);
    claim = null;
    judge.clear();
  }

  private void claim(long now) {
    claiming = true;
    byte[] mine = StateCodec.judge(new JudgeRecord(self.hex(), name, now));
    registry
        .get(SupervisionKeys.JUDGE)
        .thenCompose(
            before -> {
              byte[] there = before.orElse(null);
              if (there != null && StateCodec.judge(there).term() > now) {
                throw new IllegalStateException("a later term was claimed");
              }
              return registry.decide(
                  new RegistryBatch()
                      .onlyIfStill(SupervisionKeys.JUDGE, there)
                      .put(SupervisionKeys.JUDGE, mine));
            })
        .whenComplete(
            (decision, e) ->
                loop.execute(
                    () -> {
                      claiming = false;
                      if (e != null || !decision.held()) return;
                      begin(mine, now);
                    }));
  }

  /// All that was committed before the claim has been applied here: the claim came behind it.
  private void begin(byte[] mine, long now) {
    claim = mine;
    term = now;
    log.info("judge_began member={} term={}", name, now);
    for (String cluster : pools.clusters()) {
      for (Pools.Node node : pools.nodes(cluster)) take(node);
    }
    look();
  }

  private void take(Pools.Node node) {
    judge.target(node.id(), node.verdict());
    node.opinions().forEach((member, held) -> judge.opinion(node.id(), member, held));
  }

  // --- what it is told

  void heard(String member) {
    if (claim != null) judge.heard(member, time.nanos());
  }

  void inserted(Pools.Node node) {
    if (claim != null) take(node);
  }

  void gone(TargetId id) {
    if (claim != null) judge.gone(id);
  }

  void opinion(TargetId id, String member, @Nullable Held held) {
    if (claim != null) judge.opinion(id, member, held);
  }

  void verdict(TargetId id, Verdict verdict) {
    if (claim != null) judge.target(id, verdict);
  }

  void claimed(byte @Nullable [] value) {
    if (claim != null && !Arrays.equals(claim, value)) end("another member claimed the duty");
  }

  // --- what it does

  private void decide() {
    byte[] mine = claim;
    if (busy || mine == null) return;
    judge.electorate(voters.get().stream().map(MemberId::hex).toList());
    long nowMillis = time.now().toEpochMilli();
    List<Judge.Change> changes = judge.judge(time.nanos(), nowMillis, term, ENTRY_MAX);
    if (changes.isEmpty()) return;
    RegistryBatch batch = new RegistryBatch().onlyIfStill(SupervisionKeys.JUDGE, mine);
    for (Judge.Change c : changes) {
      byte[] verdict = StateCodec.verdict(c.after());
      // Nobody decides about what was deleted meanwhile.
      batch.put(SupervisionKeys.verdict(c.target()), verdict);
      if (c.transition()) keep(batch, c.target(), verdict, nowMillis);
    }
    busy = true;
    registry
        .decide(batch)
        .whenComplete((decision, e) -> loop.execute(() -> done(changes, decision, e)));
  }

  /// Adds to what was before, and takes away what is beyond the bound.
  private void keep(RegistryBatch batch, TargetId id, byte[] verdict, long nowMillis) {
    lastNumber = Math.max(lastNumber + 1, nowMillis * 1000);
    TreeMap<String, byte[]> past = new TreeMap<>(registry.local(SupervisionKeys.past(id)));
    String key = SupervisionKeys.past(id, lastNumber);
    // A clock that went back must not put the newest before others.
    if (!past.isEmpty() && past.lastKey().compareTo(key) >= 0) {
      String last = past.lastKey().substring(SupervisionKeys.past(id).length());
      lastNumber = Long.parseLong(last) + 1;
      key = SupervisionKeys.past(id, lastNumber);
    }
    batch.put(key, verdict);
    past.keySet().stream().limit(Math.max(0, past.size() + 1 - PAST_MAX)).forEach(batch::remove);
  }

  private void done(
      List<Judge.Change> changes, Registry.@Nullable Decision decision, @Nullable Throwable e) {
    busy = false;
    if (e == null && decision != null && decision.held()) {
      look();
      return;
    }
    if (claim == null) return;
    if (e == null) {
      end("its verdicts were refused");
      return;
    }
    log.warn("verdicts_wait count={} reason=\"{}\"", changes.size(), e.getMessage());
    for (Judge.Change c : changes) {
      Pools.Node node = pools.node(c.target());
      if (node != null) judge.target(c.target(), node.verdict());
    }
    loop.after(RETRY, this::look);
  }

  /// Keeps a cluster at its size; once a second.
  void keep(PoolSettings pool) {
    if (claim == null || !pools.initialized(pool.name())) return;
    PoolKeeper.Wanted wanted =
        PoolKeeper.look(pool, pools.nodes(pool.name()), time.now().toEpochMilli());
    for (Pools.Node n : wanted.promoted()) {
      log.info("target_promoted target={} min_active_nodes={}", n.id(), pool.minActiveNodes());
      change(n, n.record().with("spare", new JsonValue.Bool(false)));
    }
    for (Pools.Node n : wanted.purged()) {
      log.warn("target_purged target={} after={}", n.id(), pool.purgeUnavailable());
      TargetRecord base = n.record();
      String key = SupervisionKeys.target(n.id());
      RegistryBatch batch = new RegistryBatch().onlyIfStill(key, StateCodec.target(base));
      TargetWriter.gone(batch, n.id());
      // A file that lists it must not bring it back with the next start.
      if (base.base() != null) batch.put(key, StateCodec.target(TargetWriter.deleted(base)));
      registry.decide(batch);
    }
  }

  private void change(Pools.Node node, TargetRecord after) {
    String key = SupervisionKeys.target(node.id());
    registry.decide(
        new RegistryBatch()
            .onlyIfStill(key, StateCodec.target(node.record()))
            .put(key, StateCodec.target(after)));
  }

  /// Takes away what members said that are not registered any more; once a second.
  ///
  /// @param registered ids of all members that the cluster knows
  void sweep(Set<String> registered) {
    if (claim == null || !registered.contains(self.hex())) return;
    for (String member : pools.sources().keySet()) {
      if (registered.contains(member)) continue;
      registry.decide(
          new RegistryBatch()
              .remove(SupervisionKeys.SOURCE + member)
              .removeAll(SupervisionKeys.OPINION + member + "/"));
    }
  }

  /// Ends drains and maintenance whose time is over; once a second.
  void expire() {
    if (claim == null) return;
    long now = time.now().toEpochMilli();
    for (String cluster : pools.clusters()) {
      for (Pools.Node node : pools.nodes(cluster)) {
        TargetRecord r = node.record();
        TargetRecord.Drain drain = r.drain();
        TargetRecord.Maintenance m = r.maintenance();
        boolean drained = drain != null && drain.untilMillis() > 0 && drain.untilMillis() <= now;
        boolean over = m != null && m.untilMillis() > 0 && m.untilMillis() <= now;
        if (!drained && !over) continue;
        TargetRecord after = r;
        // A drain that is over has the target out: it stays so until somebody brings it back.
        if (drained) {
          after = after.withDrain(null).with("disabled", new JsonValue.Bool(true));
        }
        if (over) after = after.withMaintenance(null);
        log.info("target_{} target={}", drained ? "drained" : "maintenance_over", node.id());
        change(node, after);
      }
    }
  }
}
