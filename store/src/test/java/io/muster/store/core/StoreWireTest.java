package io.muster.store.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.spi.store.Condition;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.SortKey;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.Write;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoreWireTest {
  private static final byte[] DATA =
      "{\"a\":\"ä\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
  private static final PathRecord RECORD = new PathRecord("/ä/b", DATA, 1, 2, "me", null, 3);

  private static final Criteria CRITERIA =
      new Criteria.Or(
          List.of(
              new Criteria.Field(
                  FieldPath.Data.of("a.ä"),
                  new Condition.Compare(Condition.Operator.GT, new JsonValue.Fraction(0.5))),
              new Criteria.Field(
                  FieldPath.Meta.CREATED_BY, new Condition.In(List.of(JsonValue.NULL)))));

  private static final List<SortKey> SORT =
      List.of(
          new SortKey(FieldPath.Data.of("x.y"), SortKey.Direction.DESCENDING),
          new SortKey(FieldPath.Meta.VERSION, SortKey.Direction.ASCENDING));

  @Test
  void operationsComeBackAsTheyWere() {
    for (StoreWire.Operation o :
        List.of(
            new StoreWire.Get("/ä"),
            new StoreWire.Count("/*", Criteria.ANY),
            new StoreWire.Count("/*", CRITERIA),
            new StoreWire.Remove("/x/*", Criteria.ANY),
            new StoreWire.Remove("/x/*", CRITERIA),
            new StoreWire.Listing(new ListQuery("/ä*", CRITERIA, List.of(), 0, 0)),
            new StoreWire.Listing(new ListQuery("/*", CRITERIA, SORT, 1, 2)),
            new StoreWire.Listing(new ListQuery("/*", 7, 9)),
            new StoreWire.Listing(new ListQuery("/*", 7, 9).by(SortKey.BY_MODIFIED)))) {
      assertThat(StoreWire.decode(StoreWire.encode(o))).isEqualTo(o);
    }
    for (Write w :
        List.of(
            new Write.Put("/p", DATA, "me"),
            new Write.Merge("/p", DATA, null),
            new Write.Put("/p", DATA, null, Write.When.ABSENT),
            new Write.Merge("/p", DATA, "me", Write.When.PRESENT),
            new Write.Increment("/p", "zähler", -0.5, "me"))) {
      Write back =
          ((StoreWire.Change) StoreWire.decode(StoreWire.encode(new StoreWire.Change(w)))).write();
      assertThat(back).usingRecursiveComparison().isEqualTo(w);
    }
  }

  @Test
  void answersComeBackAsTheyWere() {
    assertThat(StoreWire.found("/x", StoreWire.found(Optional.empty()))).isEmpty();
    assertThat(StoreWire.found(RECORD.path(), StoreWire.found(Optional.of(RECORD))))
        .get()
        .usingRecursiveComparison()
        .isEqualTo(RECORD);
    assertThat(StoreWire.listed(StoreWire.listed(List.of(RECORD, RECORD))))
        .usingRecursiveComparison()
        .isEqualTo(List.of(RECORD, RECORD));
    assertThat(StoreWire.number(StoreWire.number(1L << 40))).isEqualTo(1L << 40);
    Write put = new Write.Put(RECORD.path(), DATA, "me");
    assertThat(StoreWire.written(put, StoreWire.written(RECORD, false)))
        .usingRecursiveComparison()
        .isEqualTo(RECORD);
    Write merge = new Write.Merge(RECORD.path(), new byte[] {'{', '}'}, "me");
    assertThat(StoreWire.written(merge, StoreWire.written(RECORD, true)))
        .usingRecursiveComparison()
        .isEqualTo(RECORD);
  }

  /// Cut, or with a bit turned over: an answer of records, or a StoreException.
  @Test
  void aBrokenListIsRefused() {
    byte[] good = StoreWire.listed(List.of(RECORD, RECORD));
    for (int cut = 0; cut < good.length; cut++) {
      byte[] less = Arrays.copyOf(good, cut);
      assertThatThrownBy(() -> StoreWire.listed(less))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FAILED));
    }
    assertThatThrownBy(() -> StoreWire.listed(Arrays.copyOf(good, good.length + 1)))
        .hasMessageContaining("more than it counts");
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = good.clone();
      bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        assertThat(StoreWire.listed(bad)).hasSizeLessThanOrEqualTo(2);
      } catch (StoreException e) {
        assertThat(e.getMessage()).isNotNull();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void failuresKeepTheirKindAndText(Kind kind) {
    byte[] answer = StoreWire.failed(new StoreException(kind, "why", null));
    assertThatThrownBy(() -> StoreWire.number(answer))
        .hasMessage("why")
        .extracting(e -> ((StoreException) e).kind())
        .isEqualTo(kind);
  }

  @Test
  void rubbishIsRefusedAndNothingElseIsThrown() {
    Random random = new Random(42);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      if (bytes.length > 1 && random.nextBoolean()) {
        bytes[0] = 1;
        bytes[1] = (byte) random.nextInt(11);
      }
      try {
        StoreWire.decode(bytes);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }
}
