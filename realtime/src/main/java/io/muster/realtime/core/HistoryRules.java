package io.muster.realtime.core;

import io.muster.kernel.Units;
import io.muster.realtime.HistoryRule;
import io.muster.realtime.Publication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/// `realtime.history`: which rule keeps a publication. Safe on any thread.
public final class HistoryRules {
  public static final String RANGE =
      "a list such as [{\"path\":\"/chat/**\",\"size\":1000,\"age\":\"10m\"}]: at most 100"
          + " patterns, size from 1 to 10000000 (1000 where it is not given), age from 1s to 7d"
          + " (5m)";

  public static final String MEANING = "publications kept for clients that come back";
  private static final Set<String> KEYS = Set.of("path", "size", "age");
  private static final int RULES_MAX = 100;
  private static final int SIZE = 1000;
  private static final Duration AGE = Duration.ofMinutes(5);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private final List<HistoryRule> rules;
  private final PatternIndex<Integer> index;
  private final Duration ageMax;
  private final long sum;

  /// @param topicCache topics whose rule is kept ready
  public HistoryRules(List<HistoryRule> rules, int topicCache) {
    this.rules = List.copyOf(rules);
    this.index = new PatternIndex<>(topicCache, Integer[]::new);
    for (int i = 0; i < rules.size(); i++) index.add(rules.get(i).path(), Masks.DEPTH, i);
    this.ageMax =
        rules.stream().map(HistoryRule::age).max(Duration::compareTo).orElse(Duration.ZERO);
    long s = 17;
    for (HistoryRule r : rules) s = 31 * s + r.path().hashCode();
    this.sum = s;
  }

  /// @param text JSON as [#RANGE] says
  /// @return null when it is something else
  public static @Nullable List<HistoryRule> parse(String text) {
    try {
      JsonNode all = JSON.readTree(text);
      if (!all.isArray() || all.size() > RULES_MAX) return null;
      List<HistoryRule> rules = new ArrayList<>();
      for (JsonNode n : all) {
        for (String name : n.propertyNames()) {
          if (!KEYS.contains(name)) return null;
        }
        String path = n.path("path").asString("");
        JsonNode size = n.path("size");
        JsonNode age = n.path("age");
        if (Masks.objection(path) != null) return null;
        if (!size.isMissingNode() && !size.isInt()) return null;
        Duration kept = age.isMissingNode() ? AGE : Units.duration(age.asString());
        if (kept == null) return null;
        rules.add(new HistoryRule(path, size.asInt(SIZE), kept));
      }
      return List.copyOf(rules);
    } catch (JacksonException | IllegalArgumentException e) {
      return null;
    }
  }

  /// What [#parse] reads back.
  public static String text(List<HistoryRule> rules) {
    ArrayNode all = JSON.createArrayNode();
    for (HistoryRule r : rules) {
      all.addObject().put("path", r.path()).put("size", r.size()).put("age", Units.text(r.age()));
    }
    return all.toString();
  }

  /// The rule that keeps a publication, -1 when none does: the first in order whose pattern meets
  /// its path. What stays on its member, or is for some sessions only, is never kept.
  ///
  /// @param leaves whether it is told to other members
  public int of(Publication p, boolean leaves) {
    if (!leaves || p.targets() != null) return -1;
    Integer[] met = index.match(p.path());
    int first = -1;
    for (int i : met) if (first < 0 || i < first) first = i;
    return first;
  }

  /// Whether all that a subscription may get is kept by one rule.
  boolean cover(String pattern, int depth) {
    return rules.stream().anyMatch(r -> Patterns.covers(r.path(), Masks.DEPTH, pattern, depth));
  }

  /// Whether a rule may have kept something for a subscription.
  boolean touches(int rule, String pattern) {
    return Patterns.overlap(rules.get(rule).path(), pattern);
  }

  HistoryRule get(int rule) {
    return rules.get(rule);
  }

  int size() {
    return rules.size();
  }

  Duration ageMax() {
    return ageMax;
  }

  /// Equal where the same paths are kept: members that keep others cannot answer for each other.
  public long sum() {
    return sum;
  }
}
