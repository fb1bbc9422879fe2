package io.muster.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathOrder;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.SortKey;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.StoreHealth;
import io.muster.spi.store.Write;
import io.muster.testing.Eventually;
import io.muster.testing.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What a [RecordStore] promises, whoever provides it. Extend it, say how your store is opened, and
/// all of it runs:
///
/// ```java
/// class MyStoreTest extends StoreContract {
///   @Override
///   protected RecordStore open(Path directory) {
///     return new MyProvider().read(settings).open(context(directory));
///   }
/// }
/// ```
///
/// One store serves all tests of a class, which empty it one after the other; those that need a
/// restart close it and open it again. No other process may write to it meanwhile.
public abstract class StoreContract extends StoreTests {
  /// Data of this size every store takes.
  private static final int LARGE = (1 << 20) - 100;

  // --- one record

  @Test
  void whatIsPutIsThereAndNothingElse() {
    put("/a", "{\"v\":1,\"list\":[1,{\"x\":null}],\"text\":\"a b\"}");

    assertThat(got("/a")).isEqualTo("{\"v\":1,\"list\":[1,{\"x\":null}],\"text\":\"a b\"}");
    for (String other : List.of("/A", "a", "/a/", "/", "/b", "/a ")) {
      assertThat(got(other)).as(other).isNull();
    }
  }

  @Test
  void aPutReplacesTheWholeRecord() {
    put("/a", "{\"old\":true,\"v\":1}");

    PathRecord second = put("/a", "{\"v\":2}");

    assertThat(text(second)).isEqualTo("{\"v\":2}");
    assertThat(got("/a")).isEqualTo("{\"v\":2}");
  }

  @Test
  void writesKeepTheFirstStampAndCountVersions() {
    long before = System.currentTimeMillis() - 60_000;

    PathRecord first = answer(store().write(new Write.Put("/a", json("{}"), "anna"))).record();
    PathRecord second = answer(store().write(new Write.Merge("/a", json("{}"), "bert"))).record();
    PathRecord found = answer(store().get("/a")).orElseThrow();

    assertThat(first.path()).isEqualTo("/a");
    assertThat(first.version()).isEqualTo(1);
    assertThat(first.created()).isGreaterThan(before).isEqualTo(first.modified());
    assertThat(second.created()).isEqualTo(first.created());
    assertThat(second.modified()).isGreaterThanOrEqualTo(first.modified());
    assertThat(second.version()).isGreaterThan(first.version());
    assertThat(found.created()).isEqualTo(first.created());
    assertThat(found.modified()).isEqualTo(second.modified());
    assertThat(found.version()).isEqualTo(second.version());
    assertThat(found.createdBy()).isEqualTo("anna");
    assertThat(found.modifiedBy()).isEqualTo("bert");
  }

  @Test
  void nobodyIsNamedWhereNobodyWrote() {
    put("/a", "{}");

    PathRecord found = answer(store().get("/a")).orElseThrow();

    assertThat(found.createdBy()).isNull();
    assertThat(found.modifiedBy()).isNull();
  }

  @Test
  void aRemovedRecordBeginsAnew() {
    put("/a", "{\"v\":1}");
    put("/a", "{\"v\":2}");
    answer(store().remove("/a"));

    PathRecord again = put("/a", "{\"v\":3}");

    assertThat(again.version()).isEqualTo(1);
    assertThat(again.created()).isEqualTo(again.modified());
  }

  @Test
  void aMergeSetsMembersAndKeepsTheOthers() {
    put("/a", "{\"x\":1,\"y\":{\"deep\":[1,2]},\"z\":true}");

    PathRecord merged = merge("/a", "{\"x\":\"ä\",\"new\":null,\"y\":{\"other\":1}}");

    assertThat(got("/a")).isEqualTo(text(merged));
    assertThat(text(merged))
        .contains("\"x\":\"ä\"", "\"new\":null", "\"z\":true")
        .as("a merge is shallow: members of members are replaced")
        .contains("\"y\":{\"other\":1}")
        .doesNotContain("deep");
  }

  @Test
  void aMergeIntoNothingIsAPut() {
    assertThat(text(merge("/new", "{\"a\":1}"))).isEqualTo("{\"a\":1}");
    assertThat(got("/new")).isEqualTo("{\"a\":1}");
  }

