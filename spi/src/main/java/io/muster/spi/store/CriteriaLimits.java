package io.muster.spi.store;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// How large a query may be. Criteria come from clients and are looked at once per record.
public final class CriteriaLimits {
  /// How deep criteria, conditions and values lie in each other.
  public static final int DEPTH_MAX = 32;

  /// Criteria, conditions and values of all depths, elements and members included.
  public static final int NODES_MAX = 2000;

  /// Characters of all names, strings and patterns.
  public static final int CHARACTERS_MAX = 1 << 16;

  /// Regular expressions and `$like` patterns.
  public static final int PATTERNS_MAX = 32;

  /// Names of one path into the data.
  public static final int NAMES_MAX = 64;

  /// Keys of a sort.
  public static final int SORT_KEYS_MAX = 32;

  private int nodes;
  private long characters;
  private int patterns;

  private CriteriaLimits() {}

  /// Checks a query.
  ///
  /// @throws CriteriaException when it is beyond a bound, or a part of it makes no sense
  public static void check(ListQuery query) {
    check(query.criteria());
    if (query.sort().size() > SORT_KEYS_MAX) {
      throw new CriteriaException(
          query.sort().size() + " keys to sort by, at most " + SORT_KEYS_MAX);
    }
    for (SortKey k : query.sort()) names(k.field());
  }

  /// Checks criteria, their regular expressions included.
  ///
  /// @throws CriteriaException when they are beyond a bound, or a part of them makes no sense
  public static void check(Criteria criteria) {
    new CriteriaLimits().criteria(criteria, 0, false);
  }

  private void node(int depth) {
    if (depth > DEPTH_MAX) {
      throw new CriteriaException("criteria deeper than " + DEPTH_MAX + " levels");
    }
    if (++nodes > NODES_MAX) {
      throw new CriteriaException("criteria of more than " + NODES_MAX + " parts");
    }
  }

  private void text(String s) {
    characters += s.length();
    if (characters > CHARACTERS_MAX) {
      throw new CriteriaException("criteria of more than " + CHARACTERS_MAX + " characters");
    }
  }

  private void pattern(String s) {
    text(s);
    if (++patterns > PATTERNS_MAX) {
      throw new CriteriaException("criteria with more than " + PATTERNS_MAX + " patterns");
    }
    if (s.length() > CriteriaRegex.LENGTH_MAX) {
      throw new CriteriaException(
          "a pattern of " + s.length() + " characters, at most " + CriteriaRegex.LENGTH_MAX);
    }
  }

  private void criteria(Criteria c, int depth, boolean ofElement) {
    node(depth);
    switch (c) {
      case Criteria.And x -> x.all().forEach(y -> criteria(y, depth + 1, ofElement));
      case Criteria.Or x -> x.any().forEach(y -> criteria(y, depth + 1, ofElement));
      case Criteria.Nor x -> x.none().forEach(y -> criteria(y, depth + 1, ofElement));
      case Criteria.Field f -> {
        names(f.path());
        if (f.path() instanceof FieldPath.Data d) {
          text(d.dotted());
          if (ofElement && d.names().getFirst().startsWith("$")) {
            throw new CriteriaException("unknown operator: " + d.names().getFirst());
          }
        } else if (ofElement) {
          throw new CriteriaException("an element of an array has no metadata: " + f.path());
        }
        condition(f.condition(), depth + 1);
      }
    }
  }

  private static void names(FieldPath path) {
    if (path instanceof FieldPath.Data d && d.names().size() > NAMES_MAX) {
      throw new CriteriaException("a field of more than " + NAMES_MAX + " names");
    }
  }

  private void condition(Condition c, int depth) {
    node(depth);
    switch (c) {
      case Condition.Compare x -> value(x.value(), depth + 1);
      case Condition.In x -> values(x.values(), depth + 1);
      case Condition.NotIn x -> values(x.values(), depth + 1);
      case Condition.All x -> values(x.values(), depth + 1);
      case Condition.Regex x -> {
        pattern(x.pattern());
        CriteriaRegex.of(x);
      }
      case Condition.Like x -> pattern(x.pattern());
      case Condition.ElemMatch x -> criteria(x.criteria(), depth + 1, true);
      case Condition.ElemIs x -> conditions(x.conditions(), depth + 1);
      case Condition.Not x -> conditions(x.conditions(), depth + 1);
      case Condition.Exists _, Condition.OfType _, Condition.Mod _, Condition.Size _ -> {}
    }
  }

  private void conditions(List<Condition> all, int depth) {
    Set<String> seen = new HashSet<>();
    for (Condition c : all) {
      String operator = CriteriaJson.operator(c);
      if (!seen.add(operator)) throw new CriteriaException(operator + " twice");
      condition(c, depth);
    }
  }

  private void values(List<JsonValue> all, int depth) {
    all.forEach(v -> value(v, depth));
  }

  private void value(JsonValue v, int depth) {
    node(depth);
    switch (v) {
      case JsonValue.Text t -> text(t.value());
      case JsonValue.Arr a -> values(a.elements(), depth + 1);
      case JsonValue.Obj o ->
          o.members()
              .forEach(
                  (name, x) -> {
                    text(name);
                    value(x, depth + 1);
                  });
      case JsonValue.Null _, JsonValue.Bool _, JsonValue.Whole _, JsonValue.Fraction _ -> {}
    }
  }
}
