package io.muster.node.happn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.Address;
import io.muster.kernel.MusterException;
import io.muster.node.DoorSettings;
import io.muster.node.MusterSettings;
import io.muster.node.SettingsFile;
import io.muster.node.happn.HappnKey.Becomes;
import io.muster.node.happn.HappnKey.Kind;
import io.muster.node.happn.HappnKey.Works;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Configuration files of happn as settings.
class HappnFileTest {
  private static final String OLDER =
      """
      {
      \t"name": "n1", "port": 57001, "secure": true,
        "services": {
          "data": { "path": "happn-service-mongo",
                    "config": { "collection": "c", "url": "mongodb://db:27017/d" } },
          "orchestrator": { "config": {
            "minimumPeers": 3, "replicate": ["/*"], "stableReportInterval": 2000,
            "stabiliseTimeout": 30000 } },
          "membership": { "config": {
            "clusterName": "c1", "seed": true, "seedWait": 100, "randomWait": "soon",
            "host": "127.0.0.1", "port": 56001, "hosts": ["127.0.0.1:56001", "127.0.0.1:56002"],
            "joinTimeout": 1500, "pingInterval": 900, "pingTimeout": 210, "pingReqTimeout": 610,
            "pingReqGroupSize": 4, "udp": { "maxDgramSize": 600 }, "disseminationFactor": 14.5 } },
          "health": { "config": { "healthInterval": 7000, "warmupLimit": 60000 } },
          "proxy": { "config": { "port": 55001, "host": "127.0.0.1", "defer": true,
                                 "allowSelfSignedCerts": 1, "timeout": 600000 } },
          "replicator": { "config": { "securityChangesetReplicateInterval": 1000 } },
          "security": { "config": { "adminUser": { "username": "_ADMIN", "password": "pw" },
            "accountLockout": { "enabled": true, "attempts": 7, "retryInterval": 1000 },
            "cookieName": "tok", "pbkdf2Iterations": 11000, "defaultNonceTTL": 30000,
            "sessionTokenSecret": "s", "lockTokenToUserId": true,
            "profiles": [ { "name": "all", "session": {}, "policy": { "ttl": "4 seconds" } } ] } },
          "session": { "config": { "primusOpts": { "pingInterval": 20000, "maxLength": 2000000,
            "allowSkippedHeartBeats": 2, "compression": false },
            "unconfiguredSessionCleanup": { "interval": 6000, "threshold": 31000 } } },
          "subscription": { "config": { "subscriptionTree": { "searchCache": 3000 } } },
          "publisher": { "config": { "publicationOptions": { "acknowledgeTimeout": 50000 } } }
        }
      }
      """;

  private static final String NEWER =
      """
      { "port": 57003, "host": "127.0.0.1", "announceHost": "node.example",
        "services": {
          "data": { "config": { "datastores": [
            { "name": "mongo", "provider": "happn-service-mongo-2", "isDefault": true,
              "settings": { "url": "mongodb://db:27017",
                            "database": "d", "collection": "c" } } ] } },
          "orchestrator": { "config": {
            "clusterName": "c2", "serviceName": "s-1", "deployment": "dep",
            "timing": { "keepAlive": 1000, "keepAliveThreshhold": 2500, "memberRefresh": 1100,
                        "healthReport": 1200, "stabiliseTimeout": 15000 },
            "cluster": { "s-1": 2, "other": 1 } } } } }
      """;

  private static SettingsFile file(String text, Map<String, String> environment) {
    return SettingsFile.of(text, "happn.json", environment, Map.of());
  }

  private static MusterSettings read(String text, Map<String, String> environment) {
    return MusterSettings.read(file(text, environment).settings());
  }

  private static List<String> warnings(String text) {
    return file(text, Map.of()).happn().orElseThrow().warnings();
  }

  private static String services(String inner) {
    return "{ \"services\": { " + inner + " } }";
  }

  /// The store is a plug-in that this module does not have.
  private static final Map<String, String> EMBEDDED = Map.of("MUSTER_STORE_PROVIDER", "embedded");

