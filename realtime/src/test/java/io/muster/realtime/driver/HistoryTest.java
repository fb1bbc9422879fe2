package io.muster.realtime.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.realtime.HistoryRule;
import io.muster.realtime.Realtime;
import io.muster.realtime.driver.Instance.Listener;
import io.muster.testing.Eventually;
import io.muster.testing.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Masks of replication, and what clients get that come back, over real links.
class HistoryTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final HistoryRule KEPT = new HistoryRule("/h/**", 500, Duration.ofMinutes(5));
  private final Random random = Seeds.random(23);
  private final List<Instance> started = new ArrayList<>();
  private final List<Wire> wires = new ArrayList<>();

  @AfterEach
  void stop() {
    started.forEach(Instance::close);
    wires.forEach(Wire::close);
  }

  private Instance instance(
      String name, Optional<String> advertise, List<String> masks, List<HistoryRule> kept) {
    Instance i = new Instance(name, random, advertise, 32 << 20, 32 << 20, masks, kept);
    started.add(i);
    return i;
  }

  private Instance keeping(String name) {
    return instance(name, Optional.empty(), List.of("*"), List.of(KEPT));
  }

  private static void meet(Instance a, Instance b) {
    a.meets(b);
    Eventually.within(
        SOON,
        a.name + " and " + b.name + " agreed",
        () ->
            a.realtime.streams().stream().anyMatch(s -> s.member().equals(b.id()) && s.live())
                && b.realtime.streams().stream()
                    .anyMatch(s -> s.member().equals(a.id()) && s.live()));
  }

  private static void gets(Listener l, List<String> all) {
    Eventually.within(SOON, l.name + " gets all", () -> l.got.size() >= all.size());
    assertThat(l.got).isEqualTo(all);
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(i -> "n" + i).toList();
  }

  @Test
  void whatNoMaskMeetsStaysAndWhatSeveralMeetLeavesOnce() {
    List<String> masks = List.of("/a/*", "/*/b", "/__REPLICATE");
    Instance a = instance("a", Optional.empty(), masks, List.of());
    Instance b = instance("b", Optional.empty(), masks, List.of());
    meet(a, b);
    Listener there = b.listener("there", 0);
    there.listen("**");
    Listener here = a.listener("here", 0);
    here.listen("**");

    assertThat(a.publish("p", 1, "/a/b", "both").members()).isOne();
    assertThat(a.publish("p", 2, "/c/d", "none").members()).isZero();
    assertThat(a.publish("p", 3, "/__REPLICATE", "always").members()).isOne();
    assertThat(a.publish("p", 4, "/a/x", "one").members()).isOne();

    gets(there, List.of("both", "always", "one"));
    gets(here, List.of("both", "none", "always", "one"));
  }

  @Test
  void sessionsThatAreMeantGetItOnWhicheverMemberTheyAre() {
    Instance a = instance("a", Optional.empty(), List.of("*"), List.of());
    Instance b = instance("b", Optional.empty(), List.of("*"), List.of());
    meet(a, b);
    Listener meant = b.listener("meant", 1);
    meant.listen("/x");
    Listener other = b.listener("other", 1);
    other.listen("/x");
    List<String> many = new ArrayList<>(IntStream.range(0, 70_000).mapToObj(i -> "s" + i).toList());
    many.add("meant");

    a.publish("p", 1, "/x", "one", List.of("meant"), false);
    a.publish("p", 2, "/x", "nobody", List.of(), false);
    a.publish("p", 3, "/x", "two", many, false);
    a.publish("p", 4, "/x", "all");

    gets(meant, List.of("one", "two", "all"));
    gets(other, List.of("all"));
  }

  @Test
  void whoComesBackToAnotherMemberGetsWhatItMissedAndNothingTwice() {
    Instance a = keeping("a");
    Instance b = keeping("b");
    Instance c = keeping("c");
    meet(a, b);
    meet(a, c);
    meet(b, c);
    Listener before = b.listener("before", 0);
    Instance.Seat seat = before.resume("/h/**", null);
    assertThat(seat.how().recovered()).isFalse();
    assertThat(seat.how().reason()).isEmpty();
    for (int i = 1; i <= 10; i++) a.publish("p", i, "/h/" + i % 3, "n" + i);
    gets(before, numbers(1, 10));
    String position = before.position;
    before.forget(seat.subscription());
    for (int i = 11; i <= 20; i++) c.publish("p", i, "/h/" + i % 3, "n" + i);
    c.publish("p", 21, "/unkept", "no");

    Listener after = c.listener("after", 1);
    Realtime.Resumed how = after.resume("/h/**", position).how();
    for (int i = 21; i <= 25; i++) b.publish("p", i, "/h/" + i % 3, "n" + i);

    assertThat(how.recovered()).as(how.reason()).isTrue();
    gets(after, numbers(11, 25));
    // Of the position that it began with nothing is left; with its last one there is nothing more.
    Listener again = a.listener("again", 0);
    assertThat(again.resume("/h/**", after.position).how().missed()).isEmpty();
  }

  @Test
  void whatAMemberPublishedBeforeItLeftIsThereElsewhere() {
    Instance a = keeping("a");
    Instance b = keeping("b");
    Instance c = keeping("c");
    meet(a, b);
    meet(a, c);
    meet(b, c);
    Listener l = a.listener("l", 0);
    String start = l.resume("/h/*", null).how().position();
    for (int i = 1; i <= 5; i++) a.publish("p", i, "/h/x", "n" + i);

    a.realtime.retire().orTimeout(10, TimeUnit.SECONDS).join();
    a.close();
    started.remove(a);
    b.told(a, false);
    c.told(a, false);

    for (Instance i : List.of(b, c)) {
      Listener back = i.listener("back", 1);
      Realtime.Resumed how = back.resume("/h/*", start).how();
      assertThat(how.recovered()).as(i.name + " " + how.reason()).isTrue();
      gets(back, numbers(1, 5));
    }
  }

  @Test
  void aMemberThatIsCutOffAndGivenUpIsNotSpokenForUntilItIsBack() {
    Instance a = keeping("a");
    Instance b = instance("b", Optional.of(Instance.PROXIED), List.of("*"), List.of(KEPT));
    Wire wire =
        new Wire(
            Instance.PROXIED,
            new io.muster.kernel.Address("127.0.0.1", b.links.listening().port()));
    wires.add(wire);
    meet(a, b);
    Listener l = a.listener("l", 0);
    String start = l.resume("/h/*", null).how().position();
    b.publish("p", 1, "/h/x", "n1");
    gets(l, numbers(1, 1));

    wire.freeze(true);
    Eventually.within(SOON, "a has given the link up", () -> a.links.peers().isEmpty());
    a.told(b, false);
    Realtime.Resumed alone = a.listener("alone", 0).resume("/h/*", start).how();
    assertThat(alone.recovered()).isFalse();
    assertThat(alone.reason()).isEqualTo("epoch_changed");

    // Meanwhile it publishes; who was at the other side when it was given up cannot know of that.
    b.publish("p", 2, "/h/x", "n2");
    wire.freeze(false);
    a.told(b, true);
    Eventually.within(
        SOON,
        "they agree again",
        () -> {
          Realtime.Resumed how = a.listener("again", 0).resume("/h/*", start).how();
          return how.reason().equals("too_old") || how.recovered() && how.missed().size() == 2;
        });
    b.publish("p", 3, "/h/x", "n3");
    Eventually.within(SOON, "live again", () -> l.got.contains("n3"));
  }

  @Test
  void aPeerThatWasGivenUpByOneSideOnlyGetsWhatIsPublishedAfterIt() {
    Instance a = instance("a", Optional.empty(), List.of("*"), List.of());
    Instance b = instance("b", Optional.empty(), List.of("*"), List.of());
    meet(a, b);
    Listener l = b.listener("l", 0);
    l.listen("/x");
    for (int i = 1; i <= 20; i++) a.publish("p", i, "/x", "n" + i);
    gets(l, numbers(1, 20));

    a.told(b, false);
    a.told(b, true);
    Eventually.within(
        SOON, "a sends to b again", () -> a.publish("p", 21, "/x", "n21").members() == 1);

    Eventually.within(SOON, "b hears a", () -> l.got.contains("n21"));
  }

  @Test
  void withoutHistoryAPositionIsRefusedAndTheSubscriptionHoldsAllTheSame() {
    Instance a = instance("a", Optional.empty(), List.of("*"), List.of());
    Listener l = a.listener("l", 0);

    Realtime.Resumed how = l.resume("/h/*", "AQ").how();
    a.publish("p", 1, "/h/x", "n1");

    assertThat(how.recovered()).isFalse();
    assertThat(how.reason()).isEqualTo("no_history");
    gets(l, numbers(1, 1));
  }
}
