package io.muster.node;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import io.muster.registry.Outcome;
import io.muster.registry.driver.RaftGroups;
import io.muster.registry.driver.Registrations;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a member leaves its cluster for good, once or in several tries. Safe on any thread.
final class Departure {
  private static final Logger log = LoggerFactory.getLogger(Departure.class);
  private final MusterSettings settings;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile String text = "";

  Departure(MusterSettings settings) {
    this.settings = settings;
  }

  /// What has come of leaving, in words; empty while nobody asked for it.
  String text() {
    return text;
  }

  /// Gives up this member's part in all groups. Blocks; asked again it goes on where it ended.
  ///
  /// @param clients sends them elsewhere
  /// @param limit for giving all of it up
  /// @throws MusterException `leave_refused` and `no_quorum` when nothing was done,
  ///     `leave_incomplete` saying how far it came
  void leave(RaftGroups groups, DataDirectory data, Runnable clients, Duration limit) {
    lock.lock();
    try {
      // Where a leave ended half-way it goes on, and what was asked then is not asked again.
      if (text.isEmpty()) groups.mayLeave();
      log.info("leaving name={}", settings.member().name());
      text = "leaving the cluster";
      clients.run();
      groups.leave(limit);
      text = "left the cluster";
      log.info("left name={}", settings.member().name());
      data.retire("cluster " + settings.cluster().name() + ", " + Instant.now());
    } catch (MusterException e) {
      if (!text.isEmpty()) text = "left in part: " + e.getMessage();
      throw e;
    } catch (IOException e) {
      // It has left all the same; started again it would join anew.
      log.warn(
          "left_unmarked data_dir={} reason=\"{}\"", settings.member().dataDir(), e.toString());
    } finally {
      lock.unlock();
    }
  }

  /// Takes a member that has gone off the list.
  ///
  /// @param who for messages
  static CompletableFuture<Void> strike(Registrations all, MemberId gone, String who) {
    return all.remove(gone)
        .thenAccept(
            outcome -> {
              if (!(outcome instanceof Outcome.Committed)) {
                throw new MusterException(
                    ErrorCode.NO_QUORUM, who + " is registered still: " + outcome);
              }
            });
  }
}
