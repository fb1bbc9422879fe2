package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.Address;
import io.muster.link.LinkPeer;
import io.muster.link.LinkView;
import io.muster.membership.MemberState;
import io.muster.membership.Membership;
import io.muster.registry.MemoryRegistry;
import io.muster.testing.Programs;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The dashboard in a real browser, by the scenarios of `src/test/js`. How its pages look is kept
/// as `target/dashboard/*.png`; what axe finds wrong with them fails the test.
class DashboardTest {
  private static final Path TARGET =
      Path.of(System.getProperty("muster.root", ".."))
          .resolve("admin/target")
          .toAbsolutePath()
          .normalize();
  private static final Path WORK = TARGET.resolve("dashboard-test");
  private static final int LIMIT_SECONDS = 300;

  @TempDir Path directory;
  private final FakeMember member = new FakeMember();
  private final ManyTargets targets = new ManyTargets();
  private final Map<String, Runnable> deeds = new LinkedHashMap<>();
  private SecureFixture secure;
  private AdminFixture admin;

  /// Skips the test with a printed reason where there is no browser, or nothing that drives one.
  @BeforeAll
  static void install() throws IOException {
    for (String[] program :
        new String[][] {{"node", "nodejs"}, {"npm", "npm"}, {"chromium", "chromium"}}) {
      if (Programs.onPath(program[0]) || Programs.install(program[1])) continue;
      skip("this platform has no '" + program[0] + "'; install " + program[1]);
    }
    Path source = TARGET.resolveSibling("src/test/js");
    Files.createDirectories(WORK);
    Path stamp = WORK.resolve("installed");
    String lock = Files.readString(source.resolve("package-lock.json"));
    for (String f :
        List.of("package.json", "package-lock.json", ".npmrc", "dashboard.js", "scenarios.js")) {
      Files.copy(source.resolve(f), WORK.resolve(f), StandardCopyOption.REPLACE_EXISTING);
    }
    if (Files.exists(stamp) && Files.readString(stamp).equals(lock)) return;
    try {
      Programs.run(WORK, 300, List.of("npm", "ci", "--ignore-scripts", "--loglevel=error"));
    } catch (IllegalStateException e) {
      skip("the packages of src/test/js cannot be had: " + e.getMessage());
    }
    Files.writeString(stamp, lock);
  }

  private static void skip(String why) {
    System.err.println("SKIPPED: " + why);
    Assumptions.abort(why);
  }

  @BeforeEach
  void start() throws Exception {
    member.registry = new MemoryRegistry();
    member.live = ServiceTopics.of(targets::now);
    members(MemberState.ALIVE, List.of());
    secure = new SecureFixture(directory, member);
    admin = secure.admin;
    admin.send("PUT", "/v1/users/bob", "{\"password\":\"p\"}");
    secure.login("bob", "p");
    secure.login("_ADMIN", "admin's");
    admin.send("PUT", "/v1/data/sensors/kitchen", "{\"celsius\":21.5,\"unit\":\"C\"}");
    admin.send("PUT", "/v1/data/sensors/cellar/1", "{\"celsius\":11}");
    admin.send("PUT", "/v1/data/orders/2026/17", "{\"state\":\"paid\"}");
    long now = System.currentTimeMillis();
    member.logs.add(now - 60_000, "warn", "io.muster.store.Wal", "disk_slow took_ms=812");
    member.logs.add(
        now - 9_000, "error", "io.muster.store.Wal", "store_failed password=opensesame");
  }

  @AfterEach
  void stop() {
    if (secure != null) secure.close();
  }

  /// The asked member and two others, of which `c` is in some state.
  private void members(MemberState c, List<Membership.Doubt> doubts) {
    Duration age = Duration.ofMinutes(42);
    member.known =
        List.of(
            view(FakeMember.A, "a", 56000, MemberState.ALIVE, age, List.of()),
            view(FakeMember.B, "b", 56001, MemberState.ALIVE, age, List.of()),
            view(
                FakeMember.C, "c", 56002, c, c == MemberState.ALIVE ? age : Duration.ZERO, doubts));
    LinkView b = link(FakeMember.B, "b", 56001, 310);
    member.links =
        c == MemberState.FAILED ? List.of(b) : List.of(b, link(FakeMember.C, "c", 56002, 870));
  }

