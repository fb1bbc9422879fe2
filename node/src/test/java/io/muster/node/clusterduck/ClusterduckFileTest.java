package io.muster.node.clusterduck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.kernel.Settings;
import io.muster.node.MusterSettings;
import io.muster.node.SettingsFile;
import io.muster.supervision.config.PoolSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Configuration files of clusterduck as settings.
class ClusterduckFileTest {
  private static final String CLUSTERS =
      """
      clusters:
        my_redis:
          type: clusterduck-redis
          nodes:
            - addr: 127.0.0.1:6379
            - addr: 127.0.0.1:6380
              spare: true
          health_checks:
            - type: basic
              every: 1s
              timeout: 500ms
              commands:
                - [SET, x, y]
          triggers:
            - on: [nodes, active]
              throttle: 2s
              do:
                - type: shell
                  commands:
                    - echo "$nodes_active_addrs"
      """;

  private static final String DOCUMENTED =
      CLUSTERS
          + """
          transports:
            - type: raft
              address: tcp://127.0.0.1:14441
              passphrase: sesame
              bootstrap:
                - tcp://localhost:14441
                - tcp://127.0.0.1:14442
                - tcp://127.0.0.1:14443
            - type: http
              listen: 14480
          """;

  @TempDir Path directory;

  private static SettingsFile file(String text) {
    return file(text, Map.of());
  }

  private static SettingsFile file(String text, Map<String, String> environment) {
    return SettingsFile.of(text, "clusterduck.yaml", environment, Map.of());
  }

  private static MusterSettings read(String text) {
    return MusterSettings.read(file(text).settings());
  }

  private static List<String> warnings(String text) {
    return file(text).clusterduck().orElseThrow().warnings();
  }

  private static String raft(String keys) {
    return "transports:\n  - type: raft\n    address: tcp://127.0.0.1:14441\n    " + keys + "\n";
  }

  private static String http(String keys) {
    return "transports:\n  - type: http\n    " + keys + "\n";
  }

  private static void refused(String text, String... messages) {
    assertThatThrownBy(() -> file(text))
        .isInstanceOf(MusterException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(messages));
  }

  @Test
  void documentedFileMeansSettings() {
    MusterSettings s = read(DOCUMENTED);
    assertThat(s.link().host()).isEqualTo("127.0.0.1");
    assertThat(s.link().port()).isEqualTo(14441);
    assertThat(s.link().tls()).isEmpty();
    assertThat(s.cluster().secret().orElseThrow().reveal()).isEqualTo("sesame");
    assertThat(s.membership().hosts())
        .containsExactly(new Address("127.0.0.1", 14442), new Address("127.0.0.1", 14443));
    assertThat(s.registry().expect()).isEqualTo(3);
    assertThat(s.registry().seed()).isFalse();
    assertThat(s.admin().listen()).isEqualTo(new Address("127.0.0.1", 14480));
    assertThat(s.admin().tls()).isEmpty();
    assertThat(s.member().name()).isEqualTo("127-0-0-1_14441");
    assertThat(s.member().dataDir()).isEqualTo(Path.of(".muster/127-0-0-1_14441"));
    assertThat(s.member().roles()).containsExactlyInAnyOrder(Role.CONTROL, Role.WORKER);
    PoolSettings pool = s.supervision().pools().get("my_redis");
    assertThat(pool.type()).isEqualTo("redis");
    assertThat(pool.nodes()).hasSize(2);
    assertThat(pool.checks()).hasSize(1);
    assertThat(pool.triggers()).hasSize(1);
    assertThat(warnings(DOCUMENTED))
        .singleElement()
        .asString()
        .startsWith("clusterduck.yaml:23:")
        .contains("not encrypted");
  }

  @Test
  void clustersKeepTheirPlaces() {
    String text = DOCUMENTED.replace("every: 1s", "evry: 1s");
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(MusterException.class)
        .hasMessageContaining("clusterduck.yaml:10:")
        .hasMessageContaining("evry");
  }

  @Test
  void clustersAloneAreMustersOwn() {
    assertThat(file(CLUSTERS).taken()).isEmpty();
    assertThat(read(CLUSTERS).supervision().pools()).containsKey("my_redis");
  }

