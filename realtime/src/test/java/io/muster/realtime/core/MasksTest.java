package io.muster.realtime.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Seeds;
import java.util.List;
import org.junit.jupiter.api.Test;

class MasksTest {
  private static List<String> reduced(String... masks) {
    return Masks.of(List.of(masks)).patterns();
  }

  @Test
  void everythingSwallowsTheRest() {
    assertThat(reduced("*")).containsExactly("*");
    assertThat(reduced("/a/b", "*", "/__REPLICATE")).containsExactly("*");
  }

  @Test
  void membersAlwaysTellEachOther() {
    assertThat(reduced("/a/b")).containsExactly("/a/b", "/__REPLICATE");
    assertThat(reduced()).containsExactly("/__REPLICATE");
  }

  @Test
  void whatOthersCoverAndWhatIsThereTwiceGoes() {
    assertThat(reduced("/a/*", "/a/b", "/a/*", "a/*", "/a/b/c"))
        .containsExactly("/a/*", "/a/b/c", "/__REPLICATE");
    assertThat(reduced("/a/b/*", "/a/**", "/a/**")).containsExactly("/a/**", "/__REPLICATE");
    assertThat(reduced("/*/b", "/a/*")).containsExactly("/*/b", "/a/*", "/__REPLICATE");
    assertThat(reduced("/*", "/a/b")).containsExactly("/*", "/a/b");
  }

  @Test
  void aStarAfterASlashAloneIsWhatMeantEverything() {
    assertThat(reduced("/*")).containsExactly("*");
    assertThat(reduced("/*", "/__REPLICATE")).containsExactly("*");
    assertThat(Masks.old(List.of("/*"))).isTrue();
    assertThat(Masks.old(List.of("*"))).isFalse();
    assertThat(Masks.old(List.of())).isFalse();
  }

  @Test
  void aMaskThatWouldMeetNothingIsToldApart() {
    assertThat(Masks.objection("/a/te*")).contains("whole segment");
    assertThat(Masks.objection("/**/a")).contains("only at the end");
    assertThat(Masks.objection("/a/*/b/**")).isNull();
    assertThat(Masks.objection("*")).isNull();
  }

  private static String pattern(java.util.Random random) {
    if (random.nextInt(12) == 0) return "*";
    StringBuilder s = new StringBuilder();
    int n = 1 + random.nextInt(3);
    for (int i = 0; i < n; i++) s.append('/').append(List.of("a", "b", "*").get(random.nextInt(3)));
    if (random.nextInt(3) == 0) s.append("/**");
    return s.toString();
  }

  private static String topic(java.util.Random random) {
    StringBuilder s = new StringBuilder();
    int n = 1 + random.nextInt(5);
    for (int i = 0; i < n; i++) s.append('/').append(List.of("a", "b", "c").get(random.nextInt(3)));
    return s.toString();
  }

  @Test
  void whatPatternsSayOfEachOtherHoldsForTopics() {
    Seeds.each(
        2000,
        (_, random) -> {
          String wide = pattern(random);
          String narrow = pattern(random);
          int wideDepth = 1 + random.nextInt(3);
          int depth = 1 + random.nextInt(3);
          boolean covers = Patterns.covers(wide, wideDepth, narrow, depth);
          boolean overlap = Patterns.overlap(wide, narrow);
          for (int i = 0; i < 50; i++) {
            String topic = topic(random);
            boolean one = PatternIndex.meets(wide, wideDepth, topic);
            boolean other = PatternIndex.meets(narrow, depth, topic);
            if (covers && other) assertThat(one).as(wide + " " + narrow + " " + topic).isTrue();
            if (one && other) assertThat(overlap).as(wide + " " + narrow + " " + topic).isTrue();
          }
        });
  }
}
