package io.muster.testing;

import java.nio.file.Path;
import java.util.Random;

/// Picks the seeds of tests that use chance, and says how to run a failed one again.
///
/// By default a test runs the seeds from 0 up, the same ones everywhere, so that a green build says
/// something about this commit and not about luck. `-Dmuster.seeds=N` runs N of each test instead,
/// for a long night; `-Dmuster.seed=S` runs the seed S alone, which is what a failure prints. Both
/// are given to Maven and reach the tests by themselves.
///
/// All methods may be called on any thread.
public final class Seeds {
  private Seeds() {}

  /// One run of a test.
  @FunctionalInterface
  public interface Trial {
    /// @param seed of this run, for what wants to make its own source of chance of it
    /// @param random made of it, and the same one each time
    void run(long seed, Random random) throws Exception;
  }

  /// Runs a test with several seeds, one after another, until one fails.
  ///
  /// @param count how many, where the command line does not say otherwise
  /// @throws AssertionError with the failure as its cause; names the seed and the command that runs
  ///     it again
  public static void each(int count, Trial trial) {
    Long only = Long.getLong("muster.seed");
    long from = only == null ? 0 : only;
    long n = only == null ? Integer.getInteger("muster.seeds", count) : 1;
    for (long seed = from; seed - from < n; seed++) {
      try {
        trial.run(seed, new Random(scattered(seed)));
      } catch (Exception | AssertionError e) {
        throw new AssertionError(
            "seed " + seed + " fails: " + e.getMessage() + "\nrun it again: " + command(seed), e);
      }
    }
  }

  /// A source of chance for a test that runs once and whose threads make it different each time
  /// anyway, so that only its data and not its course can be repeated.
  ///
  /// @param usual the seed where the command line names none
  public static Random random(long usual) {
    return new Random(scattered(Long.getLong("muster.seed", usual)));
  }

  /// The first numbers that [Random] draws for neighbouring seeds are nearly the same, so that a
  /// thousand seeds would begin in one way; this is the last step of SplitMix64 (Steele, Lea and
  /// Flood 2014), which puts neighbours far apart.
  private static long scattered(long seed) {
    long z = (seed + 1) * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /// The command that runs the calling test class with one seed.
  private static String command(long seed) {
    String test =
        StackWalker.getInstance()
            .walk(
                frames ->
                    frames
                        .map(StackWalker.StackFrame::getClassName)
                        .filter(name -> !name.equals(Seeds.class.getName()))
                        .findFirst()
                        .orElse("?"));
    String outermost = test.contains("$") ? test.substring(0, test.indexOf('$')) : test;
    String name = outermost.substring(outermost.lastIndexOf('.') + 1);
    return "./mvnw"
        + module()
        + " -am test -Dtest="
        + name
        + " -Dsurefire.failIfNoSpecifiedTests=false -Dmuster.seed="
        + seed;
  }

  /// The module in whose directory the tests run, as Maven's option.
  private static String module() {
    String root = System.getProperty("muster.root");
    if (root == null) return "";
    Path here = Path.of("").toAbsolutePath();
    Path top = Path.of(root).toAbsolutePath();
    return here.startsWith(top) && !here.equals(top) ? " -pl " + top.relativize(here) : "";
  }
}
