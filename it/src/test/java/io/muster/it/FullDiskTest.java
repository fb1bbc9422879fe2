package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.it.HappnClients.Client;
import io.muster.testing.Eventually;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// A disk without a free byte: a small file system of the test's own, filled to the brim.
class FullDiskTest {
  private static final String PASSWORD = "a password of the tests";
  private final List<Path> mounted = new ArrayList<>();

  @AfterEach
  void unmount() {
    for (Path p : mounted) Tools.run(Path.of("."), 10, "umount", "-l", p.toString());
  }

  private void small(MemberProcess member) throws IOException {
    Path data = Files.createDirectories(member.directory.resolve("data"));
    try {
      Tools.run(
          Path.of("."), 10, "mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", data.toString());
      mounted.add(data);
    } catch (IllegalStateException e) {
      String why = "SKIPPED: this platform allows no mounts: " + e.getMessage();
      System.err.println(why);
      Assumptions.abort(why);
    }
  }

  private static Path fill(MemberProcess member) throws IOException {
    Path filler = member.directory.resolve("data/filler");
    for (int chunk : new int[] {1 << 20, 1 << 12, 1}) {
      byte[] zeros = new byte[chunk];
      try (OutputStream out =
          Files.newOutputStream(
              filler,
              java.nio.file.StandardOpenOption.CREATE,
              java.nio.file.StandardOpenOption.APPEND)) {
        for (int i = 0; i < 1000; i++) out.write(zeros);
      } catch (IOException full) {
        assertThat(full).hasMessageContaining("No space");
      }
    }
    return filler;
  }

  @Test
  void aMemberWithAFullDiskSaysSoAndDisturbsNobody() throws Exception {
    Tools.clients();
    try (Cluster cluster = Cluster.prepare("full", 3, PASSWORD);
        HappnClients node = new HappnClients(HappnClients.CURRENT)) {
      MemberProcess poor = cluster.member(2);
      small(poor);
      cluster.members.forEach(MemberProcess::start);
      cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
      Client rich = node.connect("rich", cluster.member(0));
      rich.set("/before", Map.of("v", 1));

      Path filler = fill(poor);
      String large = "x".repeat(200_000);
      List<Integer> written = new ArrayList<>();
      long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      for (int i = 0; written.size() < 100 && System.nanoTime() < deadline; i++) {
        try {
          rich.set("/full/" + i, Map.of("i", i, "large", large));
          written.add(i);
        } catch (HappnClients.Refused whileAnotherIsElected) {
          // It may have led.
          assertThat(whileAnotherIsElected.code).isBetween(500, 504);
        }
      }
      assertThat(written).hasSize(100);
      Eventually.within(
          Duration.ofSeconds(20),
          "the poor member says what is wrong",
          () -> !poor.running() || poor.readiness().contains("free space"));

      Files.delete(filler);
      if (poor.running()) poor.kill();
      poor.start().awaitReady(Cluster.READY);
      Client again = node.connect("again", poor);
      assertThat(again.get("/before").path("v").asInt()).isEqualTo(1);
      for (int i : written) assertThat(again.get("/full/" + i).path("i").asInt()).isEqualTo(i);
    }
  }

  @Test
  void aLoneMemberRefusesWritesAndLosesNothing() throws Exception {
    Tools.clients();
    try (Cluster cluster = Cluster.prepare("alone", 1, PASSWORD);
        HappnClients node = new HappnClients(HappnClients.CURRENT)) {
      MemberProcess member = cluster.member(0);
      small(member);
      member.start().awaitReady(Cluster.READY);
      Client client = node.connect("c", member);
      String large = "x".repeat(200_000);
      client.set("/kept/0", Map.of("large", large));

      Path filler = fill(member);
      List<Integer> acknowledged = new ArrayList<>(List.of(0));
      HappnClients.Refused refused = null;
      for (int i = 1; i < 400 && refused == null; i++) {
        try {
          client.set("/kept/" + i, Map.of("large", large));
          acknowledged.add(i);
        } catch (HappnClients.Refused e) {
          refused = e;
        }
      }
      assertThat(refused).as("a write is refused when the disk is full").isNotNull();
      assertThat(refused.code).isBetween(500, 504);
      Eventually.within(
          Duration.ofSeconds(10),
          "it says what is wrong",
          () -> member.readiness().contains("free space"));

      Files.delete(filler);
      member.kill();
      member.start().awaitReady(Cluster.READY);
      Client again = node.connect("again", member);
      for (int i : acknowledged) {
        assertThat(again.get("/kept/" + i).path("large").asString()).isEqualTo(large);
      }
      again.set("/kept/after", Map.of("v", 1));
    }
  }
}