  @Test
  void namesOfMembersMayLookLikeOperators() {
    String odd = "{\"$set\":1,\"a.b\":{\"$gt\":2},\"\":3,\"_id\":4,\"'\":5,\"\\\"\":6}";
    put("/odd", odd);

    merge("/odd", "{\"c.d\":7}");

    assertThat(got("/odd")).contains("\"$set\":1", "\"a.b\":{\"$gt\":2}", "\"\":3", "\"_id\":4");
    assertThat(got("/odd")).contains("\"'\":5", "\"\\\"\":6", "\"c.d\":7");
  }

  @Test
  void membersKeepTheirOrder() {
    String data = "{\"z\":1,\"a\":2,\"m\":{\"y\":1,\"b\":2},\"10\":3,\"9\":4}";

    put("/order", data);

    assertThat(got("/order")).isEqualTo(data);
  }

  @Test
  void numbersKeepTheirValue() {
    String data = "{\"big\":9007199254740993,\"neg\":-0.125,\"zero\":0,\"pi\":3.141592653589793}";

    put("/numbers", data);

    assertThat(got("/numbers")).isEqualTo(data);
  }

  // --- gauges

  private double count(String path, String gauge, double amount) {
    PathRecord r = answer(store().write(new Write.Increment(path, gauge, amount, null))).record();
    Matcher m =
        Pattern.compile(Pattern.quote("\"" + gauge + "\":{") + ".*?\"value\":([-+.0-9eE]+)")
            .matcher(text(r));
    assertThat(m.find()).as(text(r)).isTrue();
    return Double.parseDouble(m.group(1));
  }

  @Test
  void anIncrementMakesCountsAndKeepsAllElse() {
    assertThat(count("/g", "visits", 1)).isEqualTo(1);
    assertThat(count("/g", "visits", 41)).isEqualTo(42);
    assertThat(count("/g", "other", -2.5)).isEqualTo(-2.5);
    merge("/g", "{\"x\":1,\"rich\":{\"unit\":\"m\",\"value\":0.5}}");
    assertThat(count("/g", "rich", 0.25)).isEqualTo(0.75);

    assertThat(got("/g"))
        .contains("\"visits\":{\"value\":42}", "\"other\":{\"value\":-2.5}", "\"x\":1")
        .contains("\"unit\":\"m\"", "\"value\":0.75");
    assertThat(answer(store().get("/g")).orElseThrow().version()).isEqualTo(5);
  }

  @Test
  void whatCannotBeCountedIsRefused() {
    String data = "{\"n\":5,\"t\":{\"value\":\"x\"},\"e\":{},\"g\":{\"value\":1.7e308}}";
    put("/g", data);

    for (String gauge : List.of("n", "t", "e", "")) {
      CompletableFuture<?> asked = store().write(new Write.Increment("/g", gauge, 1, null));
      assertThat(failure(asked)).as(gauge).isEqualTo(Kind.REFUSED);
    }
    for (double amount : new double[] {Double.NaN, Double.POSITIVE_INFINITY, 1.7e308}) {
      CompletableFuture<?> asked = store().write(new Write.Increment("/g", "g", amount, null));
      assertThat(failure(asked)).as("+ " + amount).isEqualTo(Kind.REFUSED);
    }
    assertThat(got("/g")).isEqualTo(data);
  }

