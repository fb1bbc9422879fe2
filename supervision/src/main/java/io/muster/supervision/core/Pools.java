package io.muster.supervision.core;

import io.muster.registry.Registry;
import io.muster.spi.watch.Health;
import io.muster.supervision.TargetId;
import io.muster.supervision.config.NodeDefinition;
import io.muster.supervision.core.StateCodec.JudgeRecord;
import io.muster.supervision.core.StateCodec.PoolRecord;
import io.muster.supervision.core.StateCodec.SourceRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Supervision's part of the registry as one member has applied it, and what each change means.
///
/// Confined to one thread. What it gives out is its own and changes: look, do not keep.
public final class Pools {
  /// One target. What is in it belongs to [Pools].
  public static final class Node {
    private final TargetId id;
    private TargetRecord record;
    private NodeDefinition definition;
    private Verdict verdict = Verdict.NONE;
    private long verdictIndex;
    private long recordIndex;
    private final SortedMap<String, Held> opinions = new TreeMap<>();

    Node(TargetId id, TargetRecord record, NodeDefinition definition) {
      this.id = id;
      this.record = record;
      this.definition = definition;
    }

    public TargetId id() {
      return id;
    }

    public TargetRecord record() {
      return record;
    }

    public NodeDefinition definition() {
      return definition;
    }

    public Verdict verdict() {
      return verdict;
    }

    /// Of the log entry that made the verdict; 0 before there is one.
    public long verdictIndex() {
      return verdictIndex;
    }

    public long recordIndex() {
      return recordIndex;
    }

    /// By member id.
    public SortedMap<String, Held> opinions() {
      return Collections.unmodifiableSortedMap(opinions);
    }

    public boolean disabled() {
      return definition.flag("disabled");
    }

    public boolean spare() {
      return definition.flag("spare");
    }

    /// Whether it may be in a balancer's list at all: well, switched on, no spare, not in
    /// maintenance.
    public boolean listed() {
      return verdict.available() && !disabled() && !spare() && record.maintenance() == null;
    }

    public boolean draining() {
      return record.drain() != null || definition.flag("drain");
    }

    /// Whether it should get new clients.
    public boolean active() {
      return listed() && !draining();
    }

    /// Whether anybody decided about it.
    public boolean checked() {
      return verdict.health() != Health.UNKNOWN;
    }
  }

  private static final class Pool {
    final SortedMap<String, Node> nodes = new TreeMap<>();
    @Nullable PoolRecord record;
    List<String> active = List.of();
    boolean initialized;
    long revision;
  }

  private final SortedMap<String, Pool> pools = new TreeMap<>();
  private @Nullable JudgeRecord judge;

  /// By member id.
  private final SortedMap<String, SourceRecord> sources = new TreeMap<>();

  /// Keys that could not be read; nobody decides about what is behind them.
  private final Set<String> damaged = new LinkedHashSet<>();

  // --- what is there

  public Set<String> clusters() {
    return Collections.unmodifiableSet(pools.keySet());
  }

  /// The targets of a cluster by their addresses; none for one that is not there.
  public Collection<Node> nodes(String cluster) {
    Pool pool = pools.get(cluster);
    return pool == null ? List.of() : Collections.unmodifiableCollection(pool.nodes.values());
  }

  public @Nullable Node node(TargetId id) {
    Pool pool = pools.get(id.cluster());
    return pool == null ? null : pool.nodes.get(id.addr());
  }

  public @Nullable PoolRecord record(String cluster) {
    Pool pool = pools.get(cluster);
    return pool == null ? null : pool.record;
  }

  /// Addresses that should get traffic, in order.
  public List<String> active(String cluster) {
    Pool pool = pools.get(cluster);
    return pool == null ? List.of() : pool.active;
  }

  /// Whether each target has had a verdict; a cluster stays so.
  public boolean initialized(String cluster) {
    Pool pool = pools.get(cluster);
    return pool != null && pool.initialized;
  }

