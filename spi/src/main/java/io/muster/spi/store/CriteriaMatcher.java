package io.muster.spi.store;

import io.muster.spi.store.JsonValue.Arr;
import io.muster.spi.store.JsonValue.Fraction;
import io.muster.spi.store.JsonValue.Obj;
import io.muster.spi.store.JsonValue.Text;
import io.muster.spi.store.JsonValue.Whole;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What criteria mean: says of a record whether it fulfils them, without asking anybody. Every
/// provider may filter with it, and answers as it does. Immutable; safe on any thread.
///
/// **Values of a field.** The names of a path lead from object to object. At an array that is not
/// the end they go on in each of its elements that is an object; a name that is an index, such as
/// `0`, also leads to that element. An array at the end stands for each of its elements and for
/// itself, except for `$size` and `$elemMatch`, which look at the array. Where an object has no
/// such member the field is missing there. Elements of arrays that are arrays themselves are
/// entered by index only, and what an index ends at is not opened any more.
///
/// **Comparisons** are those of [JsonValue#ORDER] within one type. A missing field equals null; so
/// `$gte` and `$lte` null hold for it too.
///
/// Data that is not JSON, or nested deeper than [JsonText#DEPTH_MAX], counts as an empty object.
public final class CriteriaMatcher {
  /// A compiled part: `document` is the data, or an element of an array in it.
  private interface Test {
    boolean on(JsonValue document, PathRecord record);
  }

  /// A compiled condition on one value, null when it is missing.
  private interface ValueTest {
    boolean on(@Nullable JsonValue value, PathRecord record);
  }

  private static final Obj EMPTY = new Obj(new LinkedHashMap<>());

  private final Test test;
  private final Set<String> wanted;

  private CriteriaMatcher(Test test, Set<String> wanted) {
    this.test = test;
    this.wanted = wanted;
  }

  /// Compiles criteria.
  ///
  /// @throws CriteriaException when a regular expression is not understood; whoever takes criteria
  ///     from others checks them with [CriteriaLimits] first
  public static CriteriaMatcher of(Criteria criteria) {
    Set<String> wanted = new HashSet<>();
    wanted(criteria, wanted);
    return new CriteriaMatcher(compiled(criteria), Set.copyOf(wanted));
  }

  /// Whether the criteria need a record's data; where not, `data` may be anything.
  public boolean readsData() {
    return !wanted.isEmpty();
  }

  public boolean matches(PathRecord record) {
    return test.on(document(record, wanted), record);
  }

  /// The wanted members of a record's data.
  static Obj document(PathRecord record, Set<String> wanted) {
    if (wanted.isEmpty()) return EMPTY;
    try {
      return JsonText.read(record.data(), wanted);
    } catch (IllegalArgumentException e) {
      return EMPTY;
    }
  }

  private static void wanted(Criteria criteria, Set<String> into) {
    switch (criteria) {
      case Criteria.And x -> x.all().forEach(c -> wanted(c, into));
      case Criteria.Or x -> x.any().forEach(c -> wanted(c, into));
      case Criteria.Nor x -> x.none().forEach(c -> wanted(c, into));
      case Criteria.Field f -> {
        if (f.path() instanceof FieldPath.Data d) into.add(d.names().getFirst());
      }
    }
  }

  // --- criteria

  private static Test compiled(Criteria criteria) {
    return switch (criteria) {
      case Criteria.And x -> {
        List<Test> all = compiled(x.all());
        yield (d, r) -> {
          for (Test t : all) if (!t.on(d, r)) return false;
          return true;
        };
      }
      case Criteria.Or x -> any(compiled(x.any()));
      case Criteria.Nor x -> {
        Test any = any(compiled(x.none()));
        yield (d, r) -> !any.on(d, r);
      }
      case Criteria.Field f ->
          switch (f.path()) {
            case FieldPath.Data d -> field(d.names(), f.condition());
            case FieldPath.Meta m -> {
              ValueTest t = value(f.condition());
              yield (_, r) -> t.on(m.of(r), r);
            }
          };
    };
  }

