package io.muster.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.store.PathRecord;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.Write;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What becomes of single records: writes, conditions of writes, gauges.
abstract class RecordTests extends StoreTests {
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

  // --- conditions

  private Kind unmet(Write write) {
    return failure(store().write(write));
  }

  @Test
  void aWriteOfWhatMustBeThereDoesNothingWhereItIsNot() {
    byte[] data = json("{\"v\":2}");

    assertThat(unmet(new Write.Put("/a", data, null, Write.When.PRESENT))).isEqualTo(Kind.UNMET);
    assertThat(unmet(new Write.Merge("/a", data, null, Write.When.PRESENT))).isEqualTo(Kind.UNMET);
    assertThat(got("/a")).isNull();

    put("/a", "{\"u\":1,\"v\":1}");
    PathRecord merged =
        answer(store().write(new Write.Merge("/a", data, "u", Write.When.PRESENT))).record();
    assertThat(text(merged)).isEqualTo("{\"u\":1,\"v\":2}");
    PathRecord replaced =
        answer(store().write(new Write.Put("/a", data, "u", Write.When.PRESENT))).record();
    assertThat(text(replaced)).isEqualTo("{\"v\":2}").isEqualTo(got("/a"));
    assertThat(replaced.version()).isEqualTo(3);
    assertThat(replaced.created()).isEqualTo(merged.created());
  }

  @Test
  void aWriteOfWhatMustBeNewDoesNothingWhereItIsThere() {
    byte[] data = json("{\"v\":2}");
    PathRecord first =
        answer(store().write(new Write.Put("/a", data, null, Write.When.ABSENT))).record();

    assertThat(first.version()).isEqualTo(1);
    byte[] other = json("{\"v\":3}");
    assertThat(unmet(new Write.Put("/a", other, null, Write.When.ABSENT))).isEqualTo(Kind.UNMET);
    assertThat(unmet(new Write.Merge("/a", other, null, Write.When.ABSENT))).isEqualTo(Kind.UNMET);
    assertThat(got("/a")).isEqualTo("{\"v\":2}");
    assertThat(answer(store().get("/a")).orElseThrow().version()).isEqualTo(1);

    answer(store().remove("/a"));
    answer(store().write(new Write.Merge("/a", other, null, Write.When.ABSENT)));
    assertThat(got("/a")).isEqualTo("{\"v\":3}");
  }

  @Test
  void ofManyWhoInsertOneSucceeds() {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      byte[] data = json("{\"by\":" + i + "}");
      all.add(store().write(new Write.Put("/a", data, null, Write.When.ABSENT)));
    }

    int inserted = 0;
    for (CompletableFuture<?> asked : all) {
      try {
        answer(asked);
        inserted++;
      } catch (StoreException e) {
        assertThat(e.kind()).isEqualTo(Kind.UNMET);
      }
    }

    assertThat(inserted).isEqualTo(1);
    assertThat(answer(store().get("/a")).orElseThrow().version()).isEqualTo(1);
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
}