  /// Grows with each change of what balancers should do.
  public long revision(String cluster) {
    Pool pool = pools.get(cluster);
    return pool == null ? 0 : pool.revision;
  }

  public @Nullable JudgeRecord judge() {
    return judge;
  }

  /// What each member is configured with, by its id.
  public SortedMap<String, SourceRecord> sources() {
    return Collections.unmodifiableSortedMap(sources);
  }

  public Set<String> damaged() {
    return Collections.unmodifiableSet(damaged);
  }

  // --- what changes

  /// Takes in what one command of the log changed.
  ///
  /// @return what happened, in order; nothing for clusters that are not initialized but what must
  ///     be known to get there
  public List<PoolEvent> apply(List<Registry.Change> changes) {
    List<PoolEvent> events = new ArrayList<>();
    Set<String> touched = new LinkedHashSet<>();
    // What is decided about targets comes after the targets themselves.
    changes.stream().filter(under(SupervisionKeys.POOL)).forEach(c -> pool(c, touched));
    changes.stream().filter(under(SupervisionKeys.TARGET)).forEach(c -> target(c, events, touched));
    changes.stream()
        .filter(under(SupervisionKeys.VERDICT))
        .forEach(c -> verdict(c, events, touched));
    changes.stream().filter(under(SupervisionKeys.OPINION)).forEach(this::opinion);
    for (Registry.Change c : changes) {
      if (c.key().equals(SupervisionKeys.JUDGE)) judged(c);
      else if (c.key().startsWith(SupervisionKeys.SOURCE)) configured(c);
    }
    for (String cluster : touched) settle(cluster, events);
    return events;
  }

  private static Predicate<Registry.Change> under(String prefix) {
    return c -> c.key().startsWith(prefix);
  }

  private Pool at(String cluster) {
    return pools.computeIfAbsent(cluster, _ -> new Pool());
  }

  private void pool(Registry.Change c, Set<String> touched) {
    String cluster = c.key().substring(SupervisionKeys.POOL.length());
    byte[] value = c.value();
    touched.add(cluster);
    if (value == null) {
      Pool pool = pools.get(cluster);
      if (pool != null) pool.record = null;
      return;
    }
    try {
      at(cluster).record = StateCodec.pool(value);
    } catch (IllegalArgumentException e) {
      damaged.add(c.key());
    }
  }

  private void target(Registry.Change c, List<PoolEvent> events, Set<String> touched) {
    TargetId id = SupervisionKeys.id(c.key(), SupervisionKeys.TARGET);
    if (id == null) return;
    touched.add(id.cluster());
    byte[] value = c.value();
    Pool pool = at(id.cluster());
    TargetRecord record = null;
    NodeDefinition definition = null;
    if (value != null) {
      try {
        record = StateCodec.target(value);
        definition = record.deleted() ? null : record.definition();
        damaged.remove(c.key());
      } catch (IllegalArgumentException e) {
        damaged.add(c.key());
        return;
      }
    }
    Node node = pool.nodes.get(id.addr());
    if (record == null || definition == null) {
      if (node == null) return;
      pool.nodes.remove(id.addr());
      events.add(new PoolEvent.Deleted(id));
      return;
    }
    if (node == null) {
      node = new Node(id, record, definition);
      node.recordIndex = c.index();
      pool.nodes.put(id.addr(), node);
      events.add(new PoolEvent.Inserted(id));
      return;
    }
    boolean was = node.record.maintenance() != null;
    boolean drained = node.draining();
    boolean changed =
        !definition.equals(node.definition)
            || !Objects.equals(record.maintenance(), node.record.maintenance())
            || !Objects.equals(record.drain(), node.record.drain());
    node.record = record;
    node.definition = definition;
    node.recordIndex = c.index();
    if (!changed) return;
    boolean is = record.maintenance() != null;
    if (is != was) events.add(new PoolEvent.MaintenanceChanged(id, is));
    if (node.draining() != drained) events.add(new PoolEvent.DrainChanged(id, !drained));
    events.add(new PoolEvent.Changed(id));
  }

