package io.muster.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.store.Condition;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaJson;
import io.muster.spi.store.CriteriaMatcher;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordSort;
import io.muster.spi.store.SortKey;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.Write;
import io.muster.testing.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Queries by what is in records. Every store answers as [CriteriaMatcher] and [RecordSort] do.
abstract class CriteriaTests extends QueryTests {
  private static Criteria criteria(String text) {
    JsonValue value = JsonText.read(json(text.replace('\'', '"')));
    return CriteriaJson.read(
        value, n -> n.startsWith("meta.") ? CriteriaJson.OWN.apply(n) : FieldPath.Data.of(n));
  }

  private static SortKey key(String field) {
    boolean down = field.startsWith("-");
    String name = down ? field.substring(1) : field;
    return new SortKey(
        name.startsWith("meta.") ? CriteriaJson.OWN.apply(name) : FieldPath.Data.of(name),
        down ? SortKey.Direction.DESCENDING : SortKey.Direction.ASCENDING);
  }

  private void putAll(String... records) {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (String r : records) {
      String[] parts = r.split(" ", 2);
      all.add(store().write(new Write.Put(parts[0], json(parts[1].replace('\'', '"')), "anna")));
    }
    all.forEach(StoreTests::answer);
  }

  private List<String> matching(String criteria) {
    return paths(ListQuery.matching("/c/*", criteria(criteria)));
  }