  private static List<Test> compiled(List<Criteria> all) {
    return all.stream().map(CriteriaMatcher::compiled).toList();
  }

  private static Test any(List<Test> tests) {
    return (d, r) -> {
      for (Test t : tests) if (t.on(d, r)) return true;
      return false;
    };
  }

  /// A condition on a path into the document.
  private static Test field(List<String> names, Condition condition) {
    return switch (condition) {
      case Condition.Not x -> {
        List<Test> all = x.conditions().stream().map(c -> field(names, c)).toList();
        yield (d, r) -> {
          for (Test t : all) if (!t.on(d, r)) return true;
          return false;
        };
      }
      case Condition.Compare x when x.operator() == Condition.Operator.NE ->
          not(field(names, new Condition.Compare(Condition.Operator.EQ, x.value())));
      case Condition.NotIn x -> not(field(names, new Condition.In(x.values())));
      case Condition.Exists x when !x.there() -> not(field(names, new Condition.Exists(true)));
      case Condition.All x -> {
        List<Test> all =
            x.values().stream()
                .map(v -> field(names, new Condition.Compare(Condition.Operator.EQ, v)))
                .toList();
        yield (d, r) -> {
          for (Test t : all) if (!t.on(d, r)) return false;
          return !all.isEmpty();
        };
      }
      case Condition.Size _, Condition.ElemMatch _, Condition.ElemIs _ ->
          path(names, value(condition), false);
      case Condition.Compare _,
          Condition.In _,
          Condition.Exists _,
          Condition.OfType _,
          Condition.Regex _,
          Condition.Like _,
          Condition.Mod _ ->
          path(names, value(condition), true);
    };
  }

  private static Test not(Test t) {
    return (d, r) -> !t.on(d, r);
  }

  private static Test path(List<String> names, ValueTest test, boolean opened) {
    return (d, r) -> anyValue(d, names, 0, opened, v -> test.on(v, r));
  }

  // --- values of a path

  /// Whether a value of the path fulfils a test.
  ///
  /// @param k the first name that has not been followed
  /// @param opened whether an array at the end stands for its elements too
  /// @param test called with null where the field is missing
  private static boolean anyValue(
      JsonValue from,
      List<String> names,
      int k,
      boolean opened,
      Predicate<@Nullable JsonValue> test) {
    JsonValue v = from;
    for (int i = k; i < names.size(); i++) {
      v = member(v, names.get(i));
      if (v == null) return test.test(null);
      if (v instanceof Arr a) return anyElement(a, names, i + 1, opened, test);
    }
    return test.test(v);
  }

  private static boolean anyElement(
      Arr array, List<String> names, int k, boolean opened, Predicate<@Nullable JsonValue> test) {
    List<JsonValue> elements = array.elements();
    if (k == names.size()) {
      if (opened) for (JsonValue e : elements) if (test.test(e)) return true;
      return test.test(array);
    }
    for (JsonValue e : elements) {
      if (e instanceof Obj && anyValue(e, names, k, opened, test)) return true;
    }
    JsonValue at = member(array, names.get(k));
    if (at == null) return false;
    if (k + 1 == names.size()) return test.test(at);
    return switch (at) {
      case Obj o -> anyValue(o, names, k + 1, opened, test);
      case Arr a -> anyElement(a, names, k + 1, opened, test);
      default -> false;
    };
  }

  /// A member by name, of an array by index; null when there is none.
  static @Nullable JsonValue member(JsonValue of, String name) {
    return switch (of) {
      case Obj o -> o.members().get(name);
      case Arr a -> {
        int i = index(name);
        yield i >= 0 && i < a.elements().size() ? a.elements().get(i) : null;
      }
      default -> null;
    };
  }