  @Test
  void withoutTransportsASupervisorIsAlone() {
    MusterSettings s = read("threads: 4\n" + CLUSTERS);
    assertThat(s.registry().seed()).isTrue();
    assertThat(s.link().host()).isEqualTo("127.0.0.1");
    assertThat(s.admin().listen()).isEqualTo(new Address("127.0.0.1", 0));
    assertThat(warnings("threads: 4\n" + CLUSTERS)).singleElement().asString().contains("threads");
  }

  @Test
  void raftWithoutBootstrapFoundsAlone() {
    assertThat(read(raft("bootstrap: []")).registry().seed()).isTrue();
    assertThat(read(raft("bootstrap: ['tcp://127.0.0.1:14441']")).registry().seed()).isTrue();
    assertThat(read(raft("heartbeat: 2s")).registry().expect()).isZero();
  }

  @Test
  void whoFoundsMayBeSaidAboveTheFile() {
    Map<String, String> above = Map.of("MUSTER_REGISTRY_SEED", "true");
    String text = raft("bootstrap: ['tcp://127.0.0.1:14442']");
    MusterSettings s = MusterSettings.read(file(text, above).settings());
    assertThat(s.registry().seed()).isTrue();
    assertThat(s.membership().hosts()).hasSize(1);
  }

  @Test
  void disabledRaftIsAlone() {
    String text = raft("bootstrap: ['tcp://10.0.0.2:14442']\n    disabled: true");
    MusterSettings s = read(text);
    assertThat(s.registry().seed()).isTrue();
    assertThat(s.membership().hosts()).isEmpty();
    assertThat(s.link().port()).isEqualTo(14441);
    assertThat(warnings(text)).singleElement().asString().contains("alone on purpose");
  }

  @Test
  void keysOfRaft() {
    String text =
        raft(
            """
            path: /var/lib/duck
                commitMode: rpc
                election_min: 1.5s
                election_max: 10s
                heartbeat: 2s
                log_module: level
                no_slave: true\
            """);
    MusterSettings s = read(text);
    assertThat(s.member().dataDir()).isEqualTo(Path.of("/var/lib/duck"));
    assertThat(s.registry().electionTimeout()).isEqualTo(Duration.ofMillis(1500));
    assertThat(warnings(text))
        .anyMatch(w -> w.startsWith("clusterduck.yaml:5:") && w.contains("commitMode"))
        .anyMatch(w -> w.startsWith("clusterduck.yaml:7:") && w.contains("election_max"))
        .anyMatch(w -> w.startsWith("clusterduck.yaml:8:") && w.contains("heartbeat"))
        .anyMatch(w -> w.startsWith("clusterduck.yaml:9:") && w.contains("log_module"))
        .anyMatch(w -> w.startsWith("clusterduck.yaml:10:") && w.contains("no_slave"));
    assertThat(warnings(raft("election_min: 1ms"))).anyMatch(w -> w.contains("not within"));
    refused(raft("election_min: 4000"), "clusterduck.yaml:4:", "duration such as 4s", "'4000'");
    refused(raft("commitMode: lgo"), "clusterduck.yaml:4:", "expected rpc or log");
    refused(raft("disabled: maybe"), "clusterduck.yaml:4:", "expected true or false");
  }

  @Test
  void unknownKeysAndTypesAreRefusedWithLine() {
    refused(raft("pasphrase: x"), "clusterduck.yaml:4:", "did you mean 'passphrase'?");
    refused(http("lisen: 1"), "clusterduck.yaml:3:", "did you mean 'listen'?");
    refused("transports:\n  - type: rafd\n", "clusterduck.yaml:2:", "did you mean 'raft'?");
    refused("transports:\n  - address: a:1\n", "expected raft, http or jayson, found none");
    refused("transports: raft\n", "clusterduck.yaml:1:", "expected a list");
    refused("transport: []\nthreads: 4\n", "clusterduck.yaml:1:", "did you mean 'transports'?");
    refused("threads: many\n", "clusterduck.yaml:1:", "'many'");
    refused("threads: 4\nadmin: { listen: 1 }\n", "clusterduck.yaml:2:", "a key of muster.yaml");
    refused(
        "transports:\n  - type: http\n    listen: 1\n  - type: http\n    listen: 2\n",
        "clusterduck.yaml:4:",
        "another http");
  }

