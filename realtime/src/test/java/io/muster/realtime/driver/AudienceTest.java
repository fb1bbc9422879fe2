package io.muster.realtime.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.realtime.Realtime;
import io.muster.realtime.Subscription;
import io.muster.realtime.driver.Instance.Listener;
import io.muster.testing.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Who is served on one member with two lanes.
class AudienceTest {
  private final Instance member = new Instance("a", Seeds.random(1), Optional.empty(), 1 << 20);

  @AfterEach
  void stop() {
    member.close();
  }

  @Test
  void allLanesAreServedAndCounted() {
    Listener here = member.listener("here", 0);
    Listener there = member.listener("there", 1);
    here.listen("/x");
    there.listen("/x");
    there.listen("/*");

    Realtime.Published p = member.publish("p", 1, "/x", "one");

    assertThat(p.successful()).as("on the publisher's own lane").isOne();
    assertThat(here.got).containsExactly("one");
    assertThat(there.got).containsExactly("one", "one");
    assertThat(member.realtime.view().deliveries()).isEqualTo(3);
  }

  @Test
  void equalSubscriptionsAreServedOnceAndCountedDownOneByOne() {
    Listener l = member.listener("l", 0);
    Subscription first = l.listen("/x");
    Subscription second = l.listen("/x");
    member.publish("p", 1, "/x", "one");

    l.forget(first);
    member.publish("p", 2, "/x", "two");
    l.forget(second);
    member.publish("p", 3, "/x", "three");
    l.forget(second);

    assertThat(l.got).containsExactly("one", "two");
    assertThat(member.realtime.view().subscriptions()).isZero();
  }

  @Test
  void targetsAndLocalPublicationsLeaveOthersOut() {
    Listener one = member.listener("one", 0);
    Listener two = member.listener("two", 0);
    Listener peer = member.peer("peer", 0);
    List.of(one, two, peer).forEach(l -> l.listen("/x"));

    Realtime.Published some = member.publish("p", 1, "/x", "some", List.of("two"), false);
    Realtime.Published none = member.publish("p", 2, "/x", "none", List.of(), false);
    Realtime.Published local = member.publish("p", 3, "/x", "local", null, true);

    assertThat(some.successful()).isOne();
    assertThat(some.skipped()).isEqualTo(2);
    assertThat(none.successful()).isZero();
    assertThat(none.skipped()).isEqualTo(3);
    assertThat(local.successful()).isEqualTo(2);
    assertThat(one.got).containsExactly("local");
    assertThat(two.got).containsExactly("some", "local");
    assertThat(peer.got).isEmpty();
  }

  @Test
  void manyComeAndGo() {
    Seeds.each(
        20,
        (seed, random) -> {
          List<Listener> in = new ArrayList<>();
          List<Listener> all = new ArrayList<>();
          for (int i = 0; i < 30; i++) all.add(member.listener("l" + i, i % 2));
          List<Subscription> subscriptions = new ArrayList<>();
          for (int step = 0; step < 60; step++) {
            Listener l = all.get(random.nextInt(all.size()));
            int at = in.indexOf(l);
            if (at < 0) {
              in.add(l);
              subscriptions.add(l.listen("/s" + seed));
            } else {
              in.remove(at);
              l.forget(subscriptions.remove(at));
            }
            String data = "n" + step;
            member.publish("p", step, "/s" + seed, data);
            for (Listener x : all) assertThat(x.got.contains(data)).isEqualTo(in.contains(x));
          }
          for (int i = 0; i < in.size(); i++) in.get(i).forget(subscriptions.get(i));
        });
  }
}
