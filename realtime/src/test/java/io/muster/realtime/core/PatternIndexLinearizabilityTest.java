package io.muster.realtime.core;

import java.util.HashMap;
import java.util.Map;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/// Readers without locks beside writers: for each value under each pattern, what readers find is
/// what some order of the calls would give (Lincheck, against a map that counts).
///
/// Each value is looked at alone. A reader may well meet the second of two values that were added
/// one after the other and not the first, as subscriptions promise nothing about each other.
class PatternIndexLinearizabilityTest {
  private static final String[] PATTERNS = {"/a/b", "/a/*", "/a/**", "*", "/*/b", "/c"};

  /// Two topics for each pattern, so that one may be in the cache and the other not.
  private static final String[][] TOPICS = {
    {"/a/b", "a/b"},
    {"/a/b", "/a/x"},
    {"/a/b", "/a/b/c"},
    {"/a/b", "/c"},
    {"/a/b", "/x/b"},
    {"/c", "c"}
  };

  /// What the index has to be equal to.
  public static final class Naive {
    private final Map<Integer, Integer> counts = new HashMap<>();

    public void add(int pattern) {
      counts.merge(pattern, 1, Integer::sum);
    }

    public void remove(int pattern) {
      counts.computeIfPresent(pattern, (_, n) -> n == 1 ? null : n - 1);
    }

    public int found(int pattern, int topic) {
      return counts.getOrDefault(pattern, 0);
    }
  }

  /// The index under the same operations; made anew by Lincheck for each run.
  @Param(name = "pattern", gen = IntGen.class, conf = "0:5")
  @Param(name = "topic", gen = IntGen.class, conf = "0:1")
  public static final class Indexed {
    // Two topics fill the cache, so that it is emptied on the way, too.
    private final PatternIndex<Integer> index = new PatternIndex<>(2, Integer[]::new);

    @Operation
    public void add(@Param(name = "pattern") int pattern) {
      index.add(PATTERNS[pattern], 5, pattern);
    }

    @Operation
    public void remove(@Param(name = "pattern") int pattern) {
      index.remove(PATTERNS[pattern], 5, pattern);
    }

    @Operation
    public int found(@Param(name = "pattern") int pattern, @Param(name = "topic") int topic) {
      int n = 0;
      for (Integer value : index.match(TOPICS[pattern][topic])) if (value == pattern) n++;
      return n;
    }
  }

  @Test
  void holdsUnderStress() {
    new StressOptions()
        .threads(3)
        .actorsPerThread(4)
        .actorsBefore(3)
        .iterations(10)
        .invocationsPerIteration(1000)
        .sequentialSpecification(Naive.class)
        .check(Indexed.class);
  }

  @Test
  void holdsInEveryInterleavingTried() {
    new ModelCheckingOptions()
        .threads(2)
        .actorsPerThread(3)
        .actorsBefore(2)
        .iterations(10)
        .invocationsPerIteration(300)
        .sequentialSpecification(Naive.class)
        .check(Indexed.class);
  }
}
