package io.muster.realtime.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.realtime.Realtime;
import io.muster.realtime.Receipt;
import io.muster.realtime.Subscription;
import io.muster.realtime.driver.Instance.Listener;
import io.muster.testing.Eventually;
import io.muster.testing.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Two and three members over real links.
class ClusterRealtimeTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final long PLENTY = 32 << 20;
  private final Random random = Seeds.random(17);
  private final List<Instance> started = new ArrayList<>();
  private final List<Wire> wires = new ArrayList<>();

  @AfterEach
  void stop() {
    started.forEach(Instance::close);
    wires.forEach(Wire::close);
  }

  private Instance instance(String name) {
    return add(new Instance(name, random, Optional.empty(), PLENTY));
  }

  private Instance add(Instance i) {
    started.add(i);
    return i;
  }

  /// An instance that others reach over a wire.
  private Wire wire(Instance behind) {
    Wire w =
        new Wire(
            Instance.PROXIED,
            new io.muster.kernel.Address("127.0.0.1", behind.links.listening().port()));
    wires.add(w);
    return w;
  }

  private Instance behindWire(String name, long repairBytesMax) {
    return add(new Instance(name, random, Optional.of(Instance.PROXIED), repairBytesMax));
  }

  private static void linked(Instance a, Instance b) {
    Eventually.within(
        SOON,
        a.name + " and " + b.name + " linked",
        () -> a.links.linked(b.links.listening()) && b.links.linked(a.links.listening()));
  }

  /// Makes two meet, and waits until each has a link to the other.
  private static void meet(Instance a, Instance b) {
    a.meets(b);
    linked(a, b);
  }

  private static List<String> numbers(String prefix, int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(i -> prefix + i).toList();
  }

  private static void gets(Listener l, List<String> all) {
    try {
      Eventually.within(SOON, l.name + " gets all", () -> l.got.size() >= all.size());
    } catch (AssertionError e) {
      assertThat(l.got).isEqualTo(all);
      throw e;
    }
    assertThat(l.got).isEqualTo(all);
  }

  @Test
  void aSubscriptionThatIsAnsweredGetsWhatIsPublishedElsewhere() {
    Instance a = instance("a");
    Instance b = instance("b");
    meet(a, b);
    Listener l = b.listener("l", 1);

    l.listen("/x/*");
    Realtime.Published wanted = a.publish("p", 1, "/x/1", "one");
    Realtime.Published unwanted = a.publish("p", 2, "/y/1", "two");

    assertThat(wanted.members()).isOne();
    assertThat(unwanted.members()).isZero();
    gets(l, List.of("one"));
  }

  @Test
  void whoJoinsLateHearsFromAllWhoWereThere() {
    Instance a = instance("a");
    Instance b = instance("b");
    meet(a, b);
    Listener early = a.listener("early", 0);
    early.listen("/x/**");
    b.publish("b", 1, "/x/1", "b1");
    gets(early, List.of("b1"));

    Instance c = instance("c");
    c.meets(a);
    c.meets(b);
    linked(c, a);
    linked(c, b);
    Listener late = c.listener("late", 0);
    late.listen("/x/*");
    b.publish("b", 2, "/x/1", "b2");
    gets(early, List.of("b1", "b2"));
    gets(late, List.of("b2"));
    // The newcomer had to be told of the interests that were there before it.
    Eventually.within(SOON, "c knows", () -> c.publish("c", 1, "/x/1", "probe").members() == 1);
    c.publish("c", 2, "/x/1/2", "c2");
    Eventually.within(SOON, "a hears c", () -> early.got.contains("c2"));
  }

  @Test
  void everythingArrivesOnceAndInOrderWhileTheCableIsPulled() {
    Instance a = instance("a");
    Instance b = behindWire("b", PLENTY);
    Wire wire = wire(b);
    meet(a, b);
    Listener l = b.listener("l", 1);
    l.listen("/x");
    Listener back = a.listener("back", 0);
    back.listen("/y");

    int total = 4000;
    for (int i = 1; i <= total; i++) {
      assertThat(a.publish("p", i, "/x", "n" + i).members()).isOne();
      if (i % 10 == 0) b.publish("q", i, "/y", "m" + i / 10);
      if (i % 1000 == 300) wire.cut();
      if (i % 1000 == 700) wire.mend();
    }

    gets(l, numbers("n", 1, total));
    gets(back, numbers("m", 1, total / 10));
    assertThat(b.realtime.view().lost()).isZero();
    assertThat(a.realtime.view().lost()).isZero();
  }

  @Test
  void whatNoLongerFitsIsCountedAndTheStreamGoesOn() {
    Instance a = add(new Instance("a", random, Optional.empty(), 100_000));
    Instance b = behindWire("b", PLENTY);
    Wire wire = wire(b);
    meet(a, b);
    Listener l = b.listener("l", 0);
    l.listen("/x");
    a.publish("p", 0, "/x", "first");
    gets(l, List.of("first"));
    wire.cut();
    Eventually.within(SOON, "cut", () -> !a.links.linked(b.links.listening()));

    String padding = "-".repeat(1000);
    for (int i = 1; i <= 1000; i++) a.publish("p", i, "/x", i + padding);
    wire.mend();
    Eventually.within(SOON, "the loss is known", () -> b.realtime.view().lost() > 0);
    linked(a, b);
    Eventually.within(
        SOON,
        "publications arrive again",
        () -> {
          a.publish("p", 5000, "/x", "after");
          return l.got.contains("after");
        });

    // All or nothing of the gap: whoever needs what is gone is told from where on it goes.
    assertThat(l.got.stream().filter(g -> g.endsWith(padding)).count() + b.realtime.view().lost())
        .isEqualTo(1000);
    // The interests came with the new beginning.
    Listener other = a.listener("other", 0);
    other.listen("/z");
    b.publish("q", 1, "/z", "back");
    gets(other, List.of("back"));
  }

  @Test
  void interestsThatChangeWhileTheCableIsOutAreKnownAfterwards() {
    Instance a = instance("a");
    Instance b = behindWire("b", PLENTY);
    Wire wire = wire(b);
    meet(a, b);
    Listener l = b.listener("l", 0);
    Subscription old = l.listen("/old");
    wire.cut();
    Eventually.within(SOON, "cut", () -> !b.links.linked(a.links.listening()));

    l.forget(old);
    l.listen("/new");
    wire.mend();
    linked(a, b);

    Eventually.within(
        SOON, "new is wanted", () -> a.publish("p", 1, "/new", "probe").members() == 1);
    Eventually.within(SOON, "old is not", () -> a.publish("p", 2, "/old", "stale").members() == 0);
    Eventually.within(SOON, "the new one arrives", () -> !l.got.isEmpty());
    assertThat(l.got).containsOnly("probe");
  }

  @Test
  void nothingIsDeliveredAfterUnsubscribing() {
    Instance a = instance("a");
    Instance b = instance("b");
    meet(a, b);
    Listener l = b.listener("l", 1);
    Listener stays = b.listener("stays", 0);
    Subscription s = l.listen("/x");
    stays.listen("/x");
    CompletableFuture<Void> publishing =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 1; i <= 1000; i++) a.publish("p", i, "/x", "n" + i);
            },
            task -> Thread.ofVirtual().start(task));
    Eventually.within(SOON, "some arrive", () -> l.got.size() > 10);

    l.forget(s);

    int atReturn = l.got.size();
    publishing.join();
    gets(stays, numbers("n", 1, 1000));
    assertThat(l.got).isEqualTo(numbers("n", 1, atReturn));
    // With the last one gone the others need not send any more.
    stays.forget(new Subscription(stays, "/x", true, true, 5, new Instance.Keeping("frames")));
    Eventually.within(
        SOON, "nobody wants it", () -> a.publish("p", 2000, "/x", "x").members() == 0);
  }

  @Test
  void threePublishersEachInOrderForEverybody() {
    List<Instance> all = List.of(instance("a"), instance("b"), instance("c"));
    all.get(0).meets(all.get(1));
    all.get(0).meets(all.get(2));
    all.get(1).meets(all.get(2));
    for (Instance x : all) for (Instance y : all) if (x != y) linked(x, y);
    List<Listener> listeners = new ArrayList<>();
    for (Instance i : all) {
      for (int lane = 0; lane < 2; lane++) {
        Listener l = i.listener(i.name + lane, lane);
        l.listen(lane == 0 ? "/x/*" : "*");
        listeners.add(l);
      }
    }

    List<CompletableFuture<Void>> publishing =
        all.stream()
            .map(
                i ->
                    CompletableFuture.runAsync(
                        () -> {
                          for (int n = 1; n <= 500; n++) {
                            assertThat(i.publish(i.name, n, "/x/" + i.name, i.name + n).members())
                                .isEqualTo(2);
                          }
                        },
                        task -> Thread.ofVirtual().start(task)))
            .toList();
    publishing.forEach(CompletableFuture::join);

    for (Listener l : listeners) {
      Eventually.within(SOON, l.name + " gets all", () -> l.got.size() >= 1500);
      for (Instance i : all) {
        assertThat(l.got.stream().filter(g -> g.startsWith(i.name)).toList())
            .as(l.name + " from " + i.name)
            .isEqualTo(numbers(i.name, 1, 500));
      }
    }
  }

  @Test
  void aMemberThatFailedIsNoLongerSentToAndComesBackWhole() {
    Instance a = instance("a");
    Instance b = behindWire("b", PLENTY);
    Wire wire = wire(b);
    meet(a, b);
    Listener l = b.listener("l", 0);
    l.listen("/x");
    wire.cut();
    Eventually.within(SOON, "cut", () -> !a.links.linked(b.links.listening()));

    a.told(b, false);
    assertThat(a.publish("p", 1, "/x", "lost").members()).isZero();
    // Whoever waits for it is let go.
    Listener waiting = a.listener("w", 0);
    waiting.listen("/w");
    wire.mend();
    a.told(b, true);
    linked(a, b);

    Eventually.within(
        SOON, "b is sent to again", () -> a.publish("p", 2, "/x", "again").members() == 1);
    Eventually.within(SOON, "b hears", () -> l.got.contains("again"));
    assertThat(l.got).doesNotContain("lost");
  }

  /// Stops a lane until told.
  private static CountDownLatch stopped(Listener l) {
    CountDownLatch go = new CountDownLatch(1);
    l.on.execute(
        () -> {
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    return go;
  }

  private Instance narrow(String name) {
    return add(new Instance(name, random, Optional.empty(), PLENTY, 64 << 10));
  }

  @Test
  void aFullLaneTellsPublishersToWaitAndLosesNothing() {
    Instance a = narrow("a");
    Listener l = a.listener("l", 1);
    l.listen("/x/*");
    CountDownLatch go = stopped(l);
    List<String> sent = new ArrayList<>();
    List<Realtime.Published> done = new ArrayList<>();

    do {
      sent.add("%04d".formatted(sent.size()) + "x".repeat(1000));
      done.add(a.publishNow("p", sent.size(), "/x/1", sent.getLast()));
    } while (!done.getLast().crowded());

    assertThat(sent).hasSizeBetween(50, 70);
    assertThat(a.realtime.view().waiting()).isBetween(64L << 10, 70L << 10);
    CompletableFuture<Void> rest = done.getLast().rest();
    assertThat(rest).isNotNull().isNotDone();
    go.countDown();
    rest.orTimeout(20, TimeUnit.SECONDS).join();
    gets(l, sent);
    assertThat(a.realtime.view().waiting()).isZero();
    assertThat(a.publishNow("p", 9999, "/x/1", "again").crowded()).isFalse();
  }

  @Test
  void aFullLanePutsPublicationsOfOthersOffAndGetsThemLater() {
    Instance a = instance("a");
    Instance b = narrow("b");
    meet(a, b);
    Listener l = b.listener("l", 1);
    l.listen("/x/*");
    a.publish("p", 1, "/x/1", "0000");
    gets(l, List.of("0000"));
    CountDownLatch go = stopped(l);
    List<String> sent = new ArrayList<>(List.of("0000"));
    for (int i = 1; i <= 2000; i++) {
      sent.add("%04d".formatted(i) + "x".repeat(1000));
      a.publish("p", i + 1, "/x/1", sent.getLast());
    }
    Eventually.within(SOON, "some are put off", () -> b.realtime.view().deferred() > 100);
    assertThat(b.realtime.view().waiting()).isBetween(64L << 10, 70L << 10);

    go.countDown();

    gets(l, sent);
    assertThat(b.realtime.view().lost()).isZero();
    Eventually.within(SOON, "none waits", () -> b.realtime.view().waiting() == 0);
    // Interests travel on the same streams.
    Listener later = a.listener("later", 0);
    later.listen("/y");
    assertThat(b.publish("q", 1, "/y", "there").members()).isOne();
  }

  @Test
  void recipientsOnAllMembersConfirm() {
    Instance a = instance("a");
    Instance b = instance("b");
    a.meets(b);
    linked(a, b);
    Listener here = a.listener("here", 1);
    Listener there = b.listener("there", 0);
    here.listen("/x/*");
    there.listen("/x/*");
    there.listen("/x/**");

    CompletableFuture<Receipt> receipt = a.publishAcknowledged("p", 1, "/x/1", "one");
    gets(here, List.of("one"));
    gets(there, List.of("one", "one"));
    a.realtime.acknowledge("here", "p-1");
    b.realtime.acknowledge("there", "p-1");
    assertThat(receipt).isNotDone();
    b.realtime.acknowledge("there", "p-1");

    assertThat(receipt.orTimeout(10, TimeUnit.SECONDS).join())
        .isEqualTo(new Receipt(3, 0, 0, 3, true));
    assertThat(a.publishAcknowledged("p", 2, "/nobody", "two").join())
        .isEqualTo(new Receipt(0, 0, 0, 0, true));
  }

  @Test
  void whoDoesNotConfirmAndWhoHasGoneMakeTheReceiptIncomplete() {
    Instance a = instance("a");
    Instance b = instance("b");
    a.meets(b);
    linked(a, b);
    Listener there = b.listener("there", 0);
    there.listen("/x/*");

    CompletableFuture<Receipt> silent = a.publishAcknowledged("p", 1, "/x/1", "one");
    assertThat(silent.orTimeout(10, TimeUnit.SECONDS).join())
        .isEqualTo(new Receipt(1, 0, 0, 0, false));

    CompletableFuture<Receipt> lost = a.publishAcknowledged("p", 2, "/x/1", "two");
    a.told(b, false);
    assertThat(lost.orTimeout(10, TimeUnit.SECONDS).join().complete()).isFalse();
  }
}