  private void verdict(Registry.Change c, List<PoolEvent> events, Set<String> touched) {
    TargetId id = SupervisionKeys.id(c.key(), SupervisionKeys.VERDICT);
    Node node = id == null ? null : node(id);
    if (node == null) return;
    Verdict before = node.verdict;
    byte[] value = c.value();
    try {
      node.verdict = value == null ? Verdict.NONE : StateCodec.verdict(value);
    } catch (IllegalArgumentException e) {
      damaged.add(c.key());
      return;
    }
    node.verdictIndex = value == null ? 0 : c.index();
    if (node.verdict.equals(before)) return;
    touched.add(node.id.cluster());
    if (node.verdict.contested() != before.contested()) {
      events.add(new PoolEvent.Contested(node.id, node.verdict.contested()));
    }
    if (node.verdict.health() != before.health()) {
      events.add(new PoolEvent.StateChanged(node.id, before.health(), node.verdict.health()));
    }
    events.add(new PoolEvent.Changed(node.id));
  }

  private void opinion(Registry.Change c) {
    String rest = c.key().substring(SupervisionKeys.OPINION.length());
    int slash = rest.indexOf('/');
    if (slash <= 0) return;
    String member = rest.substring(0, slash);
    TargetId id = SupervisionKeys.id(rest, member + "/");
    Node node = id == null ? null : node(id);
    if (node == null) return;
    byte[] value = c.value();
    try {
      if (value == null) node.opinions.remove(member);
      else node.opinions.put(member, StateCodec.opinion(value));
    } catch (IllegalArgumentException e) {
      damaged.add(c.key());
    }
  }

  private void configured(Registry.Change c) {
    String member = c.key().substring(SupervisionKeys.SOURCE.length());
    byte[] value = c.value();
    try {
      if (value == null) sources.remove(member);
      else sources.put(member, StateCodec.source(value));
    } catch (IllegalArgumentException e) {
      damaged.add(c.key());
    }
  }

  private void judged(Registry.Change c) {
    byte[] value = c.value();
    try {
      judge = value == null ? null : StateCodec.judge(value);
    } catch (IllegalArgumentException e) {
      damaged.add(c.key());
      judge = null;
    }
  }

  /// Works out who is active, once all of a command is taken in: nobody sees a set half changed.
  private void settle(String cluster, List<PoolEvent> events) {
    Pool pool = pools.get(cluster);
    if (pool == null) return;
    if (pool.record == null && pool.nodes.isEmpty()) {
      pools.remove(cluster);
      return;
    }
    pool.revision++;
    boolean first = !pool.initialized && pool.nodes.values().stream().allMatch(Node::checked);
    if (first) pool.initialized = true;
    List<String> now =
        pool.nodes.values().stream().filter(Node::active).map(n -> n.id.addr()).toList();
    if (!pool.initialized || (now.equals(pool.active) && !first)) {
      pool.active = now;
      return;
    }
    List<String> before = first ? List.of() : pool.active;
    Set<String> old = new LinkedHashSet<>(before);
    Set<String> kept = new LinkedHashSet<>(now);
    pool.active = now;
    events.add(
        new PoolEvent.ActiveChanged(
            cluster,
            now.stream().filter(a -> !old.contains(a)).toList(),
            before.stream().filter(a -> !kept.contains(a)).toList()));
  }

  /// Changes as if everything there were set now: for a member that starts.
  public static List<Registry.Change> everything(Map<String, Registry.Held> held) {
    List<Registry.Change> all = new ArrayList<>(held.size());
    held.forEach((key, h) -> all.add(new Registry.Change(key, h.value(), h.index())));
    return all;
  }
}
