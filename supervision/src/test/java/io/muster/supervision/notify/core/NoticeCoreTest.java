package io.muster.supervision.notify.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.supervision.notify.Silence;
import io.muster.supervision.notify.core.News.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NoticeCoreTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private Instant now = START;
  private NoticeCore core = core(10, 0, 20);
  private final List<Silence> silences = new ArrayList<>();

  private static NoticeCore core(int window, int repeat, int most) {
    return new NoticeCore(
        new NoticeCore.Rules(
            Duration.ofSeconds(window), Duration.ofSeconds(repeat), most, Duration.ofHours(1)));
  }

  private void state(String node, String state) {
    Severity s =
        switch (state) {
          case "passing" -> Severity.GOOD;
          case "warning" -> Severity.WARNING;
          default -> Severity.CRITICAL;
        };
    core.happened(new News("redis", node, "nodes.state", state, s, "", now), now);
  }

  private List<Notice> after(int seconds) {
    now = now.plusSeconds(seconds);
    return core.tick(now, silences);
  }

  private static List<String> told(List<Notice> notices) {
    return notices.stream()
        .flatMap(n -> n.items().stream())
        .map(i -> i.subject() + " " + i.state())
        .toList();
  }

  @Test
  void newsOfAClusterComeInOneNoticeTheWorstFirst() {
    state("b", "warning");
    state("a", "critical");
    assertThat(after(9)).isEmpty();
    List<Notice> notices = after(1);
    assertThat(told(notices)).containsExactly("a critical", "b warning");
    assertThat(notices.getFirst().title()).isEqualTo("redis: 1 critical, 1 warning");
    assertThat(after(3600)).isEmpty();
  }

  @Test
  void whatIsBackBeforeAnybodyWasToldIsNotTold() {
    state("a", "critical");
    after(5);
    state("a", "passing");
    assertThat(after(10)).isEmpty();
    assertThat(core.remembered()).isZero();
  }

  @Test
  void theSameIsNotToldTwiceAndRecoveryIsToldOnce() {
    state("a", "critical");
    assertThat(told(after(10))).containsExactly("a critical");
    state("a", "passing");
    state("a", "critical");
    assertThat(after(10)).isEmpty();
    state("a", "passing");
    List<Notice> well = after(10);
    assertThat(told(well)).containsExactly("a passing");
    assertThat(well.getFirst().recovery()).isTrue();
    state("a", "passing");
    assertThat(after(10)).isEmpty();
    assertThat(core.remembered()).isZero();
  }

  @Test
  void troubleThatLastsIsToldAgainWhereThatIsAskedFor() {
    core = core(0, 600, 20);
    state("a", "critical");
    assertThat(told(after(0))).containsExactly("a critical");
    assertThat(after(599)).isEmpty();
    assertThat(told(after(1))).containsExactly("a critical");
    state("a", "passing");
    assertThat(told(after(0))).containsExactly("a passing");
    assertThat(after(1000)).isEmpty();
  }

  @Test
  void aSilenceKeepsBackWhatStillHoldsWhenItIsOver() {
    silences.add(new Silence("s", "red*", "a*", "*", START.plusSeconds(100), "ann", "new disks"));
    state("a1", "critical");
    state("a2", "critical");
    state("b", "critical");
    assertThat(told(after(10))).containsExactly("b critical");
    state("a1", "passing");
    assertThat(after(80)).isEmpty();
    assertThat(told(after(10))).containsExactly("a2 critical");
  }

  @Test
  void aSilenceThatIsTakenBackEndsWithinSeconds() {
    silences.add(new Silence("s", "*", "*", "*", START.plusSeconds(9999), "ann", "why"));
    state("a", "critical");
    assertThat(after(10)).isEmpty();
    silences.clear();
    assertThat(told(after(5))).containsExactly("a critical");
  }

  @Test
  void tooManyNoticesGatherUntilTheNextIsAllowed() {
    core = core(0, 0, 2);
    for (int i = 0; i < 5; i++) {
      state("n" + i, "critical");
      assertThat(after(1)).hasSize(i < 2 ? 1 : 0);
    }
    assertThat(told(after(3600))).containsExactly("n2 critical", "n3 critical", "n4 critical");
  }

  @Test
  void aLargeNoticeSaysHowMuchItLeavesOut() {
    for (int i = 0; i < 60; i++) state("n" + i, "critical");
    Notice n = after(10).getFirst();
    assertThat(n.items()).hasSize(50);
    assertThat(n.leftOut()).isEqualTo(10);
    assertThat(n.body()).endsWith("… and 10 more that were not told\n");
  }

  @Test
  void patternsMatchAnyCharactersForAStar() {
    assertThat(Silence.like("10.0.*:63*9", "10.0.0.1:6379")).isTrue();
    assertThat(Silence.like("*a*a*a*b", "a".repeat(5000))).isFalse();
    assertThat(Silence.like("", "")).isTrue();
    assertThat(Silence.like("a", "ab")).isFalse();
  }

  @Test
  void aSilenceIsReadAsItWasWritten() {
    Silence s = new Silence("s", "c", "*", "*", START, "ann", "ä \"b\"");
    assertThat(Silence.read(s.bytes())).isEqualTo(s);
  }
}
