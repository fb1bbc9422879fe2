package io.muster.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaJson;
import io.muster.spi.store.CriteriaMatcher;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.Selection;
import io.muster.spi.store.SortKey;
import io.muster.spi.store.Write;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/// Asks a store and [CriteriaMatcher] the same random questions, for providers that translate
/// criteria into a language of their own.
public final class CriteriaAgreement {
  private static final List<String> SCALARS =
      List.of(
          "0",
          "1",
          "-1",
          "1.0",
          "2.5",
          "0.1",
          "0.10000000000000000001",
          "9007199254740993",
          "9007199254740992",
          "1e30",
          "\"\"",
          "\"a\"",
          "\"ab\"",
          "\"B\"",
          "\"ä\"",
          "\"😀\"",
          "\"~\"",
          "\"1\"",
          "\"a%b\"",
          "true",
          "false",
          "null",
          "[]",
          "{}",
          "\"a\\nb\"");
  private static final List<String> FIELDS =
      List.of(
          "data.a",
          "data.b",
          "data.a.b",
          "data.a.b.c",
          "data.a.0",
          "data.a.0.b",
          "data.b.1",
          "data.$x",
          "data.é",
          "data.");
  private static final List<String> COMPARISONS =
      List.of("$eq", "$ne", "$gt", "$gte", "$lt", "$lte");

  private final RecordStore store;
  private final Random random;

  private CriteriaAgreement(RecordStore store, Random random) {
    this.store = store;
    this.random = random;
  }

  /// Fills an empty store and asks.
  ///
  /// @param questions how many
  public static void check(RecordStore store, Random random, int questions) {
    new CriteriaAgreement(store, random).check(questions);
  }

