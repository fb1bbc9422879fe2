package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.admin.Overviews.Sight;
import io.muster.admin.Views.DoubtView;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemberExplanationTest {
  private static Sight sight(String by, String state, boolean linked, DoubtView... doubts) {
    return new Sight(
        by, true, state, 65_000, "10.0.0.2:56000", linked, by.equals("b"), List.of(doubts));
  }

  private static MemberExplanation.View explain(Sight... sights) {
    return MemberExplanation.of("b", List.of(sights), List.of());
  }

  @Test
  void nobodyDoubtsOneThatAllReach() {
    MemberExplanation.View v =
        explain(sight("a", "alive", true), sight("b", "alive", true), sight("c", "alive", true));

    assertThat(v.verdict()).startsWith("alive: seen by all 3");
    assertThat(v.todo()).isEmpty();
  }

  @Test
  void whoDoubtsASuspectIsNamedAndWhetherItsMachineAnswers() {
    DoubtView silent = new DoubtView("a", "0a", 800, false);
    DoubtView refused = new DoubtView("c", "0c", 600, true);

    MemberExplanation.View cut = explain(sight("a", "suspect", false, silent));
    MemberExplanation.View gone =
        explain(sight("a", "suspect", false, silent, refused), sight("c", "alive", true));

    assertThat(cut.verdict()).contains("suspected by a").contains("no answer for 0.8 s");
    assertThat(cut.todo().getFirst()).contains("paused or overloaded").contains("firewall");
    assertThat(gone.verdict()).contains("c has had no answer for 0.6 s and its connections");
    assertThat(gone.todo().getFirst()).contains("the process is gone");
  }

  @Test
  void aFailedOneIsStartedOrForgottenAndOneThatLeftIsNot() {
    assertThat(explain(sight("a", "failed", false), sight("c", "failed", false)).todo())
        .hasSize(2)
        .last()
        .asString()
        .contains("muster members forget b");
    assertThat(explain(sight("a", "failed", true)).todo().getFirst()).contains("may be paused");
    assertThat(explain(sight("a", "left", false)).verdict()).contains("1 m 5 s ago");
  }

  @Test
  void aMissingLinkAndAViewThatDiffersAreSaid() {
    MemberExplanation.View v =
        explain(sight("a", "alive", true), sight("c", "alive", false), sight("d", "failed", false));

    assertThat(v.verdict()).contains("alive, but c, d cannot reach it at 10.0.0.2:56000");
    assertThat(v.todo().getFirst()).contains("muster secret status");
    Sight stranger = new Sight("e", false, "", 0, "", false, false, List.of());
    assertThat(explain(sight("a", "alive", true), stranger).todo().toString())
        .contains("e has not heard of it");
  }
}
