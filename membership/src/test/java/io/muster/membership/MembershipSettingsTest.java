package io.muster.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.Settings;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MembershipSettingsTest {
  private static MembershipSettings read(String yaml) {
    Settings settings = Settings.of(yaml, "muster.yaml", Map.of(), Map.of());
    MembershipSettings read =
        MembershipSettings.read(settings.root().section("membership", "members"));
    settings.finish();
    return read;
  }

  @Test
  void theNamesOfHappnClusterAreUnderstood() {
    MembershipSettings read =
        read(
            """
            membership:
              seed: true
              seedWait: 10
              randomWait: 20
              hosts: ["127.0.0.1:56000"]
              joinTimeout: 2000
              pingInterval: 1000
              pingTimeout: 200
              pingReqTimeout: 600
              pingReqGroupSize: 3
              udp: { maxDgramSize: 512 }
              disseminationFactor: 15
            """);
    assertThat(read.seed()).isTrue();
    assertThat(read.hosts()).hasSize(1);
    assertThat(read.joinTimeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(read.pingEvery()).isEqualTo(Duration.ofSeconds(1));
    assertThat(read.pingTimeout()).isEqualTo(Duration.ofMillis(200));
    assertThat(read.pingReqTimeout()).isEqualTo(Duration.ofMillis(600));
    assertThat(read.pingReqGroupSize()).isEqualTo(3);
    assertThat(read.maxDgramSize()).isEqualTo(512);
    assertThat(read.disseminationFactor()).isEqualTo(15);
  }

  @Test
  void aSeedDoesNotWaitAndOthersWaitWithinTheirRange() {
    Random random = new Random(1);
    MembershipSettings seed = read("membership: { seed: true, seed_wait: 1s, random_wait: 1s }");
    MembershipSettings other = read("membership: { seed_wait: 1s, random_wait: 50ms }");
    for (int i = 0; i < 1000; i++) {
      assertThat(seed.waitBeforeJoining(random)).isZero();
      assertThat(other.waitBeforeJoining(random))
          .isBetween(Duration.ofSeconds(1), Duration.ofMillis(1050));
    }
    assertThat(read("membership: {}").waitBeforeJoining(random)).isZero();
  }
}
