package io.muster.node;

import io.muster.gateway.core.Gate;
import io.muster.gateway.core.Stability;
import io.muster.membership.Member;
import io.muster.node.HealthReports.Sight;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/// Looks at the members for the gate, and reports what is waited for and how healthy all are.
///
/// [#look] and [#tell] run on the control loop; [#stability] may be read on any thread.
final class DoorWatch {
  private static final Logger log = LoggerFactory.getLogger(DoorWatch.class);

  /// Happn-cluster's tag, for what reads its logs.
  private static final Logger health = LoggerFactory.getLogger("happn-cluster-health");

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final DoorSettings settings;
  private final Gate gate;
  private final long startNanos;
  private long reportedNanos;
  private long healthNanos;
  private @Nullable String healthBefore;
  private volatile Stability stability = Stability.ISOLATED;

  DoorWatch(DoorSettings settings, long nowNanos) {
    this.settings = settings;
    this.gate = new Gate(settings.minimum(), settings.stabiliseTimeout(), nowNanos);
    this.startNanos = nowNanos;
    this.reportedNanos = nowNanos;
    this.healthNanos = nowNanos;
  }

  /// Decides about the gate.
  ///
  /// @param sight null while there is no membership yet
  /// @param trouble why writes cannot be taken, null when they can
  Gate.State look(@Nullable Sight sight, boolean started, @Nullable String trouble, long nowNanos) {
    Map<String, Integer> found = sight == null ? Map.of() : count(sight, m -> m.state().here());
    Map<String, Integer> linked = sight == null ? Map.of() : peers(sight);
    Gate.State state = gate.look(found, started, trouble, nowNanos);
    boolean able = state instanceof Gate.State.Open && trouble == null;
    stability = Stability.of(settings.minimum(), found, linked, able);
    return state;
  }

  Stability stability() {
    return stability;
  }

  /// Members of each service that are here and linked, this one included.
  static Map<String, Integer> peers(Sight sight) {
    return count(sight, m -> m.id().equals(sight.self().id()) || sight.peer(m));
  }

  private static Map<String, Integer> count(Sight sight, Predicate<Member> which) {
    Map<String, Integer> count = new HashMap<>();
    sight.members().stream().filter(which).forEach(m -> count.merge(m.service(), 1, Integer::sum));
    return count;
  }

  /// Writes the reports that are due.
  ///
  /// @param waiting whether the member is not stable for the first time yet
  void tell(Sight sight, boolean waiting, String state, long nowNanos) {
    if (waiting && due(reportedNanos, settings.stableReport(), nowNanos)) {
      reportedNanos = nowNanos;
      log.info("stabilising state=\"{}\" gate=\"{}\"", stability.text(), state);
      for (Member m : sight.members()) {
        if (m.id().equals(sight.self().id()) || !m.state().here() || sight.peer(m)) continue;
        log.info("member {} awaiting connectedTo", m.name());
      }
      for (String missing : missing(sight)) log.info("{}", missing);
    }
    if (settings.report() == DoorSettings.Report.NONE) return;
    if (!due(healthNanos, settings.healthInterval(), nowNanos)) return;
    healthNanos = nowNanos;
    boolean older = settings.report() == DoorSettings.Report.OLDER;
    Map<String, Object> report = report(sight, older, nowNanos);
    String text = JSON.writeValueAsString(report);
    if (text.equals(healthBefore)) return;
    healthBefore = text;
    String status = String.valueOf(report.get("STATUS"));
    boolean well = older ? status.matches("HEALTHY.*|.*WARMUP") : status.equals("STABLE");
    if (!older) services(sight, status, well);
    if (well) health.info("{}", text);
    else health.warn("{}", text);
  }

  private void services(Sight sight, String status, boolean well) {
    Member self = sight.self();
    List<String> lines = new ArrayList<>();
    lines.add(
        "name %s endpoint %s service %s state %s"
            .formatted(self.name(), self.address(), self.service(), status));
    Map<String, Integer> peers = peers(sight);
    new TreeMap<>(settings.minimum())
        .forEach(
            (service, required) ->
                lines.add(
                    "Service %s has %d peers of %d required"
                        .formatted(service, peers.getOrDefault(service, 0), required)));
    for (String line : lines) {
      if (well) health.info("{}", line);
      else health.warn("{}", line);
    }
  }

  /// The report of now.
  Map<String, Object> report(Sight sight, boolean older, long nowNanos) {
    boolean warm = nowNanos - startNanos >= settings.warmup().toNanos();
    return older ? HealthReports.older(sight, warm) : HealthReports.newer(sight, stability.text());
  }

  private List<String> missing(Sight sight) {
    Map<String, Integer> peers = peers(sight);
    List<String> lines = new ArrayList<>();
    new TreeMap<>(settings.minimum())
        .forEach(
            (service, required) -> {
              int more = required - peers.getOrDefault(service, 0);
              if (more > 0) {
                lines.add("requires " + more + " more peers to stabilise, of service " + service);
              }
            });
    return lines;
  }

  private static boolean due(long lastNanos, Duration every, long nowNanos) {
    return nowNanos - lastNanos >= every.toNanos();
  }
}
