package io.muster.spi.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.store.JsonValue.Arr;
import io.muster.spi.store.JsonValue.Bool;
import io.muster.spi.store.JsonValue.Obj;
import io.muster.spi.store.JsonValue.Text;
import io.muster.spi.store.JsonValue.Whole;
import io.muster.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The evaluator beside a plain one that works on the notation itself: it first gathers all values
/// of a path in a list and then looks at them.
class CriteriaFuzzTest {
  /// A value of a path; null where the member is missing.
  private record Found(@Nullable JsonValue value) {}

  // --- the plain evaluator

  private static boolean matches(Obj criteria, JsonValue document) {
    for (Map.Entry<String, JsonValue> e : criteria.members().entrySet()) {
      boolean one =
          switch (e.getKey()) {
            case "$and" -> list(e.getValue()).stream().allMatch(c -> matches(c, document));
            case "$or" -> list(e.getValue()).stream().anyMatch(c -> matches(c, document));
            case "$nor" -> list(e.getValue()).stream().noneMatch(c -> matches(c, document));
            default -> field(e.getKey(), e.getValue(), document);
          };
      if (!one) return false;
    }
    return true;
  }

  private static List<Obj> list(JsonValue v) {
    return ((Arr) v).elements().stream().map(x -> (Obj) x).toList();
  }

  private static boolean field(String path, JsonValue asked, JsonValue document) {
    List<String> names = Arrays.asList(path.split("\\.", -1));
    if (!(asked instanceof Obj o)
        || !o.members().keySet().stream().anyMatch(n -> n.startsWith("$"))) {
      return operator("$eq", asked, names, document);
    }
    return o.members().entrySet().stream()
        .allMatch(e -> operator(e.getKey(), e.getValue(), names, document));
  }

  private static boolean operator(String op, JsonValue with, List<String> names, JsonValue doc) {
    return switch (op) {
      case "$ne" -> !operator("$eq", with, names, doc);
      case "$nin" ->
          ((Arr) with).elements().stream().noneMatch(v -> operator("$eq", v, names, doc));
      case "$in" -> ((Arr) with).elements().stream().anyMatch(v -> operator("$eq", v, names, doc));
      case "$all" ->
          !((Arr) with).elements().isEmpty()
              && ((Arr) with).elements().stream().allMatch(v -> operator("$eq", v, names, doc));
      case "$not" ->
          !((Obj) with)
              .members().entrySet().stream()
                  .allMatch(e -> operator(e.getKey(), e.getValue(), names, doc));
      case "$exists" -> {
        boolean there = values(doc, names, true).stream().anyMatch(f -> f.value() != null);
        yield there == ((Bool) with).value();
      }
      case "$size" ->
          values(doc, names, false).stream()
              .anyMatch(
                  f -> f.value() instanceof Arr a && a.elements().size() == ((Whole) with).value());
      case "$elemMatch" ->
          values(doc, names, false).stream()
              .anyMatch(
                  f ->
                      f.value() instanceof Arr a
                          && a.elements().stream().anyMatch(e -> element((Obj) with, e)));
      default -> values(doc, names, true).stream().anyMatch(f -> one(op, with, f.value()));
    };
  }

  private static boolean element(Obj with, JsonValue element) {
    String first = with.members().isEmpty() ? "" : with.members().firstEntry().getKey();
    if (first.startsWith("$") && !List.of("$and", "$or", "$nor").contains(first)) {
      return with.members().entrySet().stream()
          .allMatch(e -> alone(e.getKey(), e.getValue(), element));
    }
    return (element instanceof Obj || element instanceof Arr) && matches(with, element);
  }

  /// An operator on an element as it is.
  private static boolean alone(String op, JsonValue with, JsonValue v) {
    return switch (op) {
      case "$ne" -> !one("$eq", with, v);
      case "$in" -> ((Arr) with).elements().stream().anyMatch(w -> one("$eq", w, v));
      case "$nin" -> ((Arr) with).elements().stream().noneMatch(w -> one("$eq", w, v));
      case "$all" ->
          !((Arr) with).elements().isEmpty()
              && ((Arr) with).elements().stream().allMatch(w -> one("$eq", w, v));
      case "$not" ->
          !((Obj) with)
              .members().entrySet().stream().allMatch(e -> alone(e.getKey(), e.getValue(), v));
      case "$exists" -> ((Bool) with).value();
      case "$size" -> v instanceof Arr a && a.elements().size() == ((Whole) with).value();
      case "$elemMatch" ->
          v instanceof Arr a && a.elements().stream().anyMatch(e -> element((Obj) with, e));
      default -> one(op, with, v);
    };
  }

