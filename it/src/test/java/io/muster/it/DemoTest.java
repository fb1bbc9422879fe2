package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `./muster demo` as somebody new runs it, from a copy of what was built.
class DemoTest {
  private static final Duration READY = Duration.ofSeconds(120);
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Pattern MEMBER =
      Pattern.compile(
          "member (m\\d)  clients http://127\\.0\\.0\\.1:\\d+  admin http://127\\.0\\.0\\.1:\\d+");

  private final List<Demo> demos = new ArrayList<>();
  private Path home;

  /// One demo and the processes of its members.
  private record Demo(MusterCommand command, List<ProcessHandle> members) implements AutoCloseable {
    List<String> lines() {
      return command.output().lines().toList();
    }

    /// To the whole group, as a terminal does it on Ctrl-C.
    void signalGroup(String signal) {
      Tools.run(Tools.TARGET, 5, "kill", "-" + signal, "--", "-" + command.process.pid());
    }

    void awaitMembersEnd() {
      Eventually.within(
          SOON, "no member is left", () -> members.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Override
    public void close() {
      command.close();
      members.forEach(ProcessHandle::destroyForcibly);
    }
  }

  /// The launcher beside jars that were built already: it has nothing to build and nothing to load.
  @BeforeEach
  void copy() throws IOException {
    Tools.need("setsid", "util-linux");
    home = Files.createTempDirectory(Files.createDirectories(Tools.TARGET), "demo-");
    Path built = Files.createDirectories(home.resolve("dist/target/muster/lib")).getParent();
    Path original = Tools.ROOT.resolve("dist/target/muster");
    Files.copy(Tools.ROOT.resolve("muster"), home.resolve("muster"));
    assertThat(home.resolve("muster").toFile().setExecutable(true)).isTrue();
    Files.copy(Tools.ROOT.resolve("dist/find-jdk.sh"), home.resolve("dist/find-jdk.sh"));
    try (Stream<Path> files = Files.walk(original)) {
      for (Path f : files.filter(Files::isRegularFile).toList()) {
        Path copy = built.resolve(original.relativize(f).toString());
        // The start cache knows the jars by their size and time.
        Files.copy(
            f, copy, StandardCopyOption.COPY_ATTRIBUTES, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.writeString(built.resolve("built"), "");
  }

  @AfterEach
  void stop() throws IOException {
    demos.forEach(Demo::close);
    try (Stream<Path> built = Files.walk(home.resolve("dist"))) {
      for (Path f : built.filter(Files::isRegularFile).toList()) Files.delete(f);
    }
  }

  /// Starts a demo and waits until it says that it is ready.
  private Demo demo(String... arguments) {
    List<String> line = new ArrayList<>(List.of("setsid", "./muster", "demo"));
    line.addAll(List.of(arguments));
    MusterCommand command = MusterCommand.start(home, line);
    List<ProcessHandle> members = new ArrayList<>();
    Demo demo = new Demo(command, members);
    demos.add(demo);
    Eventually.within(
        READY,
        "ready",
        () -> {
          if (!command.process.isAlive()) throw new AssertionError(command.output());
          // The whole line: a reader may come between its parts.
          return command.output().matches("(?s).*ready in [0-9.]+ s\\R.*");
        });
    command.process.descendants().forEach(members::add);
    return demo;
  }

  /// What a reader would copy, run by Node with the npm client.
  private static String run(Demo demo) throws IOException {
    List<String> lines = demo.lines();
    int from = lines.indexOf("// npm install happn-3, then: node demo.js");
    int to = lines.indexOf("})();");
    assertThat(from).as(demo.command.output()).isNotNegative().isLessThan(to);
    Path script = Files.createTempFile(Tools.clients(), "demo-", ".js");
    Files.write(script, lines.subList(from, to + 1));
    return Tools.run(Tools.clients(), 60, "node", script.toString());
  }

  @Test
  void threeMembersWithPasswordRunTheSnippetAndEndTogetherOnCtrlC() throws Exception {
    Tools.clients();

    Demo demo = demo();

    List<String> said = demo.lines();
    assertThat(said.subList(0, 3)).allMatch(MEMBER.asMatchPredicate());
    assertThat(said.subList(0, 3).stream().map(l -> l.substring(7, 9)))
        .containsExactly("m1", "m2", "m3");
    assertThat(said.get(3)).matches("admin user _ADMIN {2}password [0-9a-f]{18}");
    assertThat(said.getLast()).matches("ready in \\d+\\.\\d s");
    assertThat(demo.members).hasSize(3);
    assertThat(run(demo)).contains("/hello/world { at: '").contains("path: '/hello/world'");

    demo.signalGroup("INT");

    assertThat(demo.command.end()).as(demo.command.output()).isEqualTo(130);
    demo.awaitMembersEnd();
    assertThat(demo.lines()).as("nothing is said while it stops").isEqualTo(said);
    for (int i = 1; i <= 3; i++) {
      assertThat(Files.readString(home.resolve(".muster/demo-1/m" + i + "/out.log")))
          .contains("stopped name=m" + i)
          .doesNotContain("RejectedExecutionException")
          .doesNotContain(" ERROR ");
    }
  }

  @Test
  void plainDemosRunBesideEachOtherWithDefaultPortsTakenAndTheirMembersDoNotOutliveThem()
      throws Exception {
    Tools.clients();
    List<ServerSocket> taken = new ArrayList<>();
    try {
      for (int port : List.of(55000, 56000, 8880)) {
        try {
          taken.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
        } catch (IOException e) {
          // Taken by somebody else: all the same.
        }
      }
      Demo first = demo("--plain", "--members", "1");
      Demo second = demo("--plain", "--members", "2");

      assertThat(second.command.output()).doesNotContain("password");
      assertThat(first.members).hasSize(1);
      assertThat(second.members).hasSize(2);
      assertThat(home.resolve(".muster/demo-1/m1/data")).isDirectory();
      assertThat(home.resolve(".muster/demo-2/m2/data")).isDirectory();
      assertThat(run(second)).contains("/hello/world { at: '");
      assertThat(run(first)).contains("/hello/world { at: '");

      second.command.process.destroyForcibly();
      second.awaitMembersEnd();
      assertThat(Files.readString(home.resolve(".muster/demo-2/m2/out.log")))
          .as("they stop in order")
          .contains("stopped name=m2");
      assertThat(first.members).as("the other goes on").allMatch(ProcessHandle::isAlive);

      first.command.process.destroy();
      assertThat(first.command.end()).isEqualTo(143);
      first.awaitMembersEnd();
    } finally {
      for (ServerSocket s : taken) s.close();
    }
  }
}