  @Test
  void incrementsOfManyThreadsAddUp() throws Exception {
    List<Thread> all = new ArrayList<>();
    Set<Double> seen = java.util.Collections.synchronizedSet(new LinkedHashSet<>());
    for (int t = 0; t < 8; t++) {
      all.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 0; i < 25; i++) seen.add(count("/g", "n", 1));
                  }));
    }
    for (Thread t : all) t.join();

    assertThat(got("/g")).isEqualTo("{\"n\":{\"value\":200}}");
    assertThat(seen).as("each sees a value of its own").hasSize(200);
  }

  // --- patterns

  @Test
  void aStarMatchesAnyRunAlsoAcrossSlashes() {
    for (String p : List.of("/t/a", "/t/a/b", "/t/b", "/t", "/u/t/a", "/T/a")) put(p, "{}");

    assertThat(paths(ListQuery.all("/t/*"))).containsExactly("/t/a", "/t/a/b", "/t/b");
    assertThat(paths(ListQuery.all("/t*"))).containsExactly("/t", "/t/a", "/t/a/b", "/t/b");
    assertThat(paths(ListQuery.all("*/a"))).containsExactly("/T/a", "/t/a", "/u/t/a");
    assertThat(paths(ListQuery.all("*t/*b"))).containsExactly("/t/a/b", "/t/b");
    assertThat(paths(ListQuery.all("/t/**a"))).containsExactly("/t/a");
    assertThat(paths(ListQuery.all("*"))).hasSize(6);
    assertThat(paths(ListQuery.all("/t"))).containsExactly("/t");
    assertThat(paths(ListQuery.all("/none*"))).isEmpty();
    assertThat(paths(ListQuery.all("/none"))).isEmpty();
  }

  @Test
  void onlyTheStarMeansAnything() {
    List<String> odd =
        List.of(
            "/a.b",
            "/axb",
            "/a+b",
            "/a%b",
            "/a_b",
            "/a(b)",
            "/a[b]",
            "/a{b}",
            "/a\\b",
            "/a^b$",
            "/a?b",
            "/a'b",
            "/a\"b",
            "/a&b=c:d@e",
            "/a b",
            "/a#b",
            "/a$b",
            "/a|b");
    for (String p : odd) put(p, "{\"p\":1}");

    for (String p : odd) {
      assertThat(got(p)).as(p).isEqualTo("{\"p\":1}");
      assertThat(paths(ListQuery.all(p + "*"))).as(p + "*").containsExactly(p);
      assertThat(paths(ListQuery.all("*" + p))).as("*" + p).containsExactly(p);
      assertThat(answer(store().count(p))).as(p).isEqualTo(1);
    }
    for (String p : odd) assertThat(answer(store().remove(p + "*"))).as(p).isEqualTo(1);
    assertThat(answer(store().count("*"))).isZero();
  }

  @Test
  void randomPatternsMatchAsRegularExpressionsDo() {
    Random random = Seeds.random(7);
    Set<String> all = new TreeSet<>(PathOrder.PATHS);
    for (int i = 0; i < 120; i++) all.add("/" + letters(random, "ab/._", 1 + random.nextInt(6)));
    List<CompletableFuture<?>> writes = new ArrayList<>();
    for (String p : all) writes.add(store().write(new Write.Put(p, json("{}"), null)));
    writes.forEach(StoreTests::answer);

    for (int i = 0; i < 100; i++) {
      String pattern = letters(random, "ab/*._", 1 + random.nextInt(6));
      Pattern like = Pattern.compile("\\Q" + pattern.replaceAll("\\*+", "\\\\E.*\\\\Q") + "\\E");
      List<String> expected = all.stream().filter(p -> like.matcher(p).matches()).toList();
      assertThat(paths(ListQuery.all(pattern))).as(pattern).isEqualTo(expected);
      assertThat(answer(store().count(pattern))).as(pattern).isEqualTo(expected.size());
    }
  }

  private static String letters(Random random, String from, int n) {
    StringBuilder b = new StringBuilder();
    for (int i = 0; i < n; i++) b.append(from.charAt(random.nextInt(from.length())));
    return b.toString();
  }

  // --- order and pages

  @Test
  void pathsOfAllLettersComeByCodePoint() {
    // U+FF5E lies below U+1F600, whose surrogates lie below U+FF5E.
    List<String> ordered =
        List.of("/A", "/B", "/_", "/a", "/z", "/Ä", "/é", "/я", "/中", "/\uff5e", "/😀");
    for (String p : ordered.reversed()) put(p, "{\"p\":\"" + p + "\"}");

    assertThat(paths(ListQuery.all("/*"))).isEqualTo(ordered);
    for (String p : ordered) assertThat(got(p)).isEqualTo("{\"p\":\"" + p + "\"}");
    assertThat(paths(ListQuery.all("*😀"))).containsExactly("/😀");
    assertThat(got("/e\u0301")).as("paths are not normalised").isNull();
  }

  @Test
  void theOrderOfModificationFollowsTheLastWrites() {
    for (String p : List.of("/c", "/a", "/d", "/b")) {
      long last = put(p, "{}").modified();
      Eventually.within(
          Duration.ofSeconds(10), "the next millisecond", () -> System.currentTimeMillis() > last);
    }
    put("/a", "{\"v\":2}");

    ListQuery query = ListQuery.all("/*").by(SortKey.BY_MODIFIED);
    List<PathRecord> found = answer(store().list(query));

    assertThat(found).extracting(PathRecord::modified).isSorted();
    assertThat(found).extracting(PathRecord::path).containsExactly("/c", "/d", "/b", "/a");
    assertThat(paths(new ListQuery("/*", 1, 2).by(SortKey.BY_MODIFIED)))
        .containsExactly("/d", "/b");
  }

  @Test
  void pagesAreCutFromTheOrderedAnswer() {
    List<String> all = IntStream.range(0, 25).mapToObj(i -> String.format("/p/%02d", i)).toList();
    for (String p : all.reversed()) put(p, "{}");

    List<String> paged = new ArrayList<>();
    for (int skip = 0; skip < 30; skip += 7) {
      paged.addAll(paths(new ListQuery("/p/*", skip, 7)));
    }

    assertThat(paged).isEqualTo(all);
    assertThat(paths(new ListQuery("/p/*", 24, 0))).containsExactly("/p/24");
    assertThat(paths(new ListQuery("/p/*", 25, 5))).isEmpty();
    assertThat(paths(new ListQuery("/p/*", Long.MAX_VALUE, 1))).isEmpty();
    assertThat(paths(new ListQuery("/p/*", 20, Long.MAX_VALUE))).hasSize(5);
    assertThat(paths(new ListQuery("/p/00", 1, 0))).isEmpty();
  }

  @Test
  void listedRecordsAreWhole() {
    PathRecord written =
        answer(store().write(new Write.Put("/r", json("{\"v\":1}"), "u"))).record();

    PathRecord listed = answer(store().list(ListQuery.all("/*"))).getFirst();

    assertThat(text(listed)).isEqualTo("{\"v\":1}");
    assertThat(listed.created()).isEqualTo(written.created());
    assertThat(listed.modified()).isEqualTo(written.modified());
    assertThat(listed.version()).isEqualTo(written.version());
    assertThat(listed.modifiedBy()).isEqualTo("u");
  }

  // --- removing and counting

  @Test
  void removingSaysHowManyThereWere() {
    for (String p : List.of("/t/a", "/t/a/b", "/t/b", "/u")) put(p, "{}");

    assertThat(answer(store().count("/t/*"))).isEqualTo(3);
    assertThat(answer(store().remove("/none"))).isZero();
    assertThat(answer(store().remove("/none*"))).isZero();
    assertThat(answer(store().remove("/u"))).isEqualTo(1);
    assertThat(got("/u")).isNull();
    assertThat(answer(store().remove("/t/*"))).isEqualTo(3);
    assertThat(answer(store().remove("/t/*"))).isZero();
    assertThat(answer(store().count("*"))).isZero();
  }

  // --- sizes

  @Test
  void aMegabyteIsTakenAndComesBack() {
    String data = "{\"text\":\"" + "ä😀x".repeat(LARGE / 7 - 10) + "\"}";
    assertThat(json(data).length).isLessThanOrEqualTo(LARGE);

    put("/large", data);
    PathRecord merged = merge("/large", "{\"more\":1}");

    String expected = data.substring(0, data.length() - 1) + ",\"more\":1}";
    assertThat(text(merged).equals(expected)).as("merged").isTrue();
    assertThat(expected.equals(got("/large"))).as("got").isTrue();
    PathRecord listed = answer(store().list(ListQuery.all("/lar*"))).getFirst();
    assertThat(text(listed).equals(expected)).as("listed").isTrue();
  }

  @Test
  void aRecordBeyondTheLimitIsRefusedAndLeavesTheOldOne() {
    if (recordBytesMax() == 0) return;
    put("/a", "{\"v\":1}");
    byte[] tooLarge = json("{\"x\":\"" + "y".repeat(recordBytesMax()) + "\"}");

    assertThat(failure(store().write(new Write.Put("/a", tooLarge, null)))).isEqualTo(Kind.REFUSED);
    assertThat(failure(store().write(new Write.Merge("/a", tooLarge, null))))
        .isEqualTo(Kind.REFUSED);
    assertThat(got("/a")).isEqualTo("{\"v\":1}");
  }

  @Test
  void longPathsAreTakenUpToTheLimit() {
    String longest = "/" + "ä".repeat(4095) + "x";

    put(longest, "{\"v\":1}");

    assertThat(got(longest)).isEqualTo("{\"v\":1}");
    assertThat(paths(ListQuery.all("/ää*x"))).containsExactly(longest);
    CompletableFuture<?> beyond = store().write(new Write.Put(longest + "y", json("{}"), null));
    assertThat(failure(beyond)).isEqualTo(Kind.REFUSED);
  }

  @Test
  void aThousandRecordsAreListed() {
    List<CompletableFuture<?>> writes = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      writes.add(store().write(new Write.Put("/many/" + i, json("{\"n\":" + i + "}"), null)));
    }
    writes.forEach(StoreTests::answer);

    assertThat(answer(store().list(ListQuery.all("/many/*")))).hasSize(1000);
    assertThat(answer(store().remove("/many/*"))).isEqualTo(1000);
  }

  // --- bad input

  @Test
  void badInputIsRefusedAndHarmsNobody() {
    put("/good", "{\"v\":1}");
    for (String path : List.of("", "/a*", "*", "/half\ud800", "\udc00/half")) {
      CompletableFuture<?> write = store().write(new Write.Put(path, json("{}"), null));
      assertThat(failure(write)).as("path '" + path + "'").isEqualTo(Kind.REFUSED);
    }
    for (String data : List.of("", "[1]", "3", "\"x\"", "null", "{", "}", " ")) {
      CompletableFuture<?> put = store().write(new Write.Put("/good", json(data), null));
      assertThat(failure(put)).as("put " + data).isEqualTo(Kind.REFUSED);
      CompletableFuture<?> merge = store().write(new Write.Merge("/good", json(data), null));
      assertThat(failure(merge)).as("merge " + data).isEqualTo(Kind.REFUSED);
    }
    CompletableFuture<?> broken = store().write(new Write.Merge("/good", json("{\"a\":}"), null));
    assertThat(failure(broken)).as("a merge of no JSON").isEqualTo(Kind.REFUSED);
    assertThat(failure(store().remove(""))).isEqualTo(Kind.REFUSED);

    assertThat(got("")).isNull();
    assertThat(got("/good")).isEqualTo("{\"v\":1}");
    assertThat(answer(store().count("*"))).isEqualTo(1);
    assertThat(store().health().good()).isTrue();
    assertThatThrownBy(() -> new ListQuery("*", -1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // --- many at once

  @Test
  void writesOfOneThreadTakeEffectInOrder() {
    List<CompletableFuture<PathRecord>> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Write write = new Write.Put("/o", json("{\"n\":" + i + "}"), null);
      answers.add(store().write(write).thenApply(w -> w.record()));
    }
    CompletableFuture<Long> removed = store().remove("/o");
    CompletableFuture<?> last = store().write(new Write.Put("/o", json("{\"n\":-1}"), null));

    List<Long> versions = answers.stream().map(a -> answer(a).version()).toList();
    assertThat(versions).isSorted().doesNotHaveDuplicates();
    assertThat(answer(removed)).isEqualTo(1);
    answer(last);
    assertThat(got("/o")).isEqualTo("{\"n\":-1}");
  }

  @Test
  void mergesOfManyThreadsLoseNothing() throws Exception {
    int threads = 8;
    int each = 25;
    List<Thread> all = new ArrayList<>();
    Set<Long> versions = java.util.Collections.synchronizedSet(new LinkedHashSet<>());
    for (int t = 0; t < threads; t++) {
      int me = t;
      all.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 0; i < each; i++) {
                      versions.add(merge("/m", "{\"k" + me + "_" + i + "\":1}").version());
                    }
                  }));
    }
    for (Thread t : all) t.join();

    PathRecord merged = answer(store().get("/m")).orElseThrow();
    for (int t = 0; t < threads; t++) {
      for (int i = 0; i < each; i++)
        assertThat(text(merged)).contains("\"k" + t + "_" + i + "\":1");
    }
    assertThat(versions).as("each write has a version of its own").hasSize(threads * each);
  }

  @Test
  void whoReadsAfterAnAnswerSeesTheWrite() throws Exception {
    List<Thread> all = new ArrayList<>();
    List<String> wrong = java.util.Collections.synchronizedList(new ArrayList<>());
    for (int t = 0; t < 4; t++) {
      String path = "/seen/" + t;
      all.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 0; i < 50; i++) {
                      String data = "{\"n\":" + i + "}";
                      put(path, data);
                      if (!data.equals(got(path))) wrong.add("get " + path + " " + i);
                      if (answer(store().count(path)) != 1) wrong.add("count " + path + " " + i);
                      boolean listed =
                          answer(store().list(ListQuery.all(path + "*"))).stream()
                              .anyMatch(r -> text(r).equals(data));
                      if (!listed) wrong.add("list " + path + " " + i);
                    }
                  }));
    }
    for (Thread t : all) t.join();

    assertThat(wrong).isEmpty();
  }

  @Test
  void removalsAndWritesAtOnceAddUp() throws Exception {
    int writers = 4;
    int each = 30;
    List<Thread> all = new ArrayList<>();
    java.util.concurrent.atomic.AtomicLong removed = new java.util.concurrent.atomic.AtomicLong();
    for (int t = 0; t < writers; t++) {
      int me = t;
      all.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 0; i < each; i++) put("/x/" + me + "/" + i, "{}");
                  }));
    }
    Thread remover =
        Thread.ofVirtual()
            .start(
                () -> {
                  for (int i = 0; i < 20; i++) removed.addAndGet(answer(store().remove("/x/*")));
                });
    for (Thread t : all) t.join();
    remover.join();

    long left = answer(store().count("/x/*"));
    assertThat(removed.get() + left).isEqualTo((long) writers * each);
  }

  // --- life

  @Test
  void aReopenedStoreHasEverything() throws Exception {
    PathRecord a = answer(store().write(new Write.Put("/a", json("{\"v\":1}"), "u"))).record();
    PathRecord b = put("/b/ä😀", "{\"v\":\"ä\"}");
    put("/gone", "{}");
    answer(store().remove("/gone"));

    closeTheStore();
    openTheStore();

    PathRecord found = answer(store().get("/a")).orElseThrow();
    assertThat(text(found)).isEqualTo("{\"v\":1}");
    assertThat(found.created()).isEqualTo(a.created());
    assertThat(found.modified()).isEqualTo(a.modified());
    assertThat(found.version()).isEqualTo(a.version());
    assertThat(found.createdBy()).isEqualTo("u");
    assertThat(got("/b/ä😀")).isEqualTo(text(b));
    assertThat(answer(store().count("*"))).isEqualTo(2);
    assertThat(put("/a", "{\"v\":2}").version()).isGreaterThan(a.version());
  }

  @Test
  void aClosedStoreSaysSoAndAnswersEverybody() throws Exception {
    put("/a", "{}");
    RecordStore store = store();
    assertThat(store.health()).isEqualTo(StoreHealth.GOOD);
    List<CompletableFuture<?>> underWay = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      underWay.add(store.write(new Write.Merge("/a", json("{\"n\":" + i + "}"), null)));
      underWay.add(store.list(ListQuery.all("/*")));
      underWay.add(store.get("/a"));
    }

    closeTheStore();

    for (CompletableFuture<?> asked : underWay) {
      Eventually.within(Duration.ofSeconds(ANSWER_SECONDS), "an answer", asked::isDone);
    }
    assertThat(store.health().state()).isEqualTo(StoreHealth.State.CLOSED);
    assertThat(store.health().why()).isNotBlank();
    assertThat(failure(store.get("/a"))).isEqualTo(Kind.UNAVAILABLE);
    assertThat(failure(store.list(ListQuery.all("*")))).isEqualTo(Kind.UNAVAILABLE);
    assertThat(failure(store.count("*"))).isEqualTo(Kind.UNAVAILABLE);
    assertThat(failure(store.remove("/a"))).isEqualTo(Kind.UNAVAILABLE);
    assertThat(failure(store.write(new Write.Put("/a", json("{}"), null))))
        .isEqualTo(Kind.UNAVAILABLE);
    store.close();
  }

  @Test
  void listsAreNotChangedByWhoGetsThem() {
    put("/a", "{\"v\":1}");

    List<PathRecord> found = answer(store().list(ListQuery.all("/*")));

    assertThatThrownBy(found::clear).isInstanceOf(UnsupportedOperationException.class);
  }
}