  @Test
  void addressesAreChecked() {
    refused("transports: [{type: raft}]\n", "address", "expected tls://host:port, found none");
    refused("transports: [{type: raft, address: 'udp://a:1'}]\n", "expected tls://host:port");
    refused("transports: [{type: raft, address: 'tcp://0.0.0.0:1'}]\n", "that others reach");
    refused(raft("bootstrap:\n      - tcp://127.0.0.1"), "clusterduck.yaml:5:", "expected tls://");
    assertThat(warnings(raft("bootstrap: ['tls://127.0.0.1:14442']")))
        .anyMatch(w -> w.contains("unless both are the same"));
  }

  @Test
  void beyondLoopbackAPassphraseIsNeeded() {
    String open = "transports:\n  - type: raft\n    address: tcp://10.1.2.3:14441\n";
    for (String text :
        List.of(open, open + "    passphrase: ''\n", open + "    passphrase: ab\n")) {
      assertThatThrownBy(() -> file(text))
          .isInstanceOfSatisfying(
              MusterException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.INSECURE_CONFIGURATION))
          .hasMessageContaining("clusterduck.yaml:")
          .hasMessageContaining("passphrase: expected 16 characters");
    }
    assertThat(read(open + "    passphrase: 0123456789abcdef\n").cluster().secret()).isPresent();
    Settings above =
        file(open, Map.of("MUSTER_CLUSTER_SECRET", "0123456789abcdef0123456789abcdef")).settings();
    assertThat(MusterSettings.read(above).cluster().secret()).isPresent();
  }

  @Test
  void keyAndCertificateLieBesideTheFile() throws IOException {
    Path yaml = directory.resolve("clusterduck.yaml");
    String tls = "transports:\n  - type: raft\n    address: tls://127.0.0.1:14441\n";
    Files.writeString(yaml, tls);
    SettingsFile without = SettingsFile.load(Optional.of(yaml), Map.of(), Map.of());
    assertThat(without.taken().orElseThrow().warnings())
        .singleElement()
        .asString()
        .contains("not encrypted", "muster gen-tls");
    assertThat(MusterSettings.read(without.settings()).link().tls()).isEmpty();

    Files.writeString(directory.resolve("clusterduck.key"), "k");
    assertThatThrownBy(() -> SettingsFile.load(Optional.of(yaml), Map.of(), Map.of()))
        .hasMessageContaining("clusterduck.cert")
        .hasMessageContaining("muster gen-tls");
    Files.writeString(directory.resolve("clusterduck.cert"), "c");
    SettingsFile with = SettingsFile.load(Optional.of(yaml), Map.of(), Map.of());
    assertThat(with.taken().orElseThrow().warnings()).isEmpty();
    assertThat(MusterSettings.read(with.settings()).link().tls().orElseThrow().certificate())
        .isEqualTo(directory.resolve("clusterduck.cert").toAbsolutePath());

    Files.writeString(yaml, tls + "    tls: pki/%s.pem\n");
    assertThatThrownBy(() -> SettingsFile.load(Optional.of(yaml), Map.of(), Map.of()))
        .hasMessageContaining("clusterduck.yaml:4:")
        .hasMessageContaining("key.pem");
    refused(raft("x: 1").replace("tcp:", "tls:").replace("x: 1", "tls: fixed"), "with %s");
    refused(
        "transports: [{type: raft, address: 'tls://10.0.0.1:1', passphrase: 0123456789abcdef}]\n",
        "muster gen-tls");
    assertThat(warnings(raft("tls: clusterduck.%s"))).anyMatch(w -> w.contains("no effect"));
  }

  @Test
  void httpIsAdministration() {
    assertThat(read(http("listen: [14481, 127.0.0.2]")).admin().listen())
        .isEqualTo(new Address("127.0.0.2", 14481));
    assertThat(read(http("addons: []")).admin().listen()).isEqualTo(new Address("127.0.0.1", 8880));
    assertThat(read(http("disabled: true")).admin().listen())
        .isEqualTo(new Address("127.0.0.1", 0));
    refused(http("listen: [a, b]"), "clusterduck.yaml:3:", "[port, host]");
    refused(http("listen: 70000"), "clusterduck.yaml:3:", "0 to 65535");
    String open = http("listen: [14481, 0.0.0.0]");
    assertThat(read(open).admin().tls()).isPresent();
    assertThat(warnings(open)).singleElement().asString().contains("speaks https");
  }

  @Test
  void loginsAndAddonsAreSaidToHaveNoEffect() {
    String text = http("auth: { username: me, password: hush }\n    addons: [dash]");
    assertThat(warnings(text))
        .anyMatch(w -> w.contains("auth") && w.contains(".muster/127-0-0-1_56000/admin.token"))
        .anyMatch(w -> w.contains("addons"))
        .noneMatch(w -> w.contains("hush"));
    refused(http("auth: { usernam: me }"), "clusterduck.yaml:3:", "did you mean 'username'?");
  }

  @Test
  void socketOfTheCommandLineIsAccepted() {
    assertThat(warnings("transports: [{type: jayson}]\n")).isEmpty();
    assertThat(warnings("transports: [{type: jayson, listen: /run/x}]\n")).hasSize(1);
  }

  @Test
  void variablesReachTheCommandsOfTriggers() {
    String text =
        "env: { DEBUG: 'raft*', PATH: /opt/bin, TOKEN_FILE: /etc/t }\n"
            + CLUSTERS.replace("- type: shell", "- type: shell\n            inherit_env: true");
    assertThat(file(text).clusterduck().orElseThrow().yaml())
        .contains("\"env\":{\"PATH\":\"/opt/bin\",\"TOKEN_FILE\":\"/etc/t\"}");
    assertThat(read(text).supervision().pools()).hasSize(1);
    assertThat(warnings(text))
        .anyMatch(w -> w.contains("env.DEBUG: no effect"))
        .anyMatch(w -> w.contains("env.TOKEN_FILE: set for commands of triggers only"));
    assertThat(warnings("env: { TOKEN_FILE: /etc/t, PATH: /opt/bin }\n" + CLUSTERS))
        .anyMatch(w -> w.contains("env.TOKEN_FILE: no effect"))
        .anyMatch(w -> w.contains("env.PATH: set for commands of triggers only"));
    refused("env: { MUSTER_X: 1 }\n", "clusterduck.yaml:1:", "env.MUSTER_X");
    refused("env: { 1x: 1 }\n", "a variable's name");
    refused("env: [A]\n", "expected names of variables");
  }

  @Test
  void repeatedKeysAreRefusedUnlessTheFileSaysCompat() {
    String text = DOCUMENTED.replace("every: 1s", "every: 1s\n        every: 3s");
    refused(
        text,
        "clusterduck.yaml:11:9: every: given at clusterduck.yaml:10:9 already",
        "compat: true");
    String compat = "compat: true\n" + text;
    MusterSettings s = read(compat);
    assertThat(s.supervision().pools().get("my_redis").checks().getFirst().timing().every())
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(warnings(compat).getFirst())
        .startsWith("clusterduck.yaml:12:9: every: given at clusterduck.yaml:11:9 already")
        .contains("the later");
  }

  @Test
  void repeatedKeysOfMustersOwnFileAreRefused() {
    assertThatThrownBy(() -> file("clusters: {}\nadmin: {}\nadmin: {}\ncompat: true\n"))
        .isInstanceOf(MusterException.class)
        .hasMessageContaining("clusterduck.yaml:3:")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("compat"));
  }

  @Test
  void badIndentationIsSaidWithLineAndRemedy() {
    refused(
        "transports:\n  - type: raft\n  address: tcp://127.0.0.1:1\n",
        "clusterduck.yaml:3:",
        "look at the indentation");
    refused(
        "transports:\n  - type: raft\n     address: tcp://127.0.0.1:1\n",
        "clusterduck.yaml:3:",
        "look at the indentation");
  }

  @Test
  void fileOfMusterMeansTheSame() {
    String yaml = file(DOCUMENTED).clusterduck().orElseThrow().yaml();
    assertThat(yaml).contains("port: 14441  # clusterduck.yaml:23:", "expect: 3");
    SettingsFile again = SettingsFile.of(yaml, "muster.yaml", Map.of(), Map.of());
    assertThat(again.taken()).isEmpty();
    MusterSettings s = MusterSettings.read(again.settings());
    assertThat(s.registry().expect()).isEqualTo(3);
    assertThat(s.supervision().pools().get("my_redis").nodes())
        .isEqualTo(read(DOCUMENTED).supervision().pools().get("my_redis").nodes());
  }
}
