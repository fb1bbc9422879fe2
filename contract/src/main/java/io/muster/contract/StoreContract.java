package io.muster.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.StoreHealth;
import io.muster.spi.store.Write;
import io.muster.testing.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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
public abstract class StoreContract extends CriteriaTests {
  /// Data of this size every store takes.
  private static final int LARGE = (1 << 20) - 100;

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

    if (!keeps()) {
      assertThat(answer(store().count("*"))).as("what a store has that keeps nothing").isZero();
      return;
    }
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
