package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Clocks that jump and disks that take their time, on the machine of the member that leads:
/// nothing acknowledged is lost, no read lies, and nobody is given up. Both tests share a cluster.
class TroubledMachineTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static Cluster cluster;
  private static Optional<Path> faketime = Optional.empty();
  private RegisterLoad load;
  private HappnClients node;

  @BeforeAll
  static void start() throws Exception {
    Tools.clients();
    faketime = library();
    cluster = Cluster.prepare("troubled", 3, null);
    for (MemberProcess m : cluster.members) {
      if (faketime.isPresent()) {
        Files.writeString(clock(m), "+0\n");
        m.with("LD_PRELOAD", faketime.get().toString())
            .with("FAKETIME_TIMESTAMP_FILE", clock(m).toString())
            .with("FAKETIME_CACHE_DURATION", "1")
            // Whoever sets a clock moves that of the day, never the one that counts on; and waits
            // are left to the system.
            .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .with("FAKETIME_FORCE_MONOTONIC_FIX", "0");
      }
      m.start(
          "--set",
          "registry.election_timeout=2s",
          // A machine that is busy with other tests must not be taken for a dead one.
          "--set",
          "membership.suspicion_min=5s",
          "--set",
          "membership.suspicion_max=20s");
    }
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
  }

  @AfterAll
  static void end() {
    if (cluster != null) cluster.close();
  }

  @AfterEach
  void stop() {
    if (load != null) load.close();
    if (node != null) node.close();
  }

  private static Path clock(MemberProcess m) {
    return m.directory.resolve("clock");
  }

  /// The library that shows a process another time, installed where that is possible.
  private static Optional<Path> library() throws IOException {
    if (!Tools.onPath("faketime") && !io.muster.testing.Programs.install("faketime")) {
      return Optional.empty();
    }
    Path base = Path.of("/usr/lib");
    if (!Files.isDirectory(base)) return Optional.empty();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(base)) {
      for (Path p : all) {
        Path found = p.resolve("faketime/libfaketimeMT.so.1");
        if (Files.exists(found)) return Optional.of(found);
      }
    }
    return Optional.empty();
  }

  /// Sets a member's clock off from now, and waits until it shows.
  private static void jump(MemberProcess m, Duration off) throws IOException {
    Files.writeString(clock(m), "%+d\n".formatted(off.toSeconds()));
    Eventually.within(
        SOON,
        m.name + " is " + off + " off",
        () -> {
          String date = m.admin("/livez").headers().firstValue("Date").orElseThrow();
          Instant shown =
              ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
          return Duration.between(Instant.now().plus(off), shown).abs().toSeconds() < 120;
        });
  }

  private void writers(String root) {
    load = new RegisterLoad(root);
    node = new HappnClients(HappnClients.CURRENT);
    for (MemberProcess m : cluster.members) load.add(node.connect("w-" + m.name, m));
    load.awaitWrites(100);
  }

  private void judge() throws InterruptedException {
    load.finish();
    for (MemberProcess m : cluster.members) {
      load.check(node.connect("r-" + m.name, m));
      assertThat(m.ready()).as(m.readiness()).isTrue();
      assertThat(m.output()).doesNotContain("member_failed");
    }
  }

  @Test
  void aClockThatJumpsByAnHourAndBackByADayMakesNobodyLie() throws Exception {
    Assumptions.assumeTrue(
        faketime.isPresent(), "SKIPPED: this platform has no 'faketime'; install faketime");
    writers("/clock");
    MemberProcess leader = cluster.leader("data-0");

    jump(leader, Duration.ofHours(1));
    load.awaitWrites(100);
    jump(leader, Duration.ofDays(-1));
    load.awaitWrites(100);
    jump(leader, Duration.ZERO);
    load.awaitWrites(100);

    judge();
  }

  @Test
  void aDiskThatTakesHalfASecondForEachForceMakesItSlowAndNothingElse() throws Exception {
    Tools.need("strace", "strace");
    writers("/disk");
    MemberProcess leader = cluster.leader("data-0");

    try (Slow _ = new Slow(leader)) {
      load.awaitWrites(20);
    }
    load.awaitWrites(100);
    MemberProcess follower =
        cluster.members.stream().filter(m -> m != leader).findFirst().orElseThrow();
    try (Slow _ = new Slow(follower)) {
      load.awaitWrites(20);
    }
    load.awaitWrites(100);

    judge();
  }

  /// From now on a member's disk takes half a second for each force.
  private static final class Slow implements AutoCloseable {
    private final Process tracer;

    Slow(MemberProcess member) throws IOException {
      Path out = member.directory.resolve("strace.out");
      Files.writeString(out, "");
      tracer =
          new ProcessBuilder(
                  List.of(
                      "strace",
                      "-f",
                      "-p",
                      Long.toString(member.pid()),
                      "-e",
                      "trace=fsync,fdatasync",
                      "-e",
                      "inject=fsync,fdatasync:delay_enter=500000",
                      "-o",
                      out.toString()))
              .redirectErrorStream(true)
              .redirectOutput(member.directory.resolve("strace.log").toFile())
              .start();
      Eventually.within(
          SOON,
          "a force is slow",
          () -> {
            if (!tracer.isAlive()) {
              String said = Files.readString(member.directory.resolve("strace.log"));
              Assumptions.abort("SKIPPED: this platform lets nobody trace: " + said);
            }
            return Files.readString(out).contains("DELAYED");
          });
    }

    @Override
    public void close() throws IOException {
      tracer.destroy();
      try {
        if (tracer.waitFor(20, TimeUnit.SECONDS)) return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      tracer.destroyForcibly();
    }
  }
}