  // --- criteria

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                                     | abcdefg
          {'n':1}                                | af
          {'n':{'$ne':1}}                        | bcdeg
          {'n':null}                             | deg
          {'n':{'$exists':true}}                 | abcfg
          {'n':{'$gt':0,'$lte':2}}               | abf
          {'n':{'$gte':2}}                       | bf
          {'n':{'$lt':'z'}}                      | c
          {'n':{'$in':['text',2]}}               | bcf
          {'n':{'$nin':['text',2]}}              | adeg
          {'n':{'$type':'array'}}                | f
          {'n':{'$type':['string','null']}}      | cg
          {'n':{'$not':{'$gt':1}}}               | acdeg
          {'n':{'$mod':[2,0]}}                   | bf
          {'n':{'$size':3}}                      | f
          {'n':{'$all':[1,2]}}                   | f
          {'n':{'$elemMatch':{'$gt':2,'$lt':4}}} | f
          {'n.1':2}                              | f
          {'o.x':1}                              | d
          {'o':{'x':1,'y':'Ä'}}                  | d
          {'o.y':{'$regex':'^ä$','$options':'i'}} | d
          {'o.y':{'$regex':'^ä$'}}               | -
          {'t':{'$like':'50%_\\\\done%'}}        | e
          {'t':{'$like':'%.%'}}                  | -
          {'t':{'$regex':'[0-9]+%'}}             | e
          {'t':{'$regex':'b.d'}}                 | -
          {'list.k':'v'}                         | e
          {'list':{'$elemMatch':{'k':'v','w':2}}} | -
          {'list':{'$elemMatch':{'k':'v','w':1}}} | e
          {'list.w':{'$gt':1}}                   | e
          {'$or':[{'n':1},{'o.x':1}]}            | adf
          {'$nor':[{'n':1},{'o.x':1}]}           | bceg
          {'$and':[{'n':{'$gt':0}},{'n':{'$lt':2}}]} | af
          {'odd.$gt':7}                          | g
          {'odd.':8}                             | g
          {'meta.path':'/c/b'}                   | b
          {'meta.path':{'$regex':'/[ab]$'}}      | ab
          {'meta.createdBy':'anna','n':1}        | af
          {'meta.modifiedBy':{'$ne':'anna'}}     | -
          {'meta.created':{'$gt':1000}}          | abcdefg
          {'meta.modified':{'$lt':1000}}         | -
          {'meta.version':1}                     | abcdefg
          """)
  void criteriaChooseRecords(String criteria, String expected) {
    putAll(
        "/c/a {'n':1.0}",
        "/c/b {'n':2}",
        "/c/c {'n':'text'}",
        "/c/d {'o':{'x':1,'y':'Ä'}}",
        "/c/e {'t':'50 %_\\\\done 10%','list':[{'k':'v','w':1},{'k':'u','w':2}]}",
        "/c/f {'n':[1,2,3]}",
        "/c/g {'n':null,'odd':{'$gt':7,'':8}}",
        "/d/a {'n':1}");
    String letters = expected.equals("-") ? "" : expected;
    List<String> wanted = letters.chars().mapToObj(c -> "/c/" + (char) c).toList();

    assertThat(matching(criteria)).isEqualTo(wanted);
    assertThat(answer(store().count("/c/*", criteria(criteria)))).isEqualTo(wanted.size());
    for (String path : List.of("/c/a", "/c/e")) {
      boolean there = wanted.contains(path);
      assertThat(paths(ListQuery.matching(path, criteria(criteria))))
          .isEqualTo(there ? List.of(path) : List.of());
      assertThat(answer(store().count(path, criteria(criteria)))).isEqualTo(there ? 1 : 0);
    }
  }

  @Test
  void criteriaThatMakeNoSenseAreRefused() {
    put("/c/a", "{\"n\":1}");
    List<Criteria> bad = new ArrayList<>();
    bad.add(field(new Condition.Regex("(", java.util.Set.of())));
    bad.add(field(new Condition.Regex("(a{1000}){1000}", java.util.Set.of())));
    bad.add(field(new Condition.Like("x".repeat(2000))));
    Criteria deep = Criteria.ANY;
    for (int i = 0; i < 100; i++) deep = new Criteria.Nor(List.of(deep));
    bad.add(deep);

    for (Criteria c : bad) {
      assertThat(failure(store().list(ListQuery.matching("/c/*", c)))).isEqualTo(Kind.REFUSED);
      assertThat(failure(store().count("/c/*", c))).isEqualTo(Kind.REFUSED);
      assertThat(failure(store().remove("/c/*", c))).isEqualTo(Kind.REFUSED);
    }
    assertThat(got("/c/a")).isEqualTo("{\"n\":1}");
  }

  private static Criteria field(Condition condition) {
    return new Criteria.Field(FieldPath.Data.of("n"), condition);
  }

  /// A store may refuse what it cannot do; it must not give another answer.
  @Test
  void randomCriteriaMeanTheSameEverywhere() {
    Random random = Seeds.random(11);
    List<PathRecord> all = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      all.add(put(String.format("/c/%02d", i), object(random, 3)));
    }

    int answered = 0;
    for (int i = 0; i < 150; i++) {
      Criteria c = randomCriteria(random, 2);
      SortKey[] sort =
          random.nextInt(3) == 0 ? new SortKey[0] : new SortKey[] {key(randomKey(random))};
      ListQuery query =
          new ListQuery("/c/*", c, List.of(sort), random.nextInt(5), random.nextInt(12));
      CriteriaMatcher matcher = CriteriaMatcher.of(c);
      RecordSort order = new RecordSort(query.sort());
      List<String> expected =
          all.stream()
              .filter(matcher::matches)
              .map(order::keyed)
              .sorted(order)
              .skip(query.skip())
              .limit(query.limit() == 0 ? Long.MAX_VALUE : query.limit())
              .map(k -> k.record().path())
              .toList();
      String what =
          new String(
              JsonText.write(CriteriaJson.write(c)), java.nio.charset.StandardCharsets.UTF_8);
      try {
        assertThat(paths(query)).as(what + " by " + Arrays.toString(sort)).isEqualTo(expected);
        answered++;
      } catch (StoreException e) {
        assertThat(e.kind()).as(what).isEqualTo(Kind.REFUSED);
      }
    }
    assertThat(answered).as("queries that were answered").isGreaterThan(100);
  }

  private static String randomKey(Random random) {
    return (random.nextBoolean() ? "-" : "")
        + List.of("a", "b", "a.b", "b.0").get(random.nextInt(4));
  }

  private static String object(Random random, int depth) {
    StringBuilder out = new StringBuilder("{");
    for (String name : List.of("a", "b", "c")) {
      if (random.nextInt(4) == 0) continue;
      if (out.length() > 1) out.append(',');
      out.append('"').append(name).append("\":").append(value(random, depth - 1));
    }
    return out.append('}').toString();
  }

  private static String value(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 8 : 5)) {
      case 0 -> "null";
      case 1 -> random.nextBoolean() ? "true" : "false";
      case 2 -> Integer.toString(random.nextInt(4) - 1);
      case 3 -> List.of("0.5", "1.0", "-2.25", "10000000000").get(random.nextInt(4));
      case 4 -> List.of("\"x\"", "\"y\"", "\"\"", "\"xy\"").get(random.nextInt(4));
      case 5, 6 -> {
        List<String> elements = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) elements.add(value(random, depth - 1));
        yield "[" + String.join(",", elements) + "]";
      }
      default -> object(random, depth);
    };
  }

  private static Criteria randomCriteria(Random random, int depth) {
    if (depth > 0 && random.nextInt(3) == 0) {
      List<Criteria> some =
          List.of(randomCriteria(random, depth - 1), randomCriteria(random, depth - 1));
      return switch (random.nextInt(3)) {
        case 0 -> new Criteria.And(some);
        case 1 -> new Criteria.Or(some);
        default -> new Criteria.Nor(some);
      };
    }
    String path = List.of("a", "b", "a.b", "b.0", "a.0.b", "c").get(random.nextInt(6));
    return new Criteria.Field(FieldPath.Data.of(path), condition(random, depth));
  }

  private static Condition condition(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 14 : 11)) {
      case 0, 1, 2, 3 -> {
        Condition.Operator[] all = Condition.Operator.values();
        yield new Condition.Compare(all[random.nextInt(all.length)], operand(random));
      }
      case 4 -> new Condition.In(List.of(operand(random), operand(random)));
      case 5 -> new Condition.NotIn(List.of(operand(random), operand(random)));
      case 6 -> new Condition.Exists(random.nextBoolean());
      case 7 -> {
        JsonValue.Type[] all = JsonValue.Type.values();
        yield new Condition.OfType(java.util.Set.of(all[random.nextInt(all.length)]));
      }
      case 8 -> new Condition.Regex("^x", java.util.Set.of());
      case 9 -> new Condition.Like("%y");
      case 10 -> new Condition.Size(random.nextInt(3));
      case 11 -> new Condition.Not(List.of(condition(random, 0)));
      case 12 -> new Condition.ElemIs(List.of(condition(random, 0)));
      default -> new Condition.ElemMatch(randomCriteria(random, 0));
    };
  }

  private static JsonValue operand(Random random) {
    return JsonText.read(json(value(random, random.nextInt(3) == 0 ? 2 : 0)));
  }

  @Test
  void aLongQueryIsAnswered() {
    putAll("/c/a {'n':'a'}", "/c/b {'n':'b'}");
    List<JsonValue> many = new ArrayList<>();
    for (int i = 0; i < 1500; i++) many.add(new JsonValue.Text("ö".repeat(30) + i));
    many.add(new JsonValue.Text("b"));
    Criteria c = field(new Condition.In(many));

    assertThat(paths(ListQuery.matching("/c/*", c))).containsExactly("/c/b");
    assertThat(answer(store().count("/c/*", c))).isEqualTo(1);
    assertThat(answer(store().remove("/c/*", c))).isEqualTo(1);
  }

  // --- order

  @Test
  void recordsAreSortedByKeysThenByPath() {
    putAll(
        "/s/a {'n':2,'t':'x'}",
        "/s/b {'n':1,'t':'y'}",
        "/s/c {'n':2,'t':'w'}",
        "/s/d {'t':'v'}",
        "/s/e {'n':'text'}",
        "/s/f {'n':[0,9]}",
        "/s/g {'n':[]}",
        "/s/h {'n':true}",
        "/s/i {'n':{'x':1}}",
        "/s/j {'n':null}");

    assertThat(sorted("n")).isEqualTo("gdjfbaceih");
    assertThat(sorted("-n")).isEqualTo("hiefacbdjg");
    assertThat(sorted("n", "t")).isEqualTo("gjdfbcaeih");
    assertThat(sorted("n", "-t")).isEqualTo("gdjfbaceih");
    assertThat(sorted("-meta.path")).isEqualTo("jihgfedcba");
    assertThat(sorted("meta.path", "n")).isEqualTo("abcdefghij");
    assertThat(sorted("meta.version", "-t")).isEqualTo("bacdefghij");
  }

  private String sorted(String... keys) {
    SortKey[] sort = Arrays.stream(keys).map(CriteriaTests::key).toArray(SortKey[]::new);
    List<String> whole = paths(ListQuery.all("/s/*").by(sort));
    List<String> paged = new ArrayList<>();
    for (int skip = 0; skip < 12; skip += 3) {
      paged.addAll(paths(new ListQuery("/s/*", skip, 3).by(sort)));
    }
    assertThat(paged).as("pages of the same order").isEqualTo(whole);
    StringBuilder letters = new StringBuilder();
    for (String p : whole) letters.append(p.substring(3));
    return letters.toString();
  }

  @Test
  void criteriaOrderSkipAndLimitApplyInThisOrder() {
    for (int i = 0; i < 20; i++) put(String.format("/p/%02d", i), "{\"n\":" + (i * 7 % 20) + "}");
    Criteria even = criteria("{'n':{'$mod':[2,0]}}");

    List<PathRecord> found =
        answer(store().list(new ListQuery("/p/*", even, List.of(key("-n")), 2, 3)));

    assertThat(found)
        .extracting(StoreTests::text)
        .containsExactly("{\"n\":14}", "{\"n\":12}", "{\"n\":10}");
    assertThat(paths(new ListQuery("/p/*", even, List.of(key("-n")), 9, 0))).hasSize(1);
    assertThat(paths(new ListQuery("/p/*", even, List.of(key("-n")), 10, 5))).isEmpty();
    assertThat(
            paths(new ListQuery("/p/*", even, List.of(key("n")), Long.MAX_VALUE, Long.MAX_VALUE)))
        .isEmpty();
  }

  // --- removing

  @Test
  void aRemovalTakesWhatFulfilsItsCriteria() {
    for (int i = 0; i < 10; i++) put("/r/" + i, "{\"n\":" + i + "}");
    put("/q/1", "{\"n\":1}");

    assertThat(answer(store().remove("/r/*", criteria("{'n':{'$gte':7}}")))).isEqualTo(3);
    assertThat(answer(store().remove("/r/*", criteria("{'n':{'$gte':7}}")))).isZero();
    assertThat(answer(store().remove("/r/3", criteria("{'n':4}")))).isZero();
    assertThat(answer(store().remove("/r/3", criteria("{'n':3}")))).isEqualTo(1);
    assertThat(answer(store().remove("/none", criteria("{'n':null}")))).isZero();
    assertThat(paths(ListQuery.all("*")))
        .containsExactly("/q/1", "/r/0", "/r/1", "/r/2", "/r/4", "/r/5", "/r/6");
    assertThat(answer(store().remove("/r/*", criteria("{'meta.path':{'$like':'%5'}}")))).isOne();
    assertThat(answer(store().remove("*", Criteria.ANY))).isEqualTo(6);
  }

  /// What is written and removed without waiting takes effect in the order in which it was asked.
  @Test
  void aRemovalByCriteriaSeesTheWritesBeforeIt() {
    CompletableFuture<?> first = store().write(new Write.Put("/r/1", json("{\"n\":1}"), null));
    CompletableFuture<?> second = store().write(new Write.Put("/r/1", json("{\"n\":2}"), null));
    CompletableFuture<Long> wrong = store().remove("/r/1", criteria("{'n':1}"));
    CompletableFuture<Long> right = store().remove("/r/1", criteria("{'n':2}"));
    CompletableFuture<?> again = store().write(new Write.Put("/r/1", json("{\"n\":3}"), null));

    answer(first);
    answer(second);
    assertThat(answer(wrong)).isZero();
    assertThat(answer(right)).isEqualTo(1);
    answer(again);
    assertThat(got("/r/1")).isEqualTo("{\"n\":3}");
  }
}
