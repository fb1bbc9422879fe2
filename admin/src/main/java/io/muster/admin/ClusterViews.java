package io.muster.admin;

import io.muster.spi.balance.Balancer;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import io.muster.supervision.ClusterView;
import io.muster.supervision.Supervision;
import io.muster.supervision.balance.BalancerView;
import io.muster.supervision.probe.CheckView;
import io.muster.supervision.trigger.RunView;
import io.muster.supervision.trigger.TriggerView;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Clusters of services as `/v1` shows them; keys are described in `openapi.json`.
final class ClusterViews {
  private ClusterViews() {}

  /// With the balancers and triggers of the asked member.
  static Map<String, Object> cluster(
      ClusterView c, List<BalancerView> balancers, List<TriggerView> triggers) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("name", c.name());
    v.put("type", c.type());
    v.put("initialized", c.initialized());
    v.put("revision", c.revision());
    v.put("judge", c.judge());
    v.put("quorum", c.quorum());
    v.put("watched_by", c.watchedBy());
    v.put("differing", c.differing());
    v.put("active", c.active());
    v.put("nodes", c.nodes().stream().map(ClusterViews::node).toList());
    v.put(
        "balancers",
        balancers.stream()
            .filter(b -> b.id().cluster().equals(c.name()))
            .map(ClusterViews::balancer)
            .toList());
    v.put(
        "triggers",
        triggers.stream()
            .filter(t -> t.cluster().equals(c.name()))
            .map(ClusterViews::trigger)
            .toList());
    return v;
  }

  static Map<String, Object> balancer(BalancerView b) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("name", b.id().name());
    v.put("type", b.kind());
    v.put("wanted", b.wanted());
    v.put("applied", b.applied());
    v.put("held", b.held());
    v.put("busy", b.busy());
    v.put("running", b.running().orElse(null));
    v.put("last_result", b.lastApplied().map(s -> word(s.how())).orElse(""));
    v.put("last_applied", b.lastApplied().map(s -> s.at().toEpochMilli()).orElse(0L));
    v.put("error", b.trouble().map(t -> word(t.step()) + ": " + t.message()).orElse(""));
    v.put("failures", b.trouble().map(BalancerView.Trouble::times).orElse(0L));
    v.put("drift", b.drift());
    v.put("notes", b.notes());
    v.put(
        "files", b.files().stream().map(f -> Map.of("path", f.path(), "text", f.text())).toList());
    return v;
  }

  static Map<String, Object> look(Balancer.Look look) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("running", look.running());
    v.put("drift", look.drift());
    v.put("stats", json(look.stats()));
    return v;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  static Map<String, Object> node(ClusterView.Node n) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("addr", n.addr());
    v.put("endpoint", n.endpoint());
    v.put("state", word(n.state()));
    v.put("available", n.available());
    v.put("active", n.active());
    v.put("checked", n.checked());
    v.put("disabled", n.disabled());
    v.put("spare", n.spare());
    v.put("comment", n.attributes().get("comment") instanceof JsonValue.Text t ? t.value() : "");
    v.put("contested", n.contested());
    v.put("stale", n.stale());
    v.put("damped", n.damped());
    v.put("drain", interval(n.drain()));
    v.put("maintenance", interval(n.maintenance()));
    v.put("available_changed", n.availableChanged());
    v.put("index", n.index());
    v.put("term", n.term());
    v.put("ballot", words(n.ballot()));
    v.put("errors", n.errors());
    v.put("warnings", n.warnings());
    v.put("attributes", json(new JsonValue.Obj(new LinkedHashMap<>(n.attributes()))));
    v.put("attrs", json(new JsonValue.Obj(new LinkedHashMap<>(n.attrs()))));
    Map<String, Object> opinions = new LinkedHashMap<>();
    n.opinions().forEach((member, o) -> opinions.put(member, opinion(o)));
    v.put("opinions", opinions);
    v.put("checks", n.checks().stream().map(ClusterViews::check).toList());
    return v;
  }

  private static Map<String, Object> opinion(ClusterView.Opinion o) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("state", word(o.state()));
    v.put("message", String.join("; ", o.errors().isEmpty() ? o.warnings() : o.errors()));
    v.put("since", o.since());
    v.put("fresh", o.present());
    return v;
  }

  private static Map<String, Object> check(CheckView c) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("id", c.id());
    v.put("kind", c.kind());
    v.put("state", word(c.health()));
    v.put("message", c.message());
    v.put("latency_ms", c.latencyMillis().isPresent() ? c.latencyMillis().getAsDouble() : null);
    v.put("last", c.lastStart().map(Instant::toEpochMilli).orElse(0L));
    v.put("consecutive", c.consecutive());
    return v;
  }

  private static @Nullable Map<String, Object> interval(ClusterView.Interval i) {
    if (!i.on()) return null;
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("reason", i.reason());
    v.put("by", i.by());
    v.put("since", i.since());
    v.put("until", i.until());
    return v;
  }

  static Map<String, Object> past(Supervision.Past p) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("index", p.index());
    v.put("term", p.term());
    v.put("at", p.at());
    v.put("state", word(p.state()));
    v.put("ballot", words(p.ballot()));
    v.put("errors", p.errors());
    v.put("warnings", p.warnings());
    return v;
  }

  static Map<String, Object> trigger(TriggerView t) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("cluster", t.cluster());
    v.put("id", t.id());
    v.put("on", t.on());
    v.put("run", t.run());
    v.put("queue", t.queue());
    v.put("redeliver", t.redeliver());
    v.put("actions", t.actions());
    v.put("waiting", t.waiting());
    v.put("running", t.running());
    v.put("fired", t.fired());
    v.put("done", t.done());
    v.put("failed", t.failed());
    v.put("passed_over", t.passedOver());
    return v;
  }

  static Map<String, Object> run(RunView r) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("cluster", r.cluster());
    v.put("trigger", r.trigger());
    v.put("event", r.event());
    v.put("event_id", r.eventId());
    v.put("node", r.node());
    v.put("run", r.run());
    v.put("member", r.member());
    v.put("attempt", r.attempt());
    v.put("started", r.started().toEpochMilli());
    v.put("ended", r.ended().map(Instant::toEpochMilli).orElse(0L));
    v.put("outcome", r.outcome());
    v.put("message", r.message());
    v.put("actions", r.actions().stream().map(ClusterViews::action).toList());
    return v;
  }

  private static Map<String, Object> action(RunView.ActionView a) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("type", a.type());
    v.put("done", a.done());
    v.put("message", a.message());
    v.put("tries", a.tries());
    v.put("exit_codes", a.exitCodes());
    v.put("output", a.output());
    return v;
  }

  private static Map<String, String> words(Map<String, Health> ballot) {
    Map<String, String> all = new LinkedHashMap<>();
    ballot.forEach((member, health) -> all.put(member, word(health)));
    return all;
  }

  static JsonNode json(JsonValue value) {
    return Exchange.JSON.readTree(JsonText.write(value));
  }
}