  private static boolean one(String op, JsonValue with, @Nullable JsonValue v) {
    JsonValue value = v == null ? JsonValue.NULL : v;
    boolean alike = value.type() == with.type();
    int c = JsonValue.ORDER.compare(value, with);
    return switch (op) {
      case "$eq" -> c == 0;
      case "$gt" -> alike && c > 0;
      case "$gte" -> alike && c >= 0;
      case "$lt" -> alike && c < 0;
      case "$lte" -> alike && c <= 0;
      case "$type" -> v != null && ((Text) with).value().equals(word(v));
      case "$regex" ->
          v instanceof Text t && Pattern.compile(((Text) with).value()).matcher(t.value()).find();
      case "$like" ->
          v instanceof Text t && t.value().matches(((Text) with).value().replace("%", "(?s:.*)"));
      case "$mod" -> {
        long by = ((Whole) ((Arr) with).elements().getFirst()).value();
        long rest = ((Whole) ((Arr) with).elements().getLast()).value();
        yield switch (value) {
          case Whole n -> n.value() % by == rest;
          case JsonValue.Fraction n -> (long) n.value() % by == rest;
          default -> false;
        };
      }
      default -> throw new AssertionError(op);
    };
  }

  private static String word(JsonValue v) {
    return switch (v) {
      case JsonValue.Null _ -> "null";
      case Bool _ -> "bool";
      case Whole _, JsonValue.Fraction _ -> "number";
      case Text _ -> "string";
      case Arr _ -> "array";
      case Obj _ -> "object";
    };
  }

  private static List<Found> values(JsonValue from, List<String> names, boolean opened) {
    List<Found> all = new ArrayList<>();
    String name = names.getFirst();
    List<String> rest = names.subList(1, names.size());
    JsonValue next =
        switch (from) {
          case Obj o -> o.members().get(name);
          case Arr a -> at(a, name);
          default -> null;
        };
    if (next == null) return List.of(new Found(null));
    if (next instanceof Arr a) return inArray(a, rest, opened);
    if (rest.isEmpty()) return List.of(new Found(next));
    all.addAll(values(next, rest, opened));
    return all;
  }

  private static List<Found> inArray(Arr a, List<String> names, boolean opened) {
    List<Found> all = new ArrayList<>();
    if (names.isEmpty()) {
      if (opened) a.elements().forEach(e -> all.add(new Found(e)));
      all.add(new Found(a));
      return all;
    }
    for (JsonValue e : a.elements()) if (e instanceof Obj) all.addAll(values(e, names, opened));
    JsonValue e = at(a, names.getFirst());
    List<String> rest = names.subList(1, names.size());
    if (e == null) return all;
    if (rest.isEmpty()) all.add(new Found(e));
    else if (e instanceof Arr inner) all.addAll(inArray(inner, rest, opened));
    else if (e instanceof Obj) all.addAll(values(e, rest, opened));
    return all;
  }

  private static @Nullable JsonValue at(Arr a, String name) {
    for (int i = 0; i < a.elements().size(); i++) {
      if (name.equals(Integer.toString(i))) return a.elements().get(i);
    }
    return null;
  }

  // --- chance

  private static JsonValue value(Random r, int depth) {
    return switch (r.nextInt(depth > 0 ? 9 : 6)) {
      case 0 -> JsonValue.NULL;
      case 1 -> new Bool(r.nextBoolean());
      case 2, 3 -> new Whole(r.nextInt(4) - 1);
      case 4 -> JsonValue.number(r.nextInt(8) / 4.0);
      case 5 -> new Text(List.of("", "x", "y", "xy", "yx").get(r.nextInt(5)));
      case 6, 7 -> {
        List<JsonValue> all = new ArrayList<>();
        for (int i = r.nextInt(4); i > 0; i--) all.add(value(r, depth - 1));
        yield new Arr(all);
      }
      default -> object(r, depth);
    };
  }

  private static Obj object(Random r, int depth) {
    LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();
    for (String name : List.of("a", "b", "0", "")) {
      if (r.nextInt(name.length() == 1 && name.charAt(0) > '9' ? 4 : 8) > 2) continue;
      members.put(name, value(r, depth - 1));
    }
    return new Obj(members);
  }

  private static Obj criteria(Random r, int depth) {
    LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();
    for (int n = r.nextInt(3); n >= 0; n--) {
      if (depth > 0 && r.nextInt(4) == 0) {
        members.put(
            List.of("$and", "$or", "$nor").get(r.nextInt(3)),
            new Arr(List.of(criteria(r, depth - 1), criteria(r, depth - 1))));
      } else {
        String path =
            List.of("a", "b", "a.b", "a.0", "a.a", "b.0.a", "a.b.0", "0", "b.").get(r.nextInt(9));
        members.put(path, r.nextInt(4) == 0 ? literal(r) : operators(r, depth));
      }
    }
    return new Obj(members);
  }

  private static JsonValue literal(Random r) {
    return value(r, r.nextInt(3));
  }

