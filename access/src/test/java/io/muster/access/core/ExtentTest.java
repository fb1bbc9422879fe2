package io.muster.access.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.access.Action;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How much of a pattern with `**` a set of rules lets see.
class ExtentTest {
  private static final int ON = Action.ON.bit();

  /// `+/a/*` allows, `-/a/x` prohibits.
  private static PermissionSet set(String rules) {
    List<PermissionSet.Rule> all = new ArrayList<>();
    for (String r : rules.split(" ")) {
      boolean allows = r.startsWith("+");
      all.add(new PermissionSet.Rule("group g", r.substring(1), allows ? ON : 0, allows ? 0 : ON));
    }
    return new PermissionSet(all);
  }

  @ParameterizedTest
  @CsvSource({
    // What happn's manual shows, and what is beside it.
    "+/t/1 +/t/2/3 +/t/4/5/6, /t/**, SOME",
    "+/t/1 +/t/2/3, t/**, SOME",
    "+/t/1 +/t/2/3, /u/**, NONE",
    "+/t/1, /t/1/**, NONE",
    "+/t/*, /t/1/**, SOME",
    "+/t/*, /t/**, SOME",
    "+*, /t/**, SOME",
    "+/T/*, /t/**, SOME",
    "+*/z, /t/**, SOME",
    "+/t/1, **, SOME",
    "+/t/1, /*/**, SOME",
    "+/a/*/c, /a/b/**, SOME",
    "+/a/*/c, /b/**, NONE",
    // Prohibitions.
    "-/t/1 +/u/1, /t/**, NONE",
    "+/t/* -/t/x, /t/**, SOME",
    "+/t/* -/t/x/*, /t/x/**, NONE",
    "+/t/* -/t/*, /t/**, NONE",
    "+/t/1 -/t/*, /t/**, NONE",
    "+/t/* +/t/x/y -/t/x/*, /t/x/**, NONE",
    "+/t/1 +/t/x -/t/x, /t/**, SOME",
    "+/t/x -/t/x, /t/**, NONE",
  })
  void aPatternMayBeSeen(String rules, String pattern, Extent expected) {
    assertThat(set(rules).extent(Action.ON, pattern)).isEqualTo(expected);
  }

  @Test
  void allNeedsNoQuestions() {
    PermissionSet everything =
        new PermissionSet(
            List.of(new PermissionSet.Rule("group admins", "*", Action.ANY.bit(), 0)));

    assertThat(everything.extent(Action.GET, "/a/**")).isEqualTo(Extent.ALL);
    assertThat(Extent.ALL.and(Extent.SOME)).isEqualTo(Extent.SOME);
    assertThat(Extent.SOME.and(Extent.NONE)).isEqualTo(Extent.NONE);
  }

  @Test
  void otherActionsDoNotCount() {
    PermissionSet set =
        new PermissionSet(List.of(new PermissionSet.Rule("group g", "/a/*", Action.GET.bit(), 0)));

    assertThat(set.extent(Action.ON, "/a/**")).isEqualTo(Extent.NONE);
    assertThat(set.extent(Action.GET, "/a/**")).isEqualTo(Extent.SOME);
  }

  /// Against a look at every path there is: where it says NONE nobody could see anything.
  @Test
  void noneMeansThatNothingCouldBeSeen() {
    Random random = new Random(26);
    List<String> paths = new ArrayList<>();
    String[] names = {"a", "b", "c"};
    for (String x : names) {
      paths.add("/" + x);
      for (String y : names) {
        paths.add("/" + x + "/" + y);
        for (String z : names) paths.add("/" + x + "/" + y + "/" + z);
      }
    }
    String[] segments = {"a", "b", "c", "*", "a*"};
    int none = 0;
    for (int round = 0; round < 20_000; round++) {
      List<PermissionSet.Rule> rules = new ArrayList<>();
      for (int i = random.nextInt(1, 5); i > 0; i--) {
        boolean allows = random.nextInt(3) > 0;
        String pattern = pattern(random, segments);
        rules.add(new PermissionSet.Rule("g", pattern, allows ? ON : 0, allows ? 0 : ON));
      }
      PermissionSet set = new PermissionSet(rules);
      String base = random.nextInt(4) == 0 ? "" : pattern(random, new String[] {"a", "b", "*"});
      String asked = base + "/**";

      Extent extent = set.extent(Action.ON, asked);

      boolean visible = paths.stream().anyMatch(p -> below(base, p) && set.allows(Action.ON, p));
      if (extent == Extent.NONE) none++;
      // A prohibition of the pattern's own text refuses it as a whole, as it does any request.
      boolean forbidden = set.prohibits(Action.ON, asked);
      if (visible && !forbidden) {
        assertThat(extent).as("%s of %s", asked, rules).isNotEqualTo(Extent.NONE);
      }
    }
    assertThat(none).isGreaterThan(1000);
  }

  private static String pattern(Random random, String[] segments) {
    StringBuilder b = new StringBuilder();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      b.append('/').append(segments[random.nextInt(segments.length)]);
    }
    return b.toString();
  }

  /// Whether a subscription to everything below a base gets a path.
  private static boolean below(String base, String path) {
    List<String> b = List.of(base.split("/", -1));
    List<String> p = List.of(path.split("/", -1));
    if (p.size() <= b.size()) return false;
    for (int i = 0; i < b.size(); i++) {
      if (!Set.of(p.get(i), "*").contains(b.get(i))) return false;
    }
    return true;
  }
}
