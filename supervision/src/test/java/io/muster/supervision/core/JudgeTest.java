package io.muster.supervision.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.watch.Health;
import io.muster.supervision.TargetId;
import io.muster.supervision.config.PoolSettings.Damping;
import io.muster.supervision.config.PoolSettings.VoteRules;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JudgeTest {
  private static final TargetId WEB = new TargetId("web", "10.0.0.1:80");
  private static final long SECOND = 1_000_000_000L;
  private final Judge judge = new Judge();
  private long now;

  @BeforeEach
  void threeVoters() {
    judge.electorate(List.of("a", "b", "c"));
    judge.target(WEB, Verdict.NONE);
    hearAll();
  }

  private void hearAll() {
    for (String m : List.of("a", "b", "c")) judge.heard(m, now);
  }

  private void say(String member, Health health, String... errors) {
    judge.opinion(WEB, member, new Held(member, health, List.of(errors), List.of(), 0));
  }

  private List<Judge.Change> judged() {
    return judge.judge(now, now / 1_000_000, 7, 100);
  }

  private Verdict verdict() {
    List<Judge.Change> changes = judged();
    assertThat(changes).hasSize(1);
    return changes.getFirst().after();
  }

  private void settled(Health health) {
    for (String m : List.of("a", "b", "c")) say(m, health);
    assertThat(verdict().health()).isEqualTo(health);
  }

  @Test
  void nothingIsDecidedBeforeMoreThanHalfSaySomething() {
    say("a", Health.PASSING);

    assertThat(judged()).isEmpty();

    say("b", Health.PASSING);
    Verdict v = verdict();
    assertThat(v.health()).isEqualTo(Health.PASSING);
    assertThat(v.term()).isEqualTo(7);
    assertThat(v.ballot()).containsOnlyKeys("a", "b");
  }

  @Test
  void oneOfThreeDoesNotTakeATargetDownTwoDo() {
    settled(Health.PASSING);

    say("a", Health.CRITICAL, "Connection refused");
    assertThat(judged()).isEmpty();

    say("b", Health.CRITICAL, "Timed out");
    Verdict v = verdict();
    assertThat(v.health()).isEqualTo(Health.CRITICAL);
    assertThat(v.errors()).containsExactly("Connection refused", "Timed out");
  }

  @Test
  void aMemberThatIsNotHeardDoesNotVote() {
    settled(Health.PASSING);
    now += 6 * SECOND;
    judge.heard("a", now);
    judge.heard("b", now);

    say("b", Health.CRITICAL);
    assertThat(judged()).isEmpty();

    say("a", Health.CRITICAL);
    assertThat(verdict().ballot()).containsOnlyKeys("a", "b");
  }

  @Test
  void withoutEnoughVotesTheLastVerdictStandsIsContestedAndThenStale() {
    settled(Health.PASSING);
    say("a", Health.CRITICAL);
    say("b", Health.UNKNOWN);
    assertThat(judged()).isEmpty();

    now += SECOND;
    hearAll();
    Verdict contested = verdict();
    assertThat(contested.health()).isEqualTo(Health.PASSING);
    assertThat(contested.contested()).isTrue();
    assertThat(contested.stale()).isFalse();

    now += 30 * SECOND;
    hearAll();
    assertThat(verdict().stale()).isTrue();

    say("b", Health.PASSING);
    Verdict agreed = verdict();
    assertThat(agreed.contested()).isFalse();
    assertThat(agreed.stale()).isFalse();
  }

  @Test
  void whoeverHasNoVoteIsHeardAndNotCounted() {
    say("a", Health.PASSING);
    say("observer", Health.PASSING);
    judge.heard("observer", now);

    assertThat(judged()).isEmpty();
  }

  @Test
  void moreWarningsThanPassesAreAWarningAndStayInTraffic() {
    settled(Health.PASSING);
    say("a", Health.WARNING);
    assertThat(judged()).isEmpty();

    say("b", Health.WARNING);
    Verdict v = verdict();
    assertThat(v.health()).isEqualTo(Health.WARNING);
    assertThat(v.available()).isTrue();
  }

  @Test
  void ofFreshVotesOneIsEnoughWhereThatIsSaid() {
    judge.rules(
        "web",
        new Judge.Rules(
            new VoteRules(true, 1, 0, 0, Duration.ofSeconds(30)),
            Damping.USUAL,
            Duration.ofSeconds(5)));
    say("c", Health.PASSING);

    assertThat(verdict().health()).isEqualTo(Health.PASSING);
  }

  @Test
  void aTargetThatComesAndGoesIsKeptOutEachTimeLonger() {
    judge.rules(
        "web",
        new Judge.Rules(
            VoteRules.MAJORITY,
            new Damping(4, Duration.ofMinutes(1), Duration.ofSeconds(10), Duration.ofMinutes(5)),
            Duration.ofDays(1)));
    settled(Health.PASSING);
    for (int i = 0; i < 2; i++) {
      now += SECOND;
      settled(Health.CRITICAL);
      now += SECOND;
      settled(Health.PASSING);
    }
    now += SECOND;
    settled(Health.CRITICAL);

    now += SECOND;
    for (String m : List.of("a", "b", "c")) say(m, Health.PASSING);
    Verdict held = verdict();
    assertThat(held.health()).isEqualTo(Health.CRITICAL);
    assertThat(held.damped()).isTrue();
    now += 9 * SECOND;
    assertThat(judged()).isEmpty();
    now += 2 * SECOND;
    Verdict back = verdict();
    assertThat(back.health()).isEqualTo(Health.PASSING);
    assertThat(back.damped()).isFalse();

    now += SECOND;
    settled(Health.CRITICAL);
    now += SECOND;
    for (String m : List.of("a", "b", "c")) say(m, Health.PASSING);
    assertThat(verdict().damped()).isTrue();
    now += 19 * SECOND;
    assertThat(judged()).isEmpty();
    now += 2 * SECOND;
    assertThat(verdict().health()).isEqualTo(Health.PASSING);
  }

  @Test
  void whatWasNotWrittenIsDecidedAgain() {
    for (String m : List.of("a", "b", "c")) say(m, Health.PASSING);
    Verdict first = verdict();

    judge.target(WEB, Verdict.NONE);

    assertThat(verdict().health()).isEqualTo(first.health());
  }

  @Test
  void noMoreIsDecidedAtOnceThanFitsAnEntry() {
    for (int i = 0; i < 10; i++) {
      TargetId id = new TargetId("web", "10.0.1." + i + ":80");
      judge.target(id, Verdict.NONE);
      for (String m : List.of("a", "b")) {
        judge.opinion(id, m, new Held(m, Health.PASSING, List.of(), List.of(), 0));
      }
    }

    assertThat(judge.judge(now, 0, 7, 6)).hasSize(6);
    assertThat(judge.unfinished()).isTrue();
    assertThat(judge.judge(now, 0, 7, 6)).hasSize(4);
  }
}
