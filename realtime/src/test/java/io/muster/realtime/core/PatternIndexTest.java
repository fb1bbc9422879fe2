package io.muster.realtime.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PatternIndexTest {
  private record Sub(String pattern, int depth, int id) {}

  @Test
  void starsAreSegmentsAndDoubleStarsAreDepths() {
    assertThat(PatternIndex.meets("/my/*", 5, "/my/a")).isTrue();
    assertThat(PatternIndex.meets("/my/*", 5, "/my/a/b")).isFalse();
    assertThat(PatternIndex.meets("/my/te*", 5, "/my/test")).isFalse();
    assertThat(PatternIndex.meets("/p/**", 5, "/p")).isFalse();
    assertThat(PatternIndex.meets("/p/**", 2, "/p/x/y")).isTrue();
    assertThat(PatternIndex.meets("/p/**", 2, "/p/x/y/z")).isFalse();
    assertThat(PatternIndex.meets("x/y", 5, "/x/y")).isTrue();
    assertThat(PatternIndex.meets("*", 5, "/x/y/z")).isTrue();
    assertThat(PatternIndex.meets("/t/*", 5, "/t/*")).isTrue();
    assertThat(PatternIndex.meets("/t/a", 5, "/t/*")).isFalse();
  }

  @Test
  void theIndexFindsWhatAScanFindsWhileSubscriptionsComeAndGo() {
    Seeds.each(40, (_, random) -> aRun(random));
  }

  private static void aRun(Random random) {
    PatternIndex<Integer> index = new PatternIndex<>(50, Integer[]::new);
    List<Sub> subs = new ArrayList<>();
    for (int step = 0; step < 600; step++) {
      int what = random.nextInt(10);
      if (what < 4) {
        Sub s = new Sub(path(random, true), 1 + random.nextInt(3), step);
        subs.add(s);
        index.add(s.pattern, s.depth, s.id);
      } else if (what < 6 && !subs.isEmpty()) {
        Sub s = subs.remove(random.nextInt(subs.size()));
        index.remove(s.pattern, s.depth, s.id);
      } else {
        String topic = path(random, random.nextInt(10) == 0);
        List<Integer> expected =
            subs.stream()
                .filter(s -> PatternIndex.meets(s.pattern, s.depth, topic))
                .map(Sub::id)
                .sorted()
                .toList();
        List<Integer> found = new ArrayList<>(List.of(index.match(topic)));
        found.sort(null);
        assertThat(found).as("topic " + topic).isEqualTo(expected);
      }
    }
  }

  private static String path(Random random, boolean wild) {
    if (wild && random.nextInt(30) == 0) return "*";
    StringBuilder b = new StringBuilder(random.nextInt(5) == 0 ? "" : "/");
    int n = 1 + random.nextInt(4);
    for (int i = 0; i < n; i++) {
      if (i > 0) b.append('/');
      int r = random.nextInt(wild ? 5 : 3);
      b.append(r < 3 ? String.valueOf((char) ('a' + r)) : r == 3 ? "*" : i == n - 1 ? "**" : "*");
    }
    return b.toString();
  }
}
