package io.muster.realtime.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Finding the subscriptions that meet a topic.
///
/// Topics change from call to call, so that no call profits from the one before: with `cached` all
/// of them have been asked for before and fit the cache, without it none of them ever is in it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PatternIndexBenchmark {
  private static final int TOPICS = 1024;

  /// What is subscribed to: nothing but the topics themselves, one level or all below, or a mix of
  /// all of them.
  public enum Patterns {
    EXACT,
    WILDCARD,
    MIXED
  }

  @Param({"EXACT", "WILDCARD", "MIXED"})
  public Patterns patterns = Patterns.EXACT;

  @Param({"100", "10000"})
  public int count;

  @Param({"true", "false"})
  public boolean cached;

  private PatternIndex<Integer> index = new PatternIndex<>(1, Integer[]::new);
  private String[] topics = {};
  private int next;

  /// Fills the index.
  @Setup
  public void fill() {
    index = new PatternIndex<>(cached ? 4 * TOPICS : 1, Integer[]::new);
    Random random = new Random(7);
    List<String> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String topic = "/plant" + i % 100 + "/line" + i / 100 + "/sensor";
      all.add(topic);
      index.add(pattern(topic, i), 5, i);
    }
    Collections.shuffle(all, random);
    topics = new String[TOPICS];
    for (int i = 0; i < TOPICS; i++) topics[i] = all.get(i % all.size());
    for (String t : topics) index.match(t);
  }

  private String pattern(String topic, int i) {
    return switch (patterns) {
      case EXACT -> topic;
      case WILDCARD -> wild(topic, i);
      case MIXED -> i % 2 == 0 ? topic : wild(topic, i);
    };
  }

  private static String wild(String topic, int i) {
    String[] s = PatternIndex.split(topic);
    // Each of them meets one topic, so that what is found is as long in all cases.
    return i % 4 == 1 ? "/" + s[0] + "/" + s[1] + "/**" : "/" + s[0] + "/" + s[1] + "/*";
  }

  /// One search.
  @Benchmark
  public Integer[] match() {
    next = (next + 1) & (TOPICS - 1);
    return index.match(topics[next]);
  }

  /// A subscription that comes and goes.
  @Benchmark
  public void addAndRemove() {
    next = (next + 1) & (TOPICS - 1);
    index.add(topics[next], 5, -1);
    index.remove(topics[next], 5, -1);
  }
}
