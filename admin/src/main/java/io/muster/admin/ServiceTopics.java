package io.muster.admin;

import io.muster.supervision.Supervision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Makes of what `GET /v1/clusters` lists the topics that the dashboard follows, so that one target
/// that changes is one part on the wire, be there ten thousand others:
///
/// | topic | key | part |
/// |---|---|---|
/// | `clusters` | name | the cluster, with numbers of targets and balancers instead of these |
/// | `nodes` | cluster and address, with a space between | the target, its checks without figures |
/// | `checks` | likewise | its checks with how long the last took, which changes all the time |
/// | `balancers` | cluster and name, likewise | the balancer without the files |
/// | `files` | cluster, balancer and path, likewise | path and text |
///
/// Safe on any thread.
public final class ServiceTopics {
  private static final Duration EVERY = Duration.ofSeconds(1);

  /// Topics that are looked at one right after the other share one answer.
  private static final long FRESH_NANOS = Duration.ofMillis(500).toNanos();

  private static final Set<String> FIGURES = Set.of("latency_ms", "last");

  private final Supplier<? extends Collection<Map<String, Object>>> source;
  private final ReentrantLock lock = new ReentrantLock();
  private Collection<Map<String, Object>> asked = List.of();
  private long askedNanos = System.nanoTime() - FRESH_NANOS - 1;

  private ServiceTopics(Supplier<? extends Collection<Map<String, Object>>> source) {
    this.source = source;
  }

  /// @param clusters asked on any thread, twice a second at most and only while somebody looks;
  ///     each with `name` and `nodes`, each of these with `addr`, `state` and `active`, perhaps
  ///     `checks`. What it returned is not changed any more.
  public static List<LiveTopic> of(Supplier<? extends Collection<Map<String, Object>>> clusters) {
    ServiceTopics all = new ServiceTopics(clusters);
    return List.of(
        new Topic("clusters", all::clusters),
        new Topic("nodes", all::nodes),
        new Topic("checks", all::checks),
        new Topic("balancers", all::balancers),
        new Topic("files", all::files));
  }

  /// The same of a member's supervision; nothing while it has not started.
  public static List<LiveTopic> watched(Supplier<Optional<Supervision>> supervision) {
    return of(
        () ->
            supervision
                .get()
                .map(
                    s ->
                        s.clusters().stream()
                            .map(c -> ClusterViews.cluster(c, s.balancers(), s.triggers()))
                            .toList())
                .orElse(List.of()));
  }

  private record Topic(String name, Supplier<Map<String, ?>> from) implements LiveTopic {
    @Override
    public Duration every() {
      return EVERY;
    }

    @Override
    public Map<String, ?> state() {
      return from.get();
    }
  }

  private Collection<Map<String, Object>> all() {
    lock.lock();
    try {
      long now = System.nanoTime();
      if (now - askedNanos > FRESH_NANOS) {
        asked = source.get();
        askedNanos = System.nanoTime();
      }
      return asked;
    } finally {
      lock.unlock();
    }
  }

  private Map<String, ?> clusters() {
    Map<String, Object> parts = new LinkedHashMap<>();
    for (Map<String, Object> c : all()) {
      Map<String, Object> part = new LinkedHashMap<>(c);
      part.remove("nodes");
      // Listed among the targets already.
      part.remove("active");
      part.put("balancers", among(c, "balancers").size());
      part.put("counts", counts(among(c, "nodes")));
      parts.put(name(c), part);
    }
    return parts;
  }

  private static Map<String, Integer> counts(List<Map<?, ?>> nodes) {
    Map<String, Integer> n = new LinkedHashMap<>();
    for (String state : List.of("passing", "warning", "critical", "unknown", "active")) {
      n.put(state, 0);
    }
    n.put("total", nodes.size());
    for (Map<?, ?> m : nodes) {
      n.computeIfPresent(String.valueOf(m.get("state")), (_, x) -> x + 1);
      if (Boolean.TRUE.equals(m.get("active"))) n.merge("active", 1, Integer::sum);
    }
    return n;
  }

  private Map<String, ?> nodes() {
    Map<String, Object> parts = new LinkedHashMap<>();
    for (Map<String, Object> c : all()) {
      for (Map<?, ?> node : among(c, "nodes")) {
        Map<Object, Object> part = new LinkedHashMap<>(node);
        part.put("cluster", name(c));
        part.put("checks", among(node, "checks").stream().map(ServiceTopics::still).toList());
        parts.put(name(c) + " " + node.get("addr"), part);
      }
    }
    return parts;
  }

  private static Map<Object, Object> still(Map<?, ?> check) {
    Map<Object, Object> part = new LinkedHashMap<>(check);
    part.keySet().removeIf(FIGURES::contains);
    return part;
  }

  private Map<String, ?> checks() {
    Map<String, Object> parts = new LinkedHashMap<>();
    for (Map<String, Object> c : all()) {
      for (Map<?, ?> node : among(c, "nodes")) {
        parts.put(name(c) + " " + node.get("addr"), among(node, "checks"));
      }
    }
    return parts;
  }

  private Map<String, ?> balancers() {
    Map<String, Object> parts = new LinkedHashMap<>();
    for (Map<String, Object> c : all()) {
      for (Map<?, ?> balancer : among(c, "balancers")) {
        Map<Object, Object> part = new LinkedHashMap<>(balancer);
        part.put("cluster", name(c));
        part.remove("files");
        parts.put(name(c) + " " + balancer.get("name"), part);
      }
    }
    return parts;
  }

  private Map<String, ?> files() {
    Map<String, Object> parts = new LinkedHashMap<>();
    for (Map<String, Object> c : all()) {
      for (Map<?, ?> balancer : among(c, "balancers")) {
        for (Map<?, ?> file : among(balancer, "files")) {
          Map<Object, Object> part = new LinkedHashMap<>(file);
          part.put("of", name(c) + " " + balancer.get("name"));
          parts.put(part.get("of") + " " + file.get("path"), part);
        }
      }
    }
    return parts;
  }

  private static String name(Map<String, Object> cluster) {
    return String.valueOf(cluster.get("name"));
  }

  /// The objects of a list.
  private static List<Map<?, ?>> among(Map<?, ?> whole, String key) {
    List<Map<?, ?>> found = new ArrayList<>();
    if (whole.get(key) instanceof Collection<?> all) {
      for (Object one : all) if (one instanceof Map<?, ?> m) found.add(m);
    }
    return found;
  }
}
