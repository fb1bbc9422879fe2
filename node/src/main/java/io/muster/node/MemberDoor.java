package io.muster.node;

import io.muster.admin.Door;
import io.muster.gateway.core.Gate;
import io.muster.gateway.driver.NettyGateway;
import io.muster.kernel.ControlLoop;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.kernel.TimeSource;
import io.muster.node.HealthReports.Sight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The clients' door of this member: opened when the gate says so, and not before somebody asks
/// where it is deferred.
///
/// [#look] runs on the control loop; all else may be called on any thread.
final class MemberDoor implements Door {
  private static final Logger log = LoggerFactory.getLogger(MemberDoor.class);

  /// What the door sees of its member.
  interface Seen {
    /// Null while there is no membership yet.
    @Nullable Sight sight();

    boolean started();

    /// Why writes cannot be taken, null when they can.
    @Nullable String trouble();

    /// Null while there is none yet.
    @Nullable NettyGateway gateway();

    /// Whether the member stops, leaves or is drained: nothing opens then.
    boolean going();
  }

  private final MusterSettings settings;
  private final TimeSource time;
  private final Seen seen;
  private final CompletableFuture<Void> ready;
  private final DoorWatch watch;
  private volatile @Nullable ControlLoop control;
  private volatile Gate.State state = new Gate.State.Starting();
  private volatile List<Integer> ports = List.of();
  private volatile boolean asked;

  /// @param ready completes when the member is stable, with its door open unless it is deferred;
  ///     fails when that will never happen
  MemberDoor(MusterSettings settings, TimeSource time, Seen seen, CompletableFuture<Void> ready) {
    this.settings = settings;
    this.time = time;
    this.seen = seen;
    this.ready = ready;
    this.asked = !settings.door().defer();
    this.watch = new DoorWatch(settings.door(), time.nanos());
  }

  /// Looks now and again.
  void start(ControlLoop loop, java.time.Duration every) {
    control = loop;
    loop.execute(this::look);
    loop.every(every, this::look);
  }

  void look() {
    if (seen.going()) return;
    Gate.State before = state;
    Sight sight = seen.sight();
    long now = time.nanos();
    Gate.State next = watch.look(sight, seen.started(), seen.trouble(), now);
    state = next;
    if (!next.equals(before)) log.info("gate state=\"{}\"", next.text());
    if (sight != null) watch.tell(sight, !ready.isDone(), next.text(), now);
    switch (next) {
      case Gate.State.Open _ -> unlock();
      case Gate.State.Failed f ->
          ready.completeExceptionally(
              new MusterException(
                  ErrorCode.STABILISE_TIMEOUT,
                  "StabiliseTimeout: "
                      + f.text()
                      + " (cluster.stabilise_timeout "
                      + settings.door().stabiliseTimeout().toMillis()
                      + "ms)"));
      case Gate.State.Starting _,
          Gate.State.AwaitingPeers _,
          Gate.State.AwaitingRegistry _,
          Gate.State.Closed _ -> {}
    }
  }

  private boolean serves() {
    return settings.member().roles().contains(Role.GATEWAY);
  }

  private void unlock() {
    NettyGateway gateway = seen.gateway();
    if (gateway == null || ready.isCompletedExceptionally()) return;
    try {
      if (serves() && asked && ports.isEmpty()) ports = gateway.open();
      if (!ready.isDone() && !asked) log.info("gate deferred: clients wait for 'muster open'");
      ready.complete(null);
    } catch (MusterException e) {
      // Who starts fails; who was asked to open says why and may be asked again.
      if (!ready.completeExceptionally(e)) throw e;
    }
  }

  /// Opens again what a drain closed, unless clients were not let in before.
  void reopen() {
    NettyGateway gateway = seen.gateway();
    if (gateway == null) throw going("has not started yet");
    if (serves() && asked) ports = gateway.open();
  }

  /// Why writes are refused, null when they are not.
  @Nullable String objection() {
    return state instanceof Gate.State.Closed c ? c.text() : null;
  }

  boolean able() {
    return state instanceof Gate.State.Open && ready.isDone() && (asked || !serves());
  }

  String text() {
    if (state instanceof Gate.State.Open && !asked && serves()) {
      return "stable; clients wait for 'muster open' (gateway.defer)";
    }
    return state instanceof Gate.State.AwaitingPeers p
        ? watch.stability().text() + ": " + p.text()
        : state.text();
  }

  List<Integer> ports() {
    return ports;
  }

  // --- for administration

  @Override
  public View view() {
    Sight sight = seen.sight();
    Map<String, Integer> peers = sight == null ? Map.of() : DoorWatch.peers(sight);
    List<Service> services = new ArrayList<>();
    new TreeMap<>(settings.door().minimum())
        .forEach(
            (service, required) ->
                services.add(new Service(service, peers.getOrDefault(service, 0), required)));
    return new View(text(), watch.stability().text(), !asked && serves(), ports, services);
  }

  @Override
  public CompletableFuture<View> open() {
    CompletableFuture<View> opened = new CompletableFuture<>();
    ControlLoop loop = control;
    if (loop == null) return CompletableFuture.failedFuture(going("has not started yet"));
    loop.execute(
        () -> {
          if (seen.going()) {
            opened.completeExceptionally(going("is stopping, leaving or drained"));
            return;
          }
          boolean before = asked;
          asked = true;
          try {
            look();
            opened.complete(view());
          } catch (MusterException e) {
            asked = before;
            opened.completeExceptionally(e);
          }
        });
    return opened;
  }

  private MusterException going(String why) {
    return new MusterException(
        ErrorCode.NOT_STARTED, "member " + settings.member().name() + " " + why);
  }

  @Override
  public Map<String, Object> health(boolean older) {
    Sight sight = seen.sight();
    if (sight == null) throw going("has not started yet");
    return watch.report(sight, older, time.nanos());
  }
}