  /// The index that a name is, in its only notation; -1 when it is none.
  private static int index(String name) {
    if (name.isEmpty() || name.length() > 9) return -1;
    if (name.length() > 1 && name.charAt(0) == '0') return -1;
    int n = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c < '0' || c > '9') return -1;
      n = n * 10 + (c - '0');
    }
    return n;
  }

  // --- conditions on one value

  private static ValueTest value(Condition condition) {
    return switch (condition) {
      case Condition.Compare x -> compared(x.operator(), x.value());
      case Condition.In x -> in(x.values());
      case Condition.NotIn x -> {
        ValueTest in = in(x.values());
        yield (v, r) -> !in.on(v, r);
      }
      case Condition.All x -> {
        List<ValueTest> all =
            x.values().stream().map(e -> compared(Condition.Operator.EQ, e)).toList();
        yield (v, r) -> !all.isEmpty() && all.stream().allMatch(t -> t.on(v, r));
      }
      case Condition.Exists x -> (v, _) -> (v != null) == x.there();
      case Condition.OfType x -> (v, _) -> v != null && x.types().contains(v.type());
      case Condition.Regex x -> {
        CriteriaRegex regex = CriteriaRegex.of(x);
        yield (v, _) -> v instanceof Text t && regex.found(t.value());
      }
      case Condition.Like x -> (v, _) -> v instanceof Text t && like(x.pattern(), t.value());
      case Condition.Mod x -> (v, _) -> v != null && remains(v, x);
      case Condition.Size x -> (v, _) -> v instanceof Arr a && a.elements().size() == x.elements();
      case Condition.ElemMatch x -> {
        Test test = compiled(x.criteria());
        yield (v, r) -> {
          if (!(v instanceof Arr a)) return false;
          for (JsonValue e : a.elements()) {
            if ((e instanceof Obj || e instanceof Arr) && test.on(e, r)) return true;
          }
          return false;
        };
      }
      case Condition.ElemIs x -> {
        List<ValueTest> all = x.conditions().stream().map(CriteriaMatcher::value).toList();
        yield (v, r) ->
            v instanceof Arr a
                && a.elements().stream().anyMatch(e -> all.stream().allMatch(t -> t.on(e, r)));
      }
      case Condition.Not x -> {
        List<ValueTest> all = x.conditions().stream().map(CriteriaMatcher::value).toList();
        yield (v, r) -> !all.stream().allMatch(t -> t.on(v, r));
      }
    };
  }

  private static ValueTest compared(Condition.Operator operator, JsonValue with) {
    return (value, _) -> {
      JsonValue v = value == null ? JsonValue.NULL : value;
      boolean alike = v.type() == with.type();
      int c = alike ? JsonValue.ORDER.compare(v, with) : 0;
      return switch (operator) {
        case EQ -> alike && c == 0;
        case NE -> !alike || c != 0;
        case GT -> alike && c > 0;
        case GTE -> alike && c >= 0;
        case LT -> alike && c < 0;
        case LTE -> alike && c <= 0;
      };
    };
  }

  private static ValueTest in(List<JsonValue> values) {
    TreeSet<JsonValue> all = new TreeSet<>(JsonValue.ORDER);
    all.addAll(values);
    return (v, _) -> all.contains(v == null ? JsonValue.NULL : v);
  }

  private static boolean remains(JsonValue v, Condition.Mod mod) {
    return switch (v) {
      case Whole n -> n.value() % mod.divisor() == mod.remainder();
      case Fraction n ->
          Math.abs(n.value()) < 0x1p63 && (long) n.value() % mod.divisor() == mod.remainder();
      default -> false;
    };
  }

  /// Whether a text has the form of a pattern; never goes back further than to the last `%`.
  static boolean like(String pattern, String text) {
    int p = 0;
    int t = 0;
    int any = -1;
    int resume = 0;
    while (t < text.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '%') {
        any = p++;
        resume = t;
      } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
        p++;
        t++;
      } else if (any >= 0) {
        p = any + 1;
        t = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '%') p++;
    return p == pattern.length();
  }
}
