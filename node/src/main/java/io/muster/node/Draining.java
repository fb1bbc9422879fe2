package io.muster.node;

import io.muster.admin.AdminFaces;
import io.muster.gateway.driver.NettyGateway;
import io.muster.registry.Consensus;
import io.muster.registry.driver.RaftGroups;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A member that serves no clients and leads no group for a while, and keeps its votes and its
/// replicas: maintenance begins and ends so, and an upgrade.
final class Draining {
  private static final Logger log = LoggerFactory.getLogger(Draining.class);

  /// Whoever does not go by itself is closed by then.
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final long LOOK_NANOS = 20_000_000;
  private final NettyGateway door;
  private final RaftGroups groups;
  private final Runnable changed;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicBoolean handing = new AtomicBoolean();
  private volatile String text = "";

  /// @param changed told when [#text] has changed
  Draining(NettyGateway door, RaftGroups groups, Runnable changed) {
    this.door = door;
    this.groups = groups;
    this.changed = changed;
  }

  /// Why the member is not ready, in words; empty while it is not drained.
  String text() {
    return text;
  }

  /// Drains; blocks until that is done. Asked again it waits for the drain under way.
  AdminFaces.Drained begin(Duration over) {
    lock.lock();
    try {
      if (text.isEmpty()) {
        say("draining: clients are sent elsewhere");
        log.info("draining over={}", over);
        // Its own door last: readiness is seen first by whoever sends clients here.
        door.drain(over);
      }
      long deadline = System.nanoTime() + over.plus(PATIENCE).toNanos();
      groups.handOver().join();
      while (door.view().connections() > 0 && System.nanoTime() - deadline < 0) {
        LockSupport.parkNanos(LOOK_NANOS);
      }
      door.drain();
      if (leads().isEmpty()) say("drained: `muster drain --off` lets clients come again");
      else say("drained, but nobody can lead " + String.join(", ", leads()) + " instead");
      log.info("drained leads={} connections={}", leads(), door.view().connections());
      return view();
    } finally {
      lock.unlock();
    }
  }

  /// Lets clients come again.
  ///
  /// @param open opens the door; called only where it was closed
  AdminFaces.Drained end(Runnable open) {
    lock.lock();
    try {
      if (!text.isEmpty()) {
        open.run();
        say("");
        log.info("drain_ended");
      }
      return view();
    } finally {
      lock.unlock();
    }
  }

  private void say(String now) {
    text = now;
    changed.run();
  }

  private AdminFaces.Drained view() {
    return new AdminFaces.Drained(!text.isEmpty(), door.view().connections(), leads());
  }

  private List<String> leads() {
    return groups.views().stream()
        .filter(v -> v.role() == Consensus.View.Role.LEADER)
        .map(Consensus.View::group)
        .toList();
  }

  /// Hands leadership over again should an election have brought it back; never blocks.
  void tend() {
    if (text.isEmpty() || leads().isEmpty() || !handing.compareAndSet(false, true)) return;
    groups.handOver().whenComplete((_, _) -> handing.set(false));
  }
}