  @Test
  void aFileOfTheOlderGenerationIsHonouredKeyByKey() {
    MusterSettings s = read(OLDER, EMBEDDED);

    assertThat(s.member().name()).isEqualTo("n1");
    assertThat(s.member().dataDir()).isEqualTo(Path.of(".muster/n1"));
    assertThat(s.cluster().name()).isEqualTo("c1");
    assertThat(s.link().host()).isEqualTo("127.0.0.1");
    assertThat(s.link().port()).isEqualTo(56001);
    assertThat(s.membership().hosts())
        .containsExactly(Address.parse("127.0.0.1:56001"), Address.parse("127.0.0.1:56002"));
    assertThat(s.membership().seed()).isTrue();
    assertThat(s.registry().seed()).isTrue();
    assertThat(s.membership().seedWait()).isEqualTo(Duration.ofMillis(100));
    assertThat(s.membership().randomWait()).isZero();
    assertThat(s.membership().joinTimeout()).isEqualTo(Duration.ofMillis(1500));
    assertThat(s.membership().pingEvery()).isEqualTo(Duration.ofMillis(900));
    assertThat(s.membership().pingTimeout()).isEqualTo(Duration.ofMillis(210));
    assertThat(s.membership().pingReqTimeout()).isEqualTo(Duration.ofMillis(610));
    assertThat(s.membership().pingReqGroupSize()).isEqualTo(4);
    assertThat(s.membership().maxDgramSize()).isEqualTo(600);
    assertThat(s.membership().disseminationFactor()).isEqualTo(14.5);
    assertThat(s.door().minimum()).isEqualTo(Map.of("happn-cluster-node", 3));
    assertThat(s.door().stableReport()).isEqualTo(Duration.ofSeconds(2));
    assertThat(s.door().stabiliseTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(s.door().defer()).isTrue();
    assertThat(s.door().report()).isEqualTo(DoorSettings.Report.OLDER);
    assertThat(s.door().healthInterval()).isEqualTo(Duration.ofSeconds(7));
    assertThat(s.door().warmup()).isEqualTo(Duration.ofSeconds(60));
    assertThat(s.gateway().ports()).containsExactly(55001);
    assertThat(s.gateway().keepAlive()).isEqualTo(Duration.ofMinutes(10));
    assertThat(s.gateway().frameBytesMax()).isEqualTo(2_000_000);
    assertThat(s.happn().pingInterval()).isEqualTo(Duration.ofSeconds(20));
    assertThat(s.happn().skippedPings()).isEqualTo(2);
    assertThat(s.happn().cookies().name()).isEqualTo("tok");
    assertThat(s.happn().cleanup().threshold()).isEqualTo(Duration.ofSeconds(31));
    assertThat(s.security().secure()).isTrue();
    assertThat(s.security().adminPassword().orElseThrow().reveal()).isEqualTo("pw");
    assertThat(s.security().lockoutAttempts()).isEqualTo(7);
    assertThat(s.security().iterations()).isEqualTo(11_000);
    assertThat(s.realtime().topicCache()).isEqualTo(3000);
    assertThat(s.realtime().acknowledgeTimeout()).isEqualTo(Duration.ofSeconds(50));
  }

  @Test
  void theStoreOfAnOlderFileIsItsMongo() {
    String yaml = file(OLDER, Map.of()).happn().orElseThrow().yaml();

    assertThat(yaml)
        .contains("provider: \"mongodb\"")
        .containsPattern("url: \"mongodb://db:27017/d\" {2}# happn.json:5:\\d+: services.data")
        .contains("collection: \"c\"")
        .doesNotContain("database: \"happn-cluster\"");
  }

  @Test
  void whatHasNoMeaningOrIsLooselyTypedIsSaid() {
    assertThat(warnings(OLDER))
        .anyMatch(w -> w.contains("randomWait: no number, counts as not given"))
        .anyMatch(w -> w.contains("allowSelfSignedCerts: no boolean, counts as false"))
        .anyMatch(w -> w.contains("services.replicator.config.securityChangesetReplicateInterval"))
        .anyMatch(w -> w.contains("sessionTokenSecret: no meaning here"))
        .anyMatch(w -> w.startsWith("happn.json:2:24: port: nobody listens there"));
  }

  @Test
  void aFileOfTheNewerGenerationFindsItsMembersInTheDatabase() {
    MusterSettings s = read(NEWER, embeddedSecure());

    assertThat(file(NEWER, Map.of()).happn().orElseThrow().yaml())
        .contains("source: \"database\"")
        .contains("database: \"d\"");
    assertThat(s.cluster().name()).isEqualTo("c2");
    assertThat(s.cluster().deployment()).isEqualTo("dep");
    assertThat(s.member().service()).isEqualTo("s-1");
    assertThat(s.member().name()).isEqualTo("127-0-0-1_57003");
    assertThat(s.link().port()).isEqualTo(57003);
    assertThat(s.link().advertise()).contains("node.example");
    assertThat(s.discovery().keepAlive()).isEqualTo(Duration.ofSeconds(1));
    assertThat(s.discovery().keepAliveThreshold()).isEqualTo(Duration.ofMillis(2500));
    assertThat(s.discovery().refresh()).isEqualTo(Duration.ofMillis(1100));
    assertThat(s.door().minimum()).isEqualTo(Map.of("s-1", 2, "other", 1));
    assertThat(s.door().stabiliseTimeout()).isEqualTo(Duration.ofSeconds(15));
    assertThat(s.door().report()).isEqualTo(DoorSettings.Report.NEWER);
    assertThat(s.door().healthInterval()).isEqualTo(Duration.ofMillis(1200));
    assertThat(s.gateway().ports()).containsExactly(55000);
    assertThat(s.gateway().host()).isEqualTo("127.0.0.1");
  }

  @Test
  void aSingleServerNeedsNothing() {
    MusterSettings s = read("{ \"port\": 55010, \"services\": {} }", Map.of());

    assertThat(s.gateway().ports()).containsExactly(55010);
    assertThat(s.link().port()).isEqualTo(56010);
    assertThat(s.registry().seed()).isTrue();
    assertThat(s.gateway().host()).isEqualTo("127.0.0.1");
    assertThat(warnings("{ \"port\": 55010 }"))
        .anyMatch(w -> w.contains("listens on 127.0.0.1 only"));
  }

  @Test
  void environmentAndFlagsAreAboveTheFile() {
    MusterSettings s =
        MusterSettings.read(
            SettingsFile.of(
                    "{ \"port\": 55010 }",
                    "happn.json",
                    Map.of("MUSTER_MEMBER_DATA_DIR", "/tmp/d"),
                    Map.of("gateway.ports", "55011"))
                .settings());

    assertThat(s.member().dataDir()).isEqualTo(Path.of("/tmp/d"));
    assertThat(s.gateway().ports()).containsExactly(55011);
  }

  @Test
  void keysOfBothGenerationsAreRefusedByName() {
    String both =
        services(
            "\"membership\": { \"config\": { \"hosts\": [] } },"
                + " \"orchestrator\": { \"config\": { \"deployment\": \"d\" } }");

    assertThatThrownBy(() -> file(both, Map.of()))
        .isInstanceOf(MusterException.class)
        .hasMessageContaining("services.membership.config.hosts of the older")
        .hasMessageContaining("services.orchestrator.config.deployment of the newer");
  }

  @Test
  void wrongTypesAndRangesNameKeyAndPlaceAsWritten() {
    assertThatThrownBy(() -> file("{\n  \"port\": \"55000\"\n}", Map.of()))
        .hasMessage("happn.json:2:11: port: expected a whole number, found a text");
    String interval =
        services("\"session\": { \"config\": { \"primusOpts\": { \"pingInterval\": 1 } } }");
    assertThatThrownBy(() -> read(interval, Map.of()))
        .hasMessageContaining("services.session.config.primusOpts.pingInterval")
        .hasMessageContaining("gateway.happn.ping_interval: expected a duration");
    String count = services("\"orchestrator\": { \"config\": { \"cluster\": { \"a\": \"x\" } } }");
    assertThatThrownBy(() -> file(count, Map.of()))
        .hasMessageContaining("services.orchestrator.config.cluster.a: expected a whole number");
    assertThatThrownBy(() -> file("{ \"announceHost\": \"\", \"orchestrator\": {} }", Map.of()))
        .hasMessageContaining("announceHost: expected a host name or address");
  }

  @Test
  void whatCannotBeHadIsRefusedWithARemedy() {
    String user =
        services("\"security\": { \"config\": { \"adminUser\": { \"username\": \"root\" } } }");
    assertThatThrownBy(() -> file(user, Map.of()))
        .hasMessageContaining("adminUser.username: expected \"_ADMIN\"");
    String compressed =
        services("\"session\": { \"config\": { \"primusOpts\": { \"compression\": true } } }");
    assertThatThrownBy(() -> file(compressed, Map.of())).hasMessageContaining("leave it out");
    String store =
        services("\"data\": { \"config\": { \"datastores\": [ { \"provider\": \"sqlite\" } ] } }");
    assertThatThrownBy(() -> file(store, Map.of())).hasMessageContaining("found sqlite");
    assertThatThrownBy(() -> file("{ \"host\": \"nope9\" }", Map.of()))
        .hasMessageContaining("no such interface nope9");
  }

  @Test
  void allSpellingsAreAcceptedAndTwoOfOneAreRefused() {
    String orchestrator = "\"orchestrator\": { \"config\": { %s } }";
    for (String spelt : List.of("keepaliveThreshold", "keepAliveThreshhold")) {
      String one = services(orchestrator.formatted("\"timing\": { \"" + spelt + "\": 9000 }"));
      assertThat(read(one, embeddedSecure()).discovery().keepAliveThreshold())
          .isEqualTo(Duration.ofSeconds(9));
    }
    String two =
        services(
            orchestrator.formatted(
                "\"timing\": { \"keepAliveThreshold\": 9000, \"keepaliveThreshold\": 8000 }"));
    assertThatThrownBy(() -> file(two, Map.of())).hasMessageContaining("means the same as");
    String misspelt = services(orchestrator.formatted("\"minimumePeers\": 2"));
    assertThat(read(misspelt, embeddedSecure()).door().minimum())
        .isEqualTo(Map.of("happn-cluster-node", 2));
    assertThat(warnings(misspelt)).anyMatch(w -> w.contains("minimumePeers: an old word"));
  }

  private static Map<String, String> embeddedSecure() {
    return Map.of(
        "MUSTER_STORE_PROVIDER", "embedded",
        "MUSTER_MEMBERSHIP_SOURCE", "static",
        "MUSTER_LINK_HOST", "127.0.0.1",
        "MUSTER_GATEWAY_HOST", "127.0.0.1");
  }

  @Test
  void unknownKeysAreIgnoredWithAWarningAndASuggestion() {
    assertThat(warnings("{ \"prot\": 1, \"port\": 55000, \"services\": { \"sesion\": {} } }"))
        .anyMatch(w -> w.contains("prot: unknown key") && w.contains("did you mean 'port'?"))
        .anyMatch(w -> w.contains("services.sesion") && w.contains("did you mean 'session'?"));
  }

  @Test
  void withoutHostsANodeOfTheOlderGenerationDoesNotStart() {
    String none = services("\"membership\": { \"config\": { \"host\": \"127.0.0.1\" } }");

    assertThatThrownBy(() -> file(none, Map.of()))
        .hasMessageContaining("missing membership.hosts to join");
  }

  @Test
  void settingsOfMusterAreLeftAlone() {
    assertThat(file("{ \"gateway\": { \"ports\": [1] } }", Map.of()).happn()).isEmpty();
    assertThat(file("{ \"membership\": { \"hosts\": [\"a:1\"] } }", Map.of()).happn()).isEmpty();
  }

  @Test
  void everyKeyLeadsToASettingThatThereIs() {
    Set<String> known = new TreeSet<>(SettingsFile.knownKeys());
    Set<String> missing = new TreeSet<>();
    for (HappnKey k : HappnKeys.all()) {
      String setting =
          switch (k.effect()) {
            case Becomes b -> b.setting();
            case Works w -> w.setting();
            default -> "";
          };
      boolean there =
          setting.isEmpty()
              || setting.startsWith("store")
              || known.stream().anyMatch(s -> s.equals(setting) || s.startsWith(setting + "."));
      if (!there) missing.add(k.path() + " -> " + setting);
    }
    assertThat(missing).isEmpty();
    for (Kind kind : Kind.values()) assertThat(HappnKeys.of(kind)).hasSizeGreaterThan(30);
  }

  @Test
  void thePageHasTheTable() throws IOException {
    Path page = Path.of("../docs/reference/happn-config.md");
    String text = Files.readString(page);
    String begin = "<!-- keys -->\n";
    String end = "<!-- end of keys -->";
    int from = text.indexOf(begin) + begin.length();
    String made = text.substring(0, from) + HappnKeys.table() + text.substring(text.indexOf(end));
    if (Boolean.getBoolean("muster.docs.write")) Files.writeString(page, made);

    assertThat(Files.readString(page))
        .as("write it anew with -Dmuster.docs.write=true")
        .isEqualTo(made);
  }
}
