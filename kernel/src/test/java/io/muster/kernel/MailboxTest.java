package io.muster.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MailboxTest {
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final List<Integer> got = new ArrayList<>();

  private void run() {
    for (Runnable r; (r = tasks.poll()) != null; ) r.run();
  }

  @Test
  void aFullMailboxRefusesAndCounts() {
    Mailbox<Integer> box = new Mailbox<>("test", 3, tasks::add, got::add);

    for (int i = 1; i <= 5; i++) assertThat(box.offer(i)).isEqualTo(i <= 3);
    run();
    assertThat(box.offer(6)).isTrue();
    run();

    assertThat(got).containsExactly(1, 2, 3, 6);
    assertThat(box.refused()).isEqualTo(2);
  }

  @Test
  void whatGathersCostsOneTask() {
    Mailbox<Integer> box = new Mailbox<>("test", 100, tasks::add, got::add);

    for (int i = 0; i < 100; i++) box.offer(i);

    assertThat(tasks).hasSize(1);
  }

  @Test
  void aConsumerThatIsFedWithoutEndStillLetsOthersHaveTheirTurn() {
    List<Mailbox<Integer>> self = new ArrayList<>();
    Mailbox<Integer> box =
        new Mailbox<>(
            "test",
            4,
            tasks::add,
            i -> {
              got.add(i);
              self.getFirst().offer(i + 1);
            });
    self.add(box);
    box.offer(0);
    List<Integer> gotAtTurn = new ArrayList<>();
    tasks.add(() -> gotAtTurn.add(got.size()));

    for (int i = 0; i < 3; i++) tasks.remove().run();

    assertThat(gotAtTurn).containsExactly(4);
    assertThat(got).hasSizeGreaterThan(4);
  }

  @Test
  void aMessageThatFailsDoesNotKeepTheNextOneBack() {
    Mailbox<Integer> box =
        new Mailbox<>(
            "test",
            4,
            tasks::add,
            i -> {
              if (i == 1) throw new IllegalStateException("on purpose");
              got.add(i);
            });

    box.offer(1);
    box.offer(2);
    run();

    assertThat(got).containsExactly(2);
  }

  @Test
  void whatIsAcceptedIsHandledOnceAndInTheOrderOfEachSender() {
    int senders = 4;
    int each = 50_000;
    AtomicInteger accepted = new AtomicInteger();
    List<int[]> handled = new ArrayList<>();
    try (ControlLoop loop = new ControlLoop("consumer")) {
      Mailbox<int[]> box = new Mailbox<>("test", 64, loop, handled::add);
      List<Thread> threads = new ArrayList<>();
      for (int s = 0; s < senders; s++) {
        int sender = s;
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      for (int i = 0; i < each; i++) {
                        if (box.offer(new int[] {sender, i})) accepted.incrementAndGet();
                      }
                    }));
      }
      Eventually.within(
          Duration.ofSeconds(30), "senders end", () -> threads.stream().noneMatch(Thread::isAlive));

      assertThat(accepted.get() + box.refused()).isEqualTo((long) senders * each);
    }

    assertThat(handled).hasSize(accepted.get());
    int[] last = {-1, -1, -1, -1};
    for (int[] m : handled) {
      assertThat(m[1]).isGreaterThan(last[m[0]]);
      last[m[0]] = m[1];
    }
  }
}