  private static Membership.View view(
      io.muster.kernel.MemberId id,
      String name,
      int port,
      MemberState state,
      Duration age,
      List<Membership.Doubt> doubts) {
    return new Membership.View(
        new io.muster.membership.Member(
            id,
            name,
            7,
            java.util.Set.of(io.muster.kernel.Role.CONTROL, io.muster.kernel.Role.GATEWAY),
            "happn-cluster-node",
            new Address("127.0.0.1", port),
            Map.of(),
            state),
        age,
        doubts);
  }

  private static LinkView link(io.muster.kernel.MemberId id, String name, int port, int micros) {
    return new LinkView(
        new LinkPeer(id, name, 7, new Address("127.0.0.1", port)),
        true,
        Duration.ofNanos(micros * 1000L));
  }

  private void run(String scenario) throws Exception {
    Process process =
        new ProcessBuilder(
                "node",
                "dashboard.js",
                chromium(),
                scenario,
                TARGET.resolve("dashboard").toString(),
                "http://" + admin.server.address(),
                admin.token(),
                admin.token("viewer.token"))
            .directory(WORK.toFile())
            .redirectError(WORK.resolve(scenario + ".log").toFile())
            .start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        BufferedWriter in = process.outputWriter(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (!line.startsWith("do: ")) continue;
        deeds.get(line.substring(4)).run();
        in.write("done\n");
        in.flush();
      }
      boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      String said = Files.readString(WORK.resolve(scenario + ".log"));
      System.out.println(said);
      assertThat(ended).as("an end within %d s", LIMIT_SECONDS).isTrue();
      assertThat(process.exitValue()).as(said).isZero();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static String chromium() {
    for (String dir : System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator)) {
      Path file = Path.of(dir, "chromium");
      if (Files.isExecutable(file)) return file.toString();
    }
    throw new IllegalStateException("chromium was there a moment ago");
  }

  @Test
  void aTokenBeginsASessionThatOnlyTheDashboardCanUse() throws Exception {
    run("login");
  }

  @Test
  void membersAndGroupsAreShownAsTheyChange() throws Exception {
    deeds.put(
        "c is silent",
        () ->
            members(
                MemberState.SUSPECT,
                List.of(
                    new Membership.Doubt(FakeMember.A, "a", Duration.ofMillis(800), false),
                    new Membership.Doubt(FakeMember.B, "b", Duration.ofMillis(600), true))));
    deeds.put("c fails", () -> members(MemberState.FAILED, List.of()));
    deeds.put("the quorum is lost", () -> member.quorum = false);
    deeds.put("the quorum is back", () -> member.quorum = true);

    run("members");

    assertThat(member.forgotten).containsExactly("c");
  }

  @Test
  void recordsAreBrowsedWrittenPublishedWatchedAndRemoved() throws Exception {
    run("data");
  }

  @Test
  void sessionsAreShownAndEnded() throws Exception {
    run("connections");

    assertThat(secure.ended).containsExactly("bob maintenance tonight");
  }

  @Test
  void tenThousandTargetsAreShownAndOneOfThemIsTakenIntoMaintenance() throws Exception {
    deeds.put("one target fails", () -> targets.fail(77));
    deeds.put("checks take their time", this::checksAgain);

    run("services");
  }

  /// Results come as long as the page needs to draw a line of them.
  private void checksAgain() {
    Thread.ofVirtual()
        .start(
            () -> {
              for (int i = 0; i < 60; i++) {
                targets.again();
                java.util.concurrent.locks.LockSupport.parkNanos(500_000_000);
              }
            });
  }

  @Test
  void warningsAndChangesAreShownWithoutSecrets() throws Exception {
    run("logs");
  }

  @Test
  void allCanBeDoneWithoutAMouse() throws Exception {
    run("keyboard");
  }

  @Test
  void allFitsOnAPhone() throws Exception {
    run("phone");
  }
}
