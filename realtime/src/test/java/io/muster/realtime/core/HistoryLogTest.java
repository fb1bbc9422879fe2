package io.muster.realtime.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.realtime.Action;
import io.muster.realtime.HistoryRule;
import io.muster.realtime.Publication;
import io.muster.realtime.core.HistoryLog.Reason;
import io.muster.realtime.core.HistoryLog.Recovery;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryLogTest {
  private static final long A = 11;
  private static final long B = -22;
  private static final long SECOND = 1_000_000_000L;
  private final HistoryRules rules =
      new HistoryRules(
          List.of(
              new HistoryRule("/h/**", 4, Duration.ofSeconds(60)),
              new HistoryRule("/other/*", 2, Duration.ofSeconds(60))),
          16);
  private final HistoryLog log = new HistoryLog(rules, 1 << 20);
  private long nanos = 5 * SECOND;

  private static Publication publication(String path, String data) {
    return new Publication(
        Action.SET,
        path,
        data.getBytes(StandardCharsets.UTF_8),
        null,
        "s",
        1,
        0,
        0,
        0,
        2,
        null,
        null,
        null,
        null,
        false);
  }

  private Position add(long origin, long number, String path) {
    Publication p = publication(path, path + number);
    return log.append(origin, number, rules.of(p, true), p, nanos, millis()).position();
  }

  private long millis() {
    return nanos / 1_000_000;
  }

  private Recovery recover(Position since, String pattern) {
    return log.recover(since, pattern, 5, true, true, true, nanos, millis());
  }

  private static List<String> data(Recovery r) {
    return r.missed().stream().map(p -> new String(p.data(), StandardCharsets.UTF_8)).toList();
  }

  @Test
  void whatCameAfterThePositionIsToldInOrder() {
    log.begin(A);
    Position after1 = add(A, 1, "/h/x");
    add(A, 2, "/h/y");
    add(A, 3, "/h/x");

    Recovery r = recover(after1, "/h/x");

    assertThat(r.reason()).isNull();
    assertThat(data(r)).containsExactly("/h/x3");
    Recovery again = recover(r.missed().getFirst().position(), "/h/**");
    assertThat(again.reason()).isNull();
    assertThat(again.missed()).isEmpty();
  }

  @Test
  void aPositionOutlivesItsText() {
    log.begin(A);
    log.head(B, 7, rules.sum(), false, nanos);
    Position p = add(A, 1, "/h/x");

    Position read = Position.parse(p.text());

    assertThat(read).isEqualTo(p);
    assertThat(read.mark(B)).isEqualTo(new Position.Mark(7, false));
    assertThat(Position.parse("no position")).isNull();
    assertThat(Position.parse("")).isNull();
    assertThat(Position.parse(p.text() + "AAAA")).isNull();
  }

  @Test
  void whatIsNotKeptAnyMoreIsNotRecovered() {
    log.begin(A);
    Position after1 = add(A, 1, "/h/1");
    Position after2 = add(A, 2, "/h/2");
    for (int i = 3; i <= 6; i++) add(A, i, "/h/" + i);
    assertThat(data(recover(after2, "/h/*"))).hasSize(4);
    assertThat(recover(after1, "/h/*").reason()).isEqualTo(Reason.TOO_OLD);

    nanos += 61 * SECOND;
    Position now = add(A, 7, "/h/7");
    assertThat(recover(after2, "/h/*").reason()).isEqualTo(Reason.TOO_OLD);
    assertThat(recover(now, "/h/*").reason()).isNull();
  }

  @Test
  void whoHeardNothingForLongBecauseNothingWasSaidMissedNothing() {
    log.begin(A);
    Position quiet = add(A, 1, "/h/1");
    nanos += 3600 * SECOND;

    assertThat(recover(quiet, "/h/*").reason()).isNull();

    // Of a member that came and went meanwhile nobody knows any more what it said.
    add(B, 1, "/h/b");
    log.ended(B, true, nanos);
    nanos += 3600 * SECOND;
    assertThat(recover(quiet, "/h/*").reason()).isEqualTo(Reason.TOO_OLD);
    assertThat(recover(log.position(millis()), "/h/*").reason()).isNull();
  }

  @Test
  void whatARuleGivesUpConcernsOnlyItsPaths() {
    log.begin(A);
    Position start = add(A, 1, "/h/1");
    for (int i = 2; i <= 9; i++) add(A, i, "/other/" + i);

    assertThat(recover(start, "/h/*").reason()).isNull();
    assertThat(recover(start, "/other/*").reason()).isEqualTo(Reason.TOO_OLD);
  }

  @Test
  void aGapIsNeverRecovered() {
    log.begin(A);
    Position before = add(B, 1, "/h/1");
    Position after = add(B, 3, "/h/3");

    assertThat(recover(before, "/h/*").reason()).isEqualTo(Reason.TOO_OLD);
    assertThat(recover(after, "/h/*").reason()).isNull();

    log.head(B, 5, rules.sum(), false, nanos);
    assertThat(recover(after, "/h/*").reason()).isEqualTo(Reason.TOO_OLD);
  }

  @Test
  void aMemberThatFailedInDoubtIsNotRecoveredFromButPositionsAfterItAre() {
    log.begin(A);
    Position before = add(B, 1, "/h/1");
    log.ended(B, false, nanos);
    assertThat(recover(before, "/h/*").reason()).isEqualTo(Reason.EPOCH_CHANGED);

    Position after = log.position(millis());
    add(A, 1, "/h/a");
    assertThat(data(recover(after, "/h/*"))).containsExactly("/h/a1");

    // The member was not dead after all, and nothing of it is missing.
    log.head(B, 1, rules.sum(), false, nanos);
    assertThat(data(recover(before, "/h/*"))).containsExactly("/h/a1");
  }

  @Test
  void aMemberThatEndedForSureIsRecoveredFrom() {
    log.begin(A);
    Position before = add(B, 1, "/h/1");
    add(B, 2, "/h/2");
    log.ended(B, true, nanos);

    assertThat(data(recover(before, "/h/*"))).containsExactly("/h/22");
  }

  @Test
  void nobodySpeaksForMembersItDoesNotKnowOrThatKeepOthers() {
    log.begin(A);
    HistoryLog elsewhere = new HistoryLog(rules, 1 << 20);
    elsewhere.begin(B);
    Publication p = publication("/h/1", "1");
    Position foreign = elsewhere.append(B, 1, 0, p, nanos, millis()).position();
    assertThat(recover(foreign, "/h/*").reason()).isEqualTo(Reason.UNKNOWN);

    Position here = add(A, 1, "/h/1");
    assertThat(log.recover(here, "/h/*", 5, true, true, false, nanos, millis()).reason())
        .isEqualTo(Reason.UNKNOWN);
    assertThat(recover(here, "/h/*").reason()).isNull();
    log.head(B, 0, rules.sum() + 1, false, nanos);
    assertThat(recover(here, "/h/*").reason()).isEqualTo(Reason.UNKNOWN);
  }

  @Test
  void whatNoRuleCoversIsNotRecovered() {
    log.begin(A);
    Position p = add(A, 1, "/h/1");

    assertThat(recover(p, "*").reason()).isEqualTo(Reason.NO_HISTORY);
    assertThat(recover(p, "/*/x").reason()).isEqualTo(Reason.NO_HISTORY);
    assertThat(recover(p, "h/**").reason()).isNull();
  }

  @Test
  void whatATakerHadOfAnotherMemberIsNotToldAgain() {
    log.begin(A);
    add(B, 1, "/h/b1");
    Position ahead = log.position(millis()).with(B, 2, millis());
    add(A, 1, "/h/a1");
    add(B, 2, "/h/b2");

    Recovery r = recover(ahead, "/h/*");

    assertThat(data(r)).containsExactly("/h/a11");
    // After the first of what it missed it still has the second of B.
    assertThat(r.missed().getFirst().position().mark(B).number()).isEqualTo(2);
  }

  @Test
  void theWholeIsBounded() {
    HistoryLog small = new HistoryLog(rules, 3000);
    small.begin(A);
    for (int i = 1; i <= 4; i++) {
      Publication p = publication("/h/x", "x".repeat(900));
      small.append(A, i, rules.of(p, true), p, nanos, millis());
    }

    assertThat(small.view().bytes()).isLessThanOrEqualTo(3000);
    assertThat(small.view().kept()).isEqualTo(2);
    assertThat(small.view().dropped()).isEqualTo(2);
  }

  @Test
  void rulesAreReadAndWritten() {
    String text = "[{\"path\":\"/chat/**\",\"size\":10,\"age\":\"10m\"},{\"path\":\"/b\"}]";

    List<HistoryRule> read = HistoryRules.parse(text);

    assertThat(read)
        .containsExactly(
            new HistoryRule("/chat/**", 10, Duration.ofMinutes(10)),
            new HistoryRule("/b", 1000, Duration.ofMinutes(5)));
    assertThat(HistoryRules.parse(HistoryRules.text(read))).isEqualTo(read);
    for (String bad :
        List.of(
            "{}",
            "[{}]",
            "[{\"path\":\"/te*\"}]",
            "[{\"path\":\"/a\",\"size\":0}]",
            "[{\"path\":\"/a\",\"age\":\"0s\"}]",
            "[{\"path\":\"/a\",\"ages\":\"1s\"}]",
            "[{\"path\":\"/a\",\"size\":\"many\"}]",
            "nothing")) {
      assertThat(HistoryRules.parse(bad)).as(bad).isNull();
    }
  }
}
