package io.muster.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathOrder;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.SortKey;
import io.muster.spi.store.Write;
import io.muster.testing.Eventually;
import io.muster.testing.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Which records a pattern names, in which order they come, and how many at a time.
abstract class QueryTests extends RecordTests {
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
}