  private void check(int questions) {
    List<CompletableFuture<?>> writes = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      byte[] data = object(3).getBytes(StandardCharsets.UTF_8);
      writes.add(
          store.write(
              new Write.Put("/q/" + i % 7 + "/" + i, data, i % 3 == 0 ? null : "u" + i % 5)));
    }
    writes.forEach(StoreTests::answer);
    List<PathRecord> all = StoreTests.answer(store.list(ListQuery.all("/q/*")));
    assertThat(all).hasSize(150);
    for (int i = 0; i < questions; i++) {
      String text = criteria(2, all);
      Criteria criteria =
          CriteriaJson.read(JsonText.read(text.getBytes(StandardCharsets.UTF_8)), CriteriaJson.OWN);
      compare(text, criteria, all);
    }
    removeSome(all);
  }

  private void compare(String text, Criteria criteria, List<PathRecord> all) {
    ListQuery page =
        new ListQuery("/q/*", criteria, sort(), random.nextInt(4), random.nextInt(3) * 10L);
    Selection expected = new Selection(page, Long.MAX_VALUE, "");
    for (PathRecord r : all) if (!expected.offer(r)) break;

    assertThat(StoreTests.answer(store.list(page)))
        .as(text + " by " + page.sort())
        .extracting(PathRecord::path)
        .isEqualTo(expected.result().stream().map(PathRecord::path).toList());
    CriteriaMatcher matcher = CriteriaMatcher.of(criteria);
    assertThat(StoreTests.answer(store.count("/q/*", criteria)))
        .as("count of " + text)
        .isEqualTo(all.stream().filter(matcher::matches).count());
  }

  private void removeSome(List<PathRecord> before) {
    List<PathRecord> left = before;
    for (int i = 0; i < 20; i++) {
      String text = criteria(1, left.isEmpty() ? before : left);
      Criteria criteria =
          CriteriaJson.read(JsonText.read(text.getBytes(StandardCharsets.UTF_8)), CriteriaJson.OWN);
      CriteriaMatcher matcher = CriteriaMatcher.of(criteria);
      List<PathRecord> stay = left.stream().filter(r -> !matcher.matches(r)).toList();
      long removed = StoreTests.answer(store.remove("/q/*", criteria));
      assertThat(removed).as("removed by " + text).isEqualTo(left.size() - stay.size());
      left = stay;
    }
    assertThat(StoreTests.answer(store.list(ListQuery.all("/q/*"))))
        .extracting(PathRecord::path)
        .isEqualTo(left.stream().map(PathRecord::path).toList());
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  // --- data

  private String object(int depth) {
    StringBuilder o = new StringBuilder("{");
    for (String name : List.of("a", "b", "c", "$x", "é", "", "0")) {
      if (random.nextInt(3) == 0) continue;
      if (o.length() > 1) o.append(',');
      o.append('"').append(name).append("\":").append(value(depth - 1));
    }
    if (random.nextInt(20) == 0) o.append(o.length() > 1 ? "," : "").append("\"n\":\"\\u0000\"");
    return o.append('}').toString();
  }

  private String value(int depth) {
    int kind = depth <= 0 ? 9 : random.nextInt(10);
    if (kind < 2) return object(depth);
    if (kind > 3) return one(SCALARS);
    StringBuilder a = new StringBuilder("[");
    for (int i = random.nextInt(3); i >= 0; i--) {
      if (a.length() > 1) a.append(',');
      a.append(value(depth - 1));
    }
    return a.append(']').toString();
  }

  // --- questions

  private String criteria(int depth, List<PathRecord> all) {
    int kind = depth <= 0 ? 9 : random.nextInt(10);
    if (kind < 4) {
      return "{\""
          + one(List.of("$and", "$or", "$or", "$nor"))
          + "\":["
          + criteria(depth - 1, all)
          + ","
          + criteria(depth - 1, all)
          + "]}";
    }
    if (kind == 4) return meta(all);
    return "{\"" + one(FIELDS) + "\":" + condition(depth) + "}";
  }

  private String meta(List<PathRecord> all) {
    PathRecord r = one(all);
    String value =
        switch (random.nextInt(4)) {
          case 0 -> "meta.path\":{\"" + one(COMPARISONS) + "\":\"" + r.path() + "\"";
          case 1 -> "meta.modified\":{\"" + one(COMPARISONS) + "\":" + r.modified();
          case 2 -> "meta.modifiedBy\":{\"" + one(COMPARISONS) + "\":\"u2\"";
          default -> "meta.createdBy\":{\"" + one(List.of("$in", "$nin")) + "\":[\"u1\",null]";
        };
    return "{\"" + value + "}}";
  }

  private String condition(int depth) {
    return switch (random.nextInt(12)) {
      case 0 -> "{\"$exists\":" + random.nextBoolean() + "}";
      case 1 -> "{\"$in\":[" + one(SCALARS) + "," + one(SCALARS) + "]}";
      case 2 -> "{\"$nin\":[" + one(SCALARS) + "," + one(SCALARS) + "]}";
      case 3 -> "{\"$like\":\"" + one(List.of("a%", "%b", "%", "a", "a\\nb")) + "\"}";
      case 4 -> "{\"$regex\":\"" + one(List.of("^a", "b$", "A", "[0-9]")) + "\"}";
      case 5 -> "{\"$size\":" + random.nextInt(3) + "}";
      case 6 -> "{\"$type\":\"" + one(List.of("string", "number", "array", "null")) + "\"}";
      case 7 -> "{\"$all\":[" + one(SCALARS) + "]}";
      case 8 -> "{\"$not\":{\"" + one(COMPARISONS) + "\":" + one(SCALARS) + "}}";
      case 9 -> "{\"$elemMatch\":{\"" + one(COMPARISONS) + "\":" + one(SCALARS) + "}}";
      default ->
          depth > 0 && random.nextInt(4) == 0
              ? "{\"$gte\":" + one(SCALARS) + ",\"$lte\":" + one(SCALARS) + "}"
              : "{\"" + one(COMPARISONS) + "\":" + one(SCALARS) + "}";
    };
  }

  private List<SortKey> sort() {
    List<FieldPath> fields =
        List.of(
            FieldPath.Meta.MODIFIED,
            FieldPath.Meta.MODIFIED_BY,
            FieldPath.Meta.PATH,
            FieldPath.Data.of("a"),
            FieldPath.Data.of("a.b"));
    List<SortKey> keys = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      keys.add(new SortKey(one(fields), one(List.of(SortKey.Direction.values()))));
    }
    return keys;
  }
}
