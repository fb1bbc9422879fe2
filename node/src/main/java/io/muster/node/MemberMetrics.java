package io.muster.node;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.muster.admin.ResidentMemory;
import io.muster.gateway.GatewayView;
import io.muster.gateway.GuardView;
import io.muster.kernel.TlsReload;
import io.muster.realtime.Realtime.RealtimeView;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/// What a member tells at `/metrics`: names, and where each figure comes from.
final class MemberMetrics implements AutoCloseable {
  /// Held here: the meters know it by a weak reference only.
  private final Sources from;

  /// Held here for the same reason.
  private final List<Supplier<TlsReload.View>> listeners = new CopyOnWriteArrayList<>();

  private final MeterRegistry registry;
  private final JvmGcMetrics gc = new JvmGcMetrics();

  /// Where the figures come from, asked at each scrape; any thread, also before the member has
  /// started.
  ///
  /// @param present members that are here now, this one included
  record Sources(
      BooleanSupplier ready,
      IntSupplier present,
      Supplier<GatewayView> clients,
      Supplier<GuardView> guard,
      Supplier<RealtimeView> events) {}

  /// Registers everything.
  MemberMetrics(MeterRegistry m, Sources from) {
    this.from = from;
    this.registry = m;
    new JvmMemoryMetrics().bindTo(m);
    gc.bindTo(m);
    new ProcessorMetrics().bindTo(m);
    new ResidentMemory().bindTo(m);
    Gauge.builder("muster.ready", this.from, n -> n.ready.getAsBoolean() ? 1 : 0).register(m);
    Gauge.builder("muster.members.present", this.from, n -> n.present.getAsInt()).register(m);
    Gauge.builder("muster.client.connections", this.from, n -> n.clients.get().connections())
        .register(m);
    FunctionCounter.builder("muster.client.frames.in", this.from, n -> n.clients.get().framesIn())
        .register(m);
    FunctionCounter.builder("muster.client.frames.out", this.from, n -> n.clients.get().framesOut())
        .register(m);
    FunctionCounter.builder(
            "muster.client.slow.closed", this.from, n -> n.clients.get().slowClosed())
        .register(m);
    FunctionCounter.builder("muster.client.tls.reloads", this.from, n -> n.guard.get().tlsReloads())
        .register(m);
    FunctionCounter.builder(
            "muster.client.tls.failures", this.from, n -> n.guard.get().tlsFailures())
        .register(m);
    Gauge.builder(
            "muster.client.tls.expires",
            this.from,
            n -> n.guard.get().tlsExpires().getEpochSecond())
        .baseUnit("seconds")
        .register(m);
    FunctionCounter.builder(
            "muster.client.address.refused", this.from, n -> n.guard.get().addressRefused())
        .register(m);
    FunctionCounter.builder("muster.client.rate.closed", this.from, n -> n.guard.get().rateClosed())
        .register(m);
    Gauge.builder("muster.subscriptions", this.from, n -> n.events.get().subscriptions())
        .register(m);
    FunctionCounter.builder("muster.publications", this.from, n -> n.events.get().publications())
        .register(m);
    FunctionCounter.builder("muster.deliveries", this.from, n -> n.events.get().deliveries())
        .register(m);
    FunctionCounter.builder(
            "muster.publications.received", this.from, n -> n.events.get().received())
        .register(m);
    FunctionCounter.builder("muster.publications.lost", this.from, n -> n.events.get().lost())
        .register(m);
    FunctionCounter.builder(
            "muster.publications.deferred", this.from, n -> n.events.get().deferred())
        .register(m);
    FunctionCounter.builder(
            "muster.publications.repaired", this.from, n -> n.events.get().repaired())
        .register(m);
    Gauge.builder("muster.history.kept", this.from, n -> n.events.get().kept()).register(m);
    Gauge.builder("muster.history.bytes", this.from, n -> n.events.get().keptBytes())
        .baseUnit("bytes")
        .register(m);
    FunctionCounter.builder("muster.history.resumed", this.from, n -> n.events.get().resumed())
        .register(m);
    FunctionCounter.builder("muster.history.refused", this.from, n -> n.events.get().refused())
        .register(m);
    Gauge.builder("muster.publications.waiting", this.from, n -> n.events.get().waiting())
        .baseUnit("bytes")
        .register(m);
  }

  /// Tells of a listener's certificate from now on.
  ///
  /// @param listener empty for one without TLS
  void tls(Optional<Supplier<TlsReload.View>> listener) {
    if (listener.isEmpty()) return;
    Supplier<TlsReload.View> view = listener.get();
    listeners.add(view);
    Tags tags = Tags.of("listener", view.get().listener());
    Gauge.builder("muster.tls.certificate.expires", view, v -> v.get().expires().getEpochSecond())
        .tags(tags)
        .baseUnit("seconds")
        .register(registry);
    FunctionCounter.builder("muster.tls.reloads", view, v -> v.get().reloads())
        .tags(tags)
        .register(registry);
    FunctionCounter.builder("muster.tls.failures", view, v -> v.get().failures())
        .tags(tags)
        .register(registry);
  }

  /// Ends the observation of the garbage collector.
  @Override
  public void close() {
    gc.close();
  }
}
