package io.muster.realtime.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.MemberId;
import io.muster.realtime.Receipt;
import io.muster.realtime.core.Acknowledgements.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

class AcknowledgementsTest {
  private static final MemberId B = new MemberId("b".repeat(32));
  private static final MemberId C = new MemberId("c".repeat(32));
  private final Acknowledgements all = new Acknowledgements(2);

  @Test
  void thePublisherIsToldWhenTheLastRecipientHasConfirmed() {
    assertThat(all.begin("p", null, 100)).isTrue();
    all.handed("p", List.of("s", "s", "t"), 3, 0, 1);
    assertThat(all.delivered("p")).isNull();
    assertThat(all.acknowledged("p", "s")).isNull();
    assertThat(all.acknowledged("p", "t")).isNull();
    assertThat(all.acknowledged("p", "t")).isNull();
    assertThat(all.acknowledged("p", "stranger")).isNull();
    assertThat(all.acknowledged("p", "s"))
        .isEqualTo(new Outcome.Tell("p", new Receipt(3, 0, 1, 3, true)));
    assertThat(all.isEmpty()).isTrue();
  }

  @Test
  void withoutRecipientsItIsDoneAtOnce() {
    all.begin("p", null, 100);
    assertThat(all.delivered("p")).isEqualTo(new Outcome.Tell("p", new Receipt(0, 0, 0, 0, true)));
    all.begin("q", B, 100);
    assertThat(all.delivered("q"))
        .isEqualTo(new Outcome.Report("q", B, new Receipt(0, 0, 0, 0, true)));
  }

  @Test
  void everyMemberItWasSentToReports() {
    all.begin("p", null, 100);
    all.awaits("p", B);
    all.awaits("p", C);
    assertThat(all.delivered("p")).isNull();
    assertThat(all.reported("p", B, new Receipt(2, 0, 0, 2, true))).isNull();
    assertThat(all.reported("p", B, new Receipt(9, 0, 0, 9, true))).isNull();
    assertThat(all.reported("p", C, new Receipt(1, 1, 0, 1, true)))
        .isEqualTo(new Outcome.Tell("p", new Receipt(3, 1, 0, 3, true)));
  }

  @Test
  void aMemberThatFailsOrRunsOutOfTimeMakesItIncomplete() {
    all.begin("p", null, 100);
    all.begin("q", null, 100);
    all.awaits("p", B);
    all.awaits("q", C);
    all.delivered("p");
    all.delivered("q");
    assertThat(all.gone(B)).containsExactly(new Outcome.Tell("p", new Receipt(0, 0, 0, 0, false)));
    assertThat(all.reported("q", C, new Receipt(1, 0, 0, 0, false)))
        .isEqualTo(new Outcome.Tell("q", new Receipt(1, 0, 0, 0, false)));
  }

  @Test
  void whoeverDoesNotConfirmInTimeIsGivenUp() {
    all.begin("p", null, 100);
    all.handed("p", List.of("s", "t"), 2, 0, 0);
    all.delivered("p");
    all.acknowledged("p", "s");
    assertThat(all.expired(99)).isEmpty();
    assertThat(all.expired(100))
        .containsExactly(new Outcome.Tell("p", new Receipt(2, 0, 0, 1, false)));
    assertThat(all.acknowledged("p", "t")).isNull();
  }

  @Test
  void noMoreWaitThanAllowed() {
    assertThat(all.begin("p", null, 100)).isTrue();
    assertThat(all.begin("p", null, 100)).isFalse();
    assertThat(all.begin("q", null, 100)).isTrue();
    assertThat(all.begin("r", null, 100)).isFalse();
    assertThat(all.gone(B)).isEmpty();
  }
}
