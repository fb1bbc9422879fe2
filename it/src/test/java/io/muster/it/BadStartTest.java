package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Starts that must fail: a clear line, the right exit code, and nobody else disturbed.
class BadStartTest {
  private Cluster cluster;

  @AfterEach
  void stop() {
    if (cluster != null) cluster.close();
  }

  private static Path write(Path directory, String yaml) throws IOException {
    Files.createDirectories(directory);
    return Files.writeString(directory.resolve("muster.yaml"), yaml);
  }

  private static MemberProcess alone(Cluster c) {
    return c.member(0);
  }

  @Test
  void mistakesInSettingsAreAllNamedWithTheirPlace() throws Exception {
    cluster = Cluster.prepare("settings", 1, null);
    Path dir = cluster.directory;
    Path file =
        write(dir, "gateway:\n  prts: [1]\n  frame_bytes_max: big\nregistry:\n  expect: 500\n");

    MusterCommand.Ended e = MusterCommand.run(dir, "start", "-c", file.toString());

    assertThat(e.code()).isEqualTo(2);
    assertThat(e.output())
        .contains("muster.yaml:2:9: gateway.prts: unknown key (did you mean 'ports'?)")
        .contains("muster.yaml:3:20: gateway.frame_bytes_max: expected a size")
        .contains(
            "muster.yaml:5:11: registry.expect: expected a whole number from 0 to 99, found '500'");
  }

  @Test
  void offLoopbackASecretIsNeeded() throws Exception {
    cluster = Cluster.prepare("insecure", 1, null);

    MusterCommand.Ended e =
        MusterCommand.run(
            cluster.directory,
            "validate",
            "--set",
            "link.host=192.0.2.1",
            "--set",
            "cluster.secret=short");

    assertThat(e.code()).isEqualTo(2);
    assertThat(e.output()).contains("cluster.secret must have 16 characters");
  }

  @Test
  void aBusyPortIsNamed() throws Exception {
    cluster = Cluster.prepare("busy", 1, null);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      MemberProcess m = alone(cluster);
      m.start("--set", "gateway.ports=" + taken.getLocalPort());

      assertThat(m.awaitEnd()).isEqualTo(1);
      assertThat(m.output()).contains("gateway.ports").contains("" + taken.getLocalPort());
    }
  }

  @Test
  void aDataDirectoryInUseOrUnreadableIsNamed() throws Exception {
    cluster = Cluster.prepare("data", 1, null);
    MemberProcess m = alone(cluster);
    Files.createDirectories(m.directory);
    Files.writeString(m.directory.resolve("data"), "a file where a directory should be");
    m.start();

    assertThat(m.awaitEnd()).isEqualTo(1);
    assertThat(m.output())
        .contains("member.data_dir")
        .contains(m.directory.resolve("data").toString());
  }

  @Test
  void strangersAreRefusedAndTheClusterGoesOn() throws Exception {
    cluster = Cluster.start("strangers", 2, null);
    String[][] strangers = {
      {"cluster.secret=quite another secret than theirs", "joiner"},
      {"cluster.name=another", "joiner"},
    };
    int n = 0;
    for (String[] s : strangers) {
      MemberProcess joiner = joiner("x" + n++);
      joiner.start(
          "--set", s[0], "--set", "membership.join_deadline=3s", "--set", "registry.expect=0");

      assertThat(joiner.awaitEnd()).as(joiner.output()).isEqualTo(1);
      assertThat(joiner.output()).contains("membership.hosts");
    }
    MemberProcess twin = joiner("m0");
    twin.start("--set", "registry.expect=0");

    assertThat(twin.awaitEnd()).as(twin.output()).isEqualTo(1);
    assertThat(twin.output()).contains("another living member is called 'm0'");
    for (MemberProcess m : cluster.members) {
      assertThat(m.running()).isTrue();
      assertThat(m.ready()).isTrue();
      assertThat(m.adminJson("/v1/members").path("members").size()).isEqualTo(2);
    }
  }

  private MemberProcess joiner(String name) {
    List<Integer> ports = Cluster.freePorts(3);
    Path dir = cluster.directory.resolve("joiner-" + name);
    List<String> hosts =
        cluster.members.stream()
            .map(m -> m.adminJson("/v1/status").path("peers").asString())
            .toList();
    MemberProcess p =
        new MemberProcess(
            name,
            dir,
            "127.0.0.1",
            ports.get(1),
            ports.get(2),
            null,
            List.of(),
            Cluster.yaml(
                "strangers",
                name,
                dir,
                "127.0.0.1:" + ports.get(0),
                ports.get(1),
                ports.get(2),
                hosts,
                0,
                null));
    return p;
  }

  @Test
  void theDemoRunsAndCtrlCStopsItAll() throws Exception {
    Path dir = Files.createDirectories(Tools.TARGET.resolve("demo-" + System.nanoTime()));
    Path out = dir.resolve("out");
    List<String> command = new ArrayList<>(Tools.muster());
    command.addAll(List.of("demo", "--plain"));
    Process demo =
        new ProcessBuilder(command)
            .directory(dir.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      Eventually.within(
          Duration.ofSeconds(90),
          "the demo is ready",
          () -> Files.readString(out).contains("ready in "));
      List<ProcessHandle> members = demo.descendants().toList();
      assertThat(Files.readString(out))
          .containsPattern("member m3 {2}clients http://127.0.0.1:\\d+");
      assertThat(members).hasSizeGreaterThanOrEqualTo(3);

      // A JVM whose parent ignores SIGINT ignores it, too: then SIGTERM has to show the same.
      Tools.run(dir, 5, "kill", interruptible() ? "-INT" : "-TERM", Long.toString(demo.pid()));

      assertThat(demo.waitFor(30, TimeUnit.SECONDS)).isTrue();
      Eventually.within(
          Duration.ofSeconds(20),
          "all members have ended",
          () -> members.stream().noneMatch(ProcessHandle::isAlive));
    } finally {
      demo.descendants().forEach(ProcessHandle::destroyForcibly);
      demo.destroyForcibly();
    }
  }

  private static boolean interruptible() throws IOException {
    String ignored =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(l -> l.startsWith("SigIgn:"))
            .findFirst()
            .orElse("SigIgn: 0");
    return (Long.parseUnsignedLong(ignored.substring(7).strip(), 16) & 2) == 0;
  }
}
