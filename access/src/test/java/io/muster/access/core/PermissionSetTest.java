package io.muster.access.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.access.Action;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PermissionSetTest {
  private static PermissionSet.Rule rule(String pattern, Action... allowed) {
    int bits = 0;
    for (Action a : allowed) bits |= a.bit();
    return new PermissionSet.Rule("group g", pattern, bits, 0);
  }

  private static PermissionSet.Rule ban(String pattern, Action action) {
    return new PermissionSet.Rule("group h", pattern, 0, action.bit());
  }

  private static boolean covers(String pattern, String path) {
    return new PermissionSet(List.of(rule(pattern, Action.GET))).allows(Action.GET, path);
  }

  /// The measured effects of happn-3, but for doubled characters.
  @ParameterizedTest
  @CsvSource({
    "/a/*, /a/b, true",
    "/a/*, /a/b/c/d, true",
    "/a/*, /a/, true",
    "/a/*, /a/*, true",
    "/a/*, /a, false",
    "/a/*, /A/b, false",
    "/a*, /abc, true",
    "/a*, /abc/d, true",
    "/a*, /A1, true",
    "/x/*/z, /x/1/z, true",
    "/x/*/z, /x/1/2/3/z, true",
    "/x/*/z, /x/z, false",
    "/a/*/b/*, /a/1/b/2, true",
    "/a/*/b/*, /a/1/2/b/3, false",
    "*, /anything/at/all, true",
    "*, plain, true",
    "/*, /anything/at/all, true",
    "*/z, /x/y/z, true",
    "/a/b, /a/b, true",
    "/a/b, /A/b, false",
    "/a/b, /a/*, false",
    "/a/b, /a/b/c, false",
    "/hello*, /heXo1, false",
    "/a/te*t/b*, /a/te12t/b/c, true",
    "/a/te*t/b*, /a/te1/2t/b, false",
    "/a**, /a/b, true",
  })
  void aPatternCovers(String pattern, String path, boolean expected) {
    assertThat(covers(pattern, path)).isEqualTo(expected);
  }

  @Test
  void aProhibitionAlwaysWins() {
    PermissionSet set =
        new PermissionSet(
            List.of(
                rule("/a/*", Action.ANY),
                ban("/a/secret/*", Action.SET),
                rule("/a/secret/b", Action.SET)));
    assertThat(set.allows(Action.SET, "/a/b")).isTrue();
    assertThat(set.allows(Action.SET, "/a/secret/b")).isFalse();
    assertThat(set.allows(Action.GET, "/a/secret/b")).isTrue();
    assertThat(set.deciding(Action.SET, "/a/secret/b"))
        .extracting(PermissionSet.Rule::pattern)
        .containsExactly("/a/secret/*");
  }

  @Test
  void whatNobodyMentionsIsRefused() {
    PermissionSet set = new PermissionSet(List.of(rule("/a/*", Action.GET)));
    assertThat(set.allows(Action.SET, "/a/b")).isFalse();
    assertThat(set.allows(Action.GET, "/b")).isFalse();
    assertThat(new PermissionSet(List.of()).allows(Action.GET, "/a")).isFalse();
  }

  @Test
  void everythingIsEverythingOnlyWithoutProhibitions() {
    assertThat(new PermissionSet(List.of(rule("*", Action.ANY))).everything()).isTrue();
    assertThat(new PermissionSet(List.of(rule("*", Action.GET))).everything()).isFalse();
    assertThat(
            new PermissionSet(List.of(rule("*", Action.ANY), ban("/x", Action.GET))).everything())
        .isFalse();
  }

  /// The tree finds what a walk over all patterns finds.
  @Test
  void theTreeAgreesWithAWalkOverAllPatterns() {
    Random random = new Random(42);
    String[] parts = {"a", "b", "A", "*", "a*", "*b", "", "c*d", "cxd"};
    for (int round = 0; round < 3000; round++) {
      List<String> patterns = new ArrayList<>();
      for (int i = 0; i < 6; i++) patterns.add(path(random, parts));
      String path = path(random, parts);
      boolean naive = patterns.stream().anyMatch(p -> naive(p, path));
      PermissionSet set =
          new PermissionSet(patterns.stream().map(p -> rule(p, Action.GET)).toList());
      assertThat(set.allows(Action.GET, path)).as("%s against %s", path, patterns).isEqualTo(naive);
    }
  }

  private static String path(Random random, String[] parts) {
    StringBuilder s = new StringBuilder(random.nextBoolean() ? "/" : "");
    int n = 1 + random.nextInt(4);
    for (int i = 0; i < n; i++) {
      if (i > 0) s.append('/');
      s.append(parts[random.nextInt(parts.length)]);
    }
    return s.toString();
  }

  private static boolean naive(String pattern, String path) {
    if (pattern.indexOf('*') < 0) return pattern.equals(path);
    String[] p = pattern.split("/", -1);
    String[] s = path.split("/", -1);
    for (int i = 0; i < p.length - 1; i++) {
      if (i >= s.length - 1) return false;
      String regex = ("\\Q" + p[i] + "\\E").replace("*", "\\E.*\\Q");
      if (!s[i].matches(regex)) return false;
    }
    return path.matches("(?i)" + ("\\Q" + pattern + "\\E").replace("*", "\\E.*\\Q"));
  }
}