  private static Obj operators(Random r, int depth) {
    LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();
    for (int n = r.nextInt(2); n >= 0; n--) {
      switch (r.nextInt(depth > 0 ? 14 : 12)) {
        case 0, 1, 2, 3 ->
            members.put(
                List.of("$eq", "$ne", "$gt", "$gte", "$lt", "$lte").get(r.nextInt(6)), literal(r));
        case 4, 5 ->
            members.put(
                List.of("$in", "$nin", "$all").get(r.nextInt(3)),
                new Arr(r.nextInt(4) == 0 ? List.of() : List.of(literal(r), literal(r))));
        case 6 -> members.put("$exists", new Bool(r.nextBoolean()));
        case 7 ->
            members.put(
                "$type",
                new Text(
                    List.of("null", "bool", "number", "string", "array", "object")
                        .get(r.nextInt(6))));
        case 8 -> members.put("$regex", new Text(List.of("x", "^y", "x$", "").get(r.nextInt(4))));
        case 9 -> members.put("$like", new Text(List.of("x", "%y", "x%", "%").get(r.nextInt(4))));
        case 10 -> members.put("$mod", new Arr(List.of(new Whole(2), new Whole(r.nextInt(3) - 1))));
        case 11 -> members.put("$size", new Whole(r.nextInt(3)));
        case 12 -> members.put("$not", operators(r, 0));
        default ->
            members.put(
                "$elemMatch", r.nextBoolean() ? operators(r, depth - 1) : criteria(r, depth - 1));
      }
    }
    return new Obj(members);
  }

  @Test
  void agreesWithAPlainEvaluator() {
    int[] yes = {0};
    Seeds.each(
        20_000,
        (_, r) -> {
          Obj asked = criteria(r, 2);
          Criteria read = CriteriaJson.read(asked, FieldPath.Data::of);
          CriteriaMatcher matcher = CriteriaMatcher.of(read);
          for (int i = 0; i < 5; i++) {
            Obj data = object(r, 4);
            byte[] text = JsonText.write(data);
            assertThat(JsonText.read(text)).isEqualTo(data);
            PathRecord record = new PathRecord("/p", text, 1, 1, null, null, 1);
            boolean expected = matches(asked, data);
            if (matcher.matches(record) != expected) {
              throw new AssertionError(
                  string(asked) + " on " + string(data) + " should be " + expected);
            }
            if (expected) yes[0]++;
          }
          Criteria again = CriteriaJson.read(CriteriaJson.write(read), CriteriaJson.OWN);
          assertThat(again).isEqualTo(read);
        });
    if (System.getProperty("muster.seed") == null && System.getProperty("muster.seeds") == null) {
      assertThat(yes[0]).as("criteria that were fulfilled").isGreaterThan(5_000);
    }
  }

  private static String string(JsonValue v) {
    return new String(JsonText.write(v), StandardCharsets.UTF_8);
  }

  /// Whatever a client sends: criteria, or a refusal with a message.
  @Test
  void rubbishIsRefusedAndNothingElseIsThrown() {
    Seeds.each(
        30_000,
        (_, r) -> {
          byte[] text = JsonText.write(criteria(r, 3));
          for (int k = r.nextInt(4); k > 0; k--) {
            text[r.nextInt(text.length)] = text[r.nextInt(text.length)];
          }
          try {
            Criteria c = CriteriaJson.read(JsonText.read(text), FieldPath.Data::of);
            CriteriaMatcher.of(c).matches(new PathRecord("/p", text, 1, 1, null, null, 1));
          } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
          }
        });
  }

  @Test
  void aPageIsWhatIsCutFromTheWholeOrder() {
    Seeds.each(
        300,
        (_, r) -> {
          List<PathRecord> all = new ArrayList<>();
          for (int i = r.nextInt(40); i > 0; i--) {
            byte[] data = JsonText.write(object(r, 3));
            all.add(new PathRecord("/" + (char) ('a' + i), data, 1, r.nextInt(3), null, null, 1));
          }
          all.sort(PathOrder.BY_PATH);
          List<SortKey> keys = new ArrayList<>();
          for (int i = r.nextInt(3); i > 0; i--) {
            FieldPath field =
                r.nextInt(4) == 0
                    ? FieldPath.Meta.MODIFIED
                    : FieldPath.Data.of(List.of("a", "a.b", "b.0").get(r.nextInt(3)));
            keys.add(new SortKey(field, SortKey.Direction.values()[r.nextInt(2)]));
          }
          RecordSort sort = new RecordSort(keys);
          List<PathRecord> sorted =
              all.stream().map(sort::keyed).sorted(sort).map(RecordSort.Keyed::record).toList();
          int skip = r.nextInt(10);
          int limit = r.nextInt(10);
          Selection selection =
              new Selection(
                  new ListQuery("*", Criteria.ANY, keys, skip, limit), Long.MAX_VALUE, "");
          for (PathRecord x : all) if (!selection.offer(x)) break;

          assertThat(selection.result())
              .isEqualTo(
                  sorted.stream().skip(skip).limit(limit == 0 ? Long.MAX_VALUE : limit).toList());
        });
  }
}
