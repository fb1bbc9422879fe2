package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.node.MusterNode;
import io.muster.node.MusterSettings;
import io.muster.testing.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Backup, restore and recovery against members in this process.
class BackupCommandsTest {
  @TempDir Path directory;
  private final List<MusterNode> running = new ArrayList<>();

  @AfterEach
  void stop() {
    running.reversed().forEach(MusterNode::close);
  }

  private static List<Integer> ports(int n) {
    return Stream.generate(Ports::free).distinct().limit(n).toList();
  }

  private Path config(String name, int port, String registry, int host) throws IOException {
    return Files.writeString(
        directory.resolve(name + ".yaml"),
        """
        cluster: { name: prod }
        member: { name: %s, data_dir: %s }
        link: { host: 127.0.0.1, port: %d, kdf_iterations: 10000 }
        membership: { hosts: ["127.0.0.1:%d"] }
        registry: { %s }
        gateway: { ports: [0] }
        admin: { listen: "127.0.0.1:0" }
        security: { secure: false }
        """
            .formatted(name, directory.resolve(name), port, host, registry));
  }

  private MusterNode start(Path config) {
    MusterNode node =
        MusterNode.start(
            MusterSettings.read(Settings.load(Optional.of(config), Map.of(), Map.of())));
    running.add(node);
    return node;
  }

  private void stop(MusterNode node) {
    node.close();
    running.remove(node);
  }

  private static Ran ask(Path config, String... arguments) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "-c";
    all[arguments.length + 1] = config.toString();
    return Ran.muster(all);
  }

  private static void ok(Ran ran) {
    assertThat(ran.code()).as(ran.err()).isZero();
  }

  private static JsonNode json(Ran ran) {
    ok(ran);
    return AdminClient.JSON.readTree(ran.out());
  }

  private static void write(Path config, int n) {
    for (int i = 0; i < n; i++) ok(ask(config, "data", "set", "/b/" + i, "{\"v\":" + i + "}"));
  }

  @Test
  void aBackupIsVerifiedAndANewClusterBeginsWithIt() throws Exception {
    List<Integer> ports = ports(3);
    Path a = config("a", ports.get(0), "expect: 1", ports.get(0));
    MusterNode old = start(a);
    write(a, 5);
    ok(ask(a, "settings", "set", "gateway.connections_max", "4321"));
    Path into = Files.createDirectory(directory.resolve("backups"));

    JsonNode made = json(ask(a, "backup", into.toString(), "--json"));

    Path file = Path.of(made.path("file").asString());
    assertThat(file.getFileName().toString()).startsWith("muster-prod-").endsWith(".zip");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(made.path("groups").get(0).path("group").asString()).isEqualTo("data-0");
    assertThat(made.path("groups").get(0).path("count").asLong()).isEqualTo(5);
    assertThat(made.path("lineage").asString()).isEqualTo("first");
    assertThat(into.toFile().list()).containsExactly(file.getFileName().toString());
    assertThat(directory.resolve("a/backup")).doesNotExist();
    assertThat(Ran.muster("backup", "verify", file.toString()).out()).contains("verified");

    // What is written later is not in it.
    ok(ask(a, "data", "set", "/b/later", "{}"));
    Ran refused = ask(a, "restore", file.toString());
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("to be empty or absent").contains("move");
    stop(old);

    Path b = config("b", ports.get(1), "expect: 3", ports.get(0));
    JsonNode restored = json(ask(b, "restore", file.toString(), "--json"));
    assertThat(restored.path("life").asString()).startsWith("first,");
    start(b);
    assertThat(json(ask(b, "data", "count", "/b/*", "--json")).path("count").asLong()).isEqualTo(5);
    assertThat(ask(b, "data", "get", "/b/3").out()).contains("\"v\":3");
    assertThat(ask(b, "settings", "get", "gateway.connections_max").out()).contains("4321");
    assertThat(json(ask(b, "members", "--json")).path("members").size()).isEqualTo(1);

    // Others join it with nothing of their own, and have everything.
    Path c = config("c", ports.get(2), "expect: 3", ports.get(1));
    MusterNode joined = start(c);
    assertThat(ask(c, "data", "get", "/b/4").out()).contains("\"v\":4");
    stop(joined);
    assertThat(directory.resolve("c/raft/lineage")).exists();
    start(c);

    // The old member is refused by name.
    Path comesBack =
        Files.writeString(
            a, Files.readString(a).replace(":" + ports.get(0) + "\"]", ":" + ports.get(1) + "\"]"));
    assertThatThrownBy(() -> start(comesBack))
        .isInstanceOfSatisfying(
            MusterException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MEMBER_SUPERSEDED))
        .hasMessageContaining("member 'b'")
        .hasMessageContaining("Move the directory away");
  }

  @Test
  void aDamagedBackupIsRefusedWithThePlace() throws Exception {
    List<Integer> ports = ports(1);
    Path a = config("a", ports.get(0), "expect: 1", ports.get(0));
    MusterNode node = start(a);
    write(a, 3);
    Path file = directory.resolve("good.zip");
    ok(ask(a, "backup", file.toString()));
    assertThat(ask(a, "backup", file.toString()).err()).contains("exists and is left alone");
    stop(node);
    byte[] good = Files.readAllBytes(file);
    Random random = new Random(7);
    Path bad = directory.resolve("bad.zip");
    for (int i = 0; i < 20; i++) {
      byte[] bytes = good.clone();
      // Bytes of contents: those of names and times in headers do not all matter.
      bytes[200 + random.nextInt(bytes.length / 2)] ^= 0x10;
      Files.write(bad, bytes);
      Ran ran = Ran.muster("backup", "verify", bad.toString());
      if (ran.code() == 0) continue;
      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err()).startsWith("muster: " + bad + ": ");
    }
    Files.write(bad, java.util.Arrays.copyOf(good, good.length - 100));
    assertThat(Ran.muster("backup", "verify", bad.toString()).err()).contains("cut off");
    Path b = config("b", ports.get(0), "expect: 1", ports.get(0));
    assertThat(ask(b, "restore", bad.toString()).code()).isEqualTo(1);
    assertThat(directory.resolve("b/raft")).doesNotExist();
    ok(ask(b, "restore", file.toString()));
  }

  @Test
  void recoverHasNothingToDoWhereNothingIsLost() throws Exception {
    List<Integer> ports = ports(1);
    Path a = config("a", ports.get(0), "expect: 1", ports.get(0));
    assertThat(ask(a, "recover").err()).contains("found none");
    MusterNode node = start(a);
    assertThat(ask(a, "recover").err()).contains("another process uses it");
    stop(node);
    Ran refused = ask(a, "recover", "--yes-i-may-lose-writes");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("the only voter already");
    start(a);
  }
}
