package io.muster.it;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/// The judge itself is judged: it must accept what is right and refuse each kind of lie.
class RegisterHistoryTest {
  private final RegisterHistory history = new RegisterHistory();

  @Test
  void overlappingWritesMayBeReadInEitherOrder() {
    history.wrote("k", "a", 0, 100);
    history.wrote("k", "b", 50, 150);
    history.read("k", "a", 160, 170);

    assertThatCode(history::check).doesNotThrowAnyException();
  }

  @Test
  void aStaleReadIsALie() {
    history.wrote("k", "a", 0, 10);
    history.wrote("k", "b", 20, 30);
    history.read("k", "a", 40, 50);

    assertThatThrownBy(history::check).isInstanceOf(AssertionError.class);
  }

  @Test
  void aLostAcknowledgedWriteIsALie() {
    history.wrote("k", "a", 0, 10);
    history.read("k", null, 20, 30);

    assertThatThrownBy(history::check).isInstanceOf(AssertionError.class);
  }

  @Test
  void anUnknownWriteMayHaveHappenedLaterOrNever() {
    history.wrote("k", "a", 0, 10);
    history.maybeWrote("k", "b", 20);
    history.read("k", "a", 30, 40);
    history.read("k", "b", 50, 60);

    assertThatCode(history::check).doesNotThrowAnyException();
  }

  @Test
  void readsMayNotGoBackwards() {
    history.wrote("k", "a", 0, 10);
    history.maybeWrote("k", "b", 20);
    history.read("k", "b", 30, 40);
    history.read("k", "a", 50, 60);

    assertThatThrownBy(history::check).isInstanceOf(AssertionError.class);
  }
}
