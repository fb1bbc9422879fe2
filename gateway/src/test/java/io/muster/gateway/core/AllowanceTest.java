package io.muster.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AllowanceTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void aShareOfMessagesIsRenewedOnceASecondHasPassed() {
    Allowance a = new Allowance(2, 0, 5);

    assertThat(a.take(1_000_000)).isTrue();
    assertThat(a.take(1)).isTrue();
    assertThat(a.take(1)).isFalse();
    assertThat(a.renew(5 + SECOND - 1)).isFalse();
    assertThat(a.renew(5 + SECOND)).isTrue();
    assertThat(a.take(1)).isTrue();
  }

  @Test
  void aMessageLargerThanAShareOfBytesPassesAndUsesItUp() {
    Allowance a = new Allowance(0, 100, 0);

    assertThat(a.take(99)).isTrue();
    assertThat(a.take(5000)).isTrue();
    assertThat(a.take(1)).isFalse();
    assertThat(a.renew(SECOND)).isTrue();
    assertThat(a.take(1)).isTrue();
  }

  @Test
  void zeroIsAnyNumber() {
    Allowance a = new Allowance(0, 0, 0);

    for (int i = 0; i < 1_000_000; i++) assertThat(a.take(10_000_000)).isTrue();
  }
}
