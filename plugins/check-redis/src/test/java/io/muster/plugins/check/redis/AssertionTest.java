package io.muster.plugins.check.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.store.JsonValue;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AssertionTest {
  private static final Map<String, JsonValue> INFO =
      InfoText.parse(
          "# Replication\r\nrole:master\r\nused_memory:104857600\r\nratio:1.50\r\n"
              + "human:100.00M\r\nmaster_repl_offset:1000\r\n"
              + "slave0:ip=127.0.0.1,port=1,state=online,offset=990,lag=1\r\n"
              + "slave1:ip=127.0.0.1,port=2,state=online,offset=400,lag=0\r\n");

  private static String problem(String assertion) {
    return Assertion.parse(assertion).orElseThrow().problem(INFO).orElse("");
  }

  @Test
  void textsAndNumbersAreCompared() {
    for (String good :
        List.of(
            "role == master",
            "role=master",
            "role != slave",
            "role == 'master'",
            "used_memory <= 100mb",
            "used_memory == 100mb",
            "used_memory < 105m",
            "ratio > 1.4",
            "gone != 1",
            "replication_lag == 600")) {
      assertThat(problem(good)).as(good).isEmpty();
    }
    assertThat(problem("role == slave")).isEqualTo("expected role == slave, found master");
    assertThat(problem("used_memory<100mb"))
        .isEqualTo("expected used_memory<100mb, found 104857600");
    assertThat(problem("gone == 1")).isEqualTo("expected gone == 1, found none");
    assertThat(problem("role < 5")).isEqualTo("expected role < 5, found master");
  }

  @Test
  void whatIsNoAssertionIsNone() {
    for (String bad : List.of("", "role", "role ==", "== x", "role < master", "a ~ b")) {
      assertThat(Assertion.parse(bad)).as(bad).isEmpty();
    }
  }

  @Test
  void ofAReplicaTheLagIsItsOwn() {
    Map<String, JsonValue> info =
        InfoText.parse(
            "role:slave\nmaster_repl_offset:90\nslave_read_repl_offset:100\nslave_repl_offset:90");
    assertThat(info).containsEntry("replication_lag", new JsonValue.Whole(10));
  }
}
