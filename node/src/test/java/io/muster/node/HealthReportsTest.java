package io.muster.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import io.muster.kernel.Role;
import io.muster.membership.Member;
import io.muster.membership.MemberState;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// Reports to the letter.
class HealthReportsTest {
  private static Member member(int n, MemberState state) {
    return new Member(
        new MemberId("0".repeat(31) + n),
        "node-" + n,
        1,
        Set.of(Role.CONTROL),
        "s",
        Address.parse("10.0.0." + n + ":56000"),
        Map.of(),
        state);
  }

  private static HealthReports.Sight sight(MemberState second, MemberState third) {
    List<Member> all = List.of(member(1, MemberState.ALIVE), member(2, second), member(3, third));
    List<Address> hosts =
        List.of(
            Address.parse("10.0.0.1:56000"),
            Address.parse("10.0.0.2:56000"),
            Address.parse("10.0.0.4:56000"));
    return new HealthReports.Sight(all.getFirst(), all, _ -> true, hosts);
  }

  private static String json(Map<String, Object> report) {
    return JsonMapper.builder().build().writeValueAsString(report);
  }

  @Test
  void theOlderOneTellsWhoIsMissingWithoutTheMemberItself() {
    assertThat(json(HealthReports.older(sight(MemberState.SUSPECT, MemberState.FAILED), false)))
        .isEqualTo(
            "{\"MEMBER_ID\":\"10.0.0.1:56000\",\"TOTAL_CLUSTER_MEMBERS\":0,"
                + "\"MISSING_CLUSTER_MEMBERS\":[\"10.0.0.2:56000\",\"10.0.0.3:56000\"],"
                + "\"TOTAL_SWIM_MEMBERS\":1,\"MISSING_SWIM_MEMBERS\":[\"10.0.0.3:56000\"],"
                + "\"TOTAL_CONFIGURED_HOSTS\":2,"
                + "\"MISSING_CONFIGURED_HOSTS\":[\"10.0.0.4:56000\"],"
                + "\"STATUS\":\"CLUSTER-MEMBERS-MISSING|SWIM-MEMBERS-MISSING"
                + "|CONFIGURED-HOSTS-MISSING|WARMUP\"}");
  }

  @Test
  void theNewerOneCountsTheMemberItself() {
    assertThat(json(HealthReports.newer(sight(MemberState.ALIVE, MemberState.FAILED), "STABLE")))
        .isEqualTo(
            "{\"MEMBER_ID\":\"node-1\",\"MEMBER_ENDPOINT\":\"10.0.0.1:56000\","
                + "\"TOTAL_CLUSTER_MEMBERS\":3,\"TOTAL_CLUSTER_PEERS\":2,"
                + "\"UNHEALTHY_MEMBERS\":[\"10.0.0.3:56000\"],\"STATUS\":\"STABLE\"}");
  }

  @Test
  void whoSaidGoodByeIsNotMissed() {
    Map<String, Object> older =
        HealthReports.older(sight(MemberState.ALIVE, MemberState.LEFT), true);

    assertThat(older.get("STATUS")).isEqualTo("CONFIGURED-HOSTS-MISSING");
    assertThat(older.get("TOTAL_CLUSTER_MEMBERS")).isEqualTo(1);
  }
}
