package io.muster.admin;

import com.sun.management.OperatingSystemMXBean;
import io.muster.gateway.GatewayView;
import io.muster.realtime.Realtime;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What a member did per second during the last quarter of an hour. Safe on any thread.
final class Rates implements AutoCloseable {
  static final int EVERY_SECONDS = 2;
  static final int SAMPLES = 450;

  private final AdminFaces faces;
  private final ReentrantLock lock = new ReentrantLock();

  /// A ring: a sample replaces the one of a quarter of an hour ago.
  private final Map<String, Sample> samples = new LinkedHashMap<>();

  private long taken;
  private @Nullable Counters last;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("admin-rates").factory());

  /// @param at epoch milliseconds
  /// @param connections clients now
  /// @param framesIn and the like: per second since the sample before
  /// @param cpu of this process, in cores; -1 where it is not told
  /// @param heapBytes used now
  record Sample(
      long at,
      long connections,
      double framesIn,
      double framesOut,
      double bytesIn,
      double bytesOut,
      double publications,
      double deliveries,
      double cpu,
      long heapBytes) {}

  private record Counters(long nanos, GatewayView clients, Realtime.RealtimeView events) {}

  Rates(AdminFaces faces) {
    this.faces = faces;
    clock.scheduleAtFixedRate(this::take, 0, EVERY_SECONDS, TimeUnit.SECONDS);
  }

  /// By the place in the ring.
  Map<String, Sample> all() {
    lock.lock();
    try {
      return new LinkedHashMap<>(samples);
    } finally {
      lock.unlock();
    }
  }

  private void take() {
    Counters now =
        new Counters(
            System.nanoTime(),
            faces.gateway().orElse(new GatewayView(0, 0, 0, 0, 0, 0, 0)),
            faces.realtime().map(Realtime::view).orElse(Realtime.RealtimeView.NONE));
    lock.lock();
    try {
      Counters before = last;
      last = now;
      if (before == null) return;
      String place = Long.toString(taken++ % SAMPLES);
      samples.remove(place);
      samples.put(place, sample(before, now));
    } finally {
      lock.unlock();
    }
  }

  private static Sample sample(Counters a, Counters b) {
    double seconds = Math.max(1e-3, (b.nanos - a.nanos) / 1e9);
    Runtime r = Runtime.getRuntime();
    return new Sample(
        System.currentTimeMillis(),
        b.clients.connections(),
        per(seconds, a.clients.framesIn(), b.clients.framesIn()),
        per(seconds, a.clients.framesOut(), b.clients.framesOut()),
        per(seconds, a.clients.bytesIn(), b.clients.bytesIn()),
        per(seconds, a.clients.bytesOut(), b.clients.bytesOut()),
        per(seconds, a.events.publications(), b.events.publications()),
        per(seconds, a.events.deliveries(), b.events.deliveries()),
        cpu(),
        r.totalMemory() - r.freeMemory());
  }

  /// A counter that began anew counts from nothing.
  private static double per(double seconds, long a, long b) {
    return Math.round((b >= a ? b - a : b) / seconds * 10) / 10.0;
  }

  private static double cpu() {
    if (!(ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean os)) {
      return -1;
    }
    double share = os.getProcessCpuLoad();
    return share < 0 ? -1 : Math.round(share * os.getAvailableProcessors() * 1000) / 1000.0;
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
