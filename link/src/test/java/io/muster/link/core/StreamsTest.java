package io.muster.link.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.ErrorCode;
import io.muster.testing.Seeds;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StreamsTest {
  private static final Streams.Limits SMALL = new Streams.Limits(3, 40, 300, 30, 16);
  private static final byte[] NOTHING = {};

  /// Two ends, and the frames between them.
  private static final class Pair {
    final Streams a = new Streams(true, SMALL);
    final Streams b = new Streams(false, SMALL);
    final ArrayDeque<StreamFrame> toA = new ArrayDeque<>();
    final ArrayDeque<StreamFrame> toB = new ArrayDeque<>();
    final List<Long> openedAtB = new ArrayList<>();
    final List<Long> openedAtA = new ArrayList<>();

    /// One frame out of an end, if it has one.
    boolean emit(boolean fromA) {
      StreamFrame f = (fromA ? a : b).next();
      if (f == null) return false;
      (fromA ? toB : toA).add(f);
      return true;
    }

    /// One frame into an end, if one is on its way.
    boolean deliver(boolean toEndA) {
      StreamFrame f = (toEndA ? toA : toB).poll();
      if (f == null) return false;
      // Over the wire, as bytes.
      for (Streams.Effect e : (toEndA ? a : b).receive(StreamFrame.decode(f.type(), f.body()))) {
        switch (e) {
          case Streams.Effect.Opened o -> (toEndA ? openedAtA : openedAtB).add(o.stream());
          case Streams.Effect.Changed _ -> {}
          case Streams.Effect.Violated v -> throw new AssertionError(v.reason() + " by " + f);
        }
      }
      return true;
    }

    void quiet() {
      for (boolean any = true; any; ) {
        any = emit(true) | emit(false) | deliver(true) | deliver(false);
      }
    }
  }

  private static byte[] text(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  private static int write(Streams end, long id, String s) {
    return end.write(id, text(s), 0, s.length());
  }

  private static String take(Streams end, long id) {
    return new String(end.take(id, 1000), StandardCharsets.UTF_8);
  }

  @Test
  void bytesGoBothWaysAndEachDirectionEndsAlone() {
    Pair p = new Pair();
    long id = p.a.open("echo", NOTHING).orElseThrow();
    write(p.a, id, "hello");
    p.a.end(id);
    p.quiet();

    assertThat(p.openedAtB).containsExactly(id).containsExactly(1L);
    assertThat(take(p.b, id)).isEqualTo("hello");
    assertThat(p.b.ended(id)).isTrue();
    assertThat(p.a.ended(id)).isFalse();

    write(p.b, id, "and back");
    p.b.end(id);
    p.b.release(id);
    p.quiet();

    assertThat(take(p.a, id)).isEqualTo("and back");
    assertThat(p.a.ended(id)).isTrue();
    p.a.release(id);
    assertThat(p.a.size() + p.b.size()).isZero();
  }

  @Test
  void numbersAreOddForTheDiallerAndEvenForTheListener() {
    Pair p = new Pair();
    assertThat(p.a.open("x", NOTHING)).hasValue(1);
    assertThat(p.a.open("x", NOTHING)).hasValue(3);
    assertThat(p.b.open("x", NOTHING)).hasValue(2);
    assertThat(p.b.open("x", NOTHING)).hasValue(4);
  }

  @Test
  void aReaderThatDoesNotReadStopsItsWriterAndGrantsWhatItTook() {
    Pair p = new Pair();
    long id = p.a.open("x", NOTHING).orElseThrow();
    int written = 0;
    for (int n; (n = write(p.a, id, "0123456789")) > 0; p.quiet()) written += n;

    assertThat(written).as("a window and what may wait to be sent").isEqualTo(40 + 30);
    assertThat(p.b.take(id, 19)).hasSize(19);
    p.quiet();
    assertThat(write(p.a, id, "x")).as("below half a window nothing is granted").isZero();
    assertThat(p.b.take(id, 1)).hasSize(1);
    p.quiet();
    assertThat(write(p.a, id, "x".repeat(100))).isEqualTo(20);
  }

  @Test
  void streamsThatNobodyReadsDoNotStopTheOthers() {
    Pair p = new Pair();
    List<Long> standing = new ArrayList<>();
    for (int i = 0; i < 2; i++) standing.add(p.a.open("x", NOTHING).orElseThrow());
    for (int i = 0; i < 3; i++) standing.add(p.b.open("x", NOTHING).orElseThrow());
    long alive = p.a.open("x", NOTHING).orElseThrow();
    p.quiet();
    for (long id : standing) {
      while (write(p.a, id, "full") > 0) p.quiet();
      while (write(p.b, id, "full") > 0) p.quiet();
    }

    for (int i = 0; i < 1000; i++) {
      assertThat(write(p.a, alive, "0123456789")).isEqualTo(10);
      p.quiet();
      assertThat(take(p.b, alive)).isEqualTo("0123456789");
      p.quiet();
    }
  }

  @Test
  void streamsTakeTurns() {
    Pair p = new Pair();
    long one = p.a.open("x", NOTHING).orElseThrow();
    long two = p.a.open("x", NOTHING).orElseThrow();
    while (p.a.control() != null) p.a.controlWaiting();
    write(p.a, one, "1".repeat(30));
    write(p.a, two, "2".repeat(30));

    List<Long> order = new ArrayList<>();
    for (StreamFrame f; (f = p.a.next()) != null; ) order.add(f.stream());

    assertThat(order).containsExactly(one, two, one, two);
  }

  @Test
  void noMoreStreamsThanAllowedAreOpenedOrTaken() {
    Pair p = new Pair();
    for (int i = 0; i < 3; i++) p.a.open("x", NOTHING);
    assertThat(p.a.open("x", NOTHING)).isEmpty();
    p.quiet();
    for (long id : List.of(1L, 3L, 5L)) {
      p.a.reset(id, 1, "no more");
      p.a.release(id);
    }
    p.quiet();

    // The other application still sits on all three.
    long id = p.a.open("x", NOTHING).orElseThrow();
    p.quiet();

    assertThat(p.openedAtB).containsExactly(1L, 3L, 5L);
    assertThat(p.a.failure(id))
        .isEqualTo(
            new Streams.Failure(
                ErrorCode.OVERLOADED.number(), "as many streams as may be are open: 3", false));
    p.a.release(id);
    for (long done : p.openedAtB) p.b.release(done);
    long again = p.a.open("x", NOTHING).orElseThrow();
    p.quiet();
    assertThat(p.a.failure(again)).isNull();
  }

  @Test
  void aResetReachesBothEndsAndFreesTheirBytes() {
    Pair p = new Pair();
    for (int round = 0; round < 100; round++) {
      long id = p.a.open("x", NOTHING).orElseThrow();
      write(p.a, id, "0123456789".repeat(3));
      p.quiet();
      p.b.reset(id, 77, "enough");
      // Crosses the reset.
      write(p.a, id, "late");
      p.quiet();

      assertThat(p.b.failure(id)).isEqualTo(new Streams.Failure(77, "enough", true));
      assertThat(p.a.failure(id)).isEqualTo(new Streams.Failure(77, "enough", false));
      assertThat(p.b.take(id, 10)).isEmpty();
      p.a.release(id);
      p.b.release(id);
    }
    assertThat(p.a.size() + p.b.size()).isZero();
  }

  @Test
  void aStreamResetBeforeItWasToldIsNeverTold() {
    Pair p = new Pair();
    long id = p.a.open("x", NOTHING).orElseThrow();
    write(p.a, id, "never");
    p.a.release(id);

    assertThat(p.a.next()).isNull();
    assertThat(p.a.size()).isZero();
  }

  @Test
  void whoLeavesAfterItsEndTellsTheOtherToStop() {
    Pair p = new Pair();
    long id = p.a.open("x", NOTHING).orElseThrow();
    p.quiet();
    write(p.b, id, "answer");
    p.b.end(id);
    while (write(p.a, id, "nobody reads this") > 0) p.quiet();
    p.b.release(id);
    p.quiet();

    assertThat(take(p.a, id)).as("the answer is not lost").isEqualTo("answer");
    assertThat(p.a.ended(id)).isTrue();
    assertThat(p.a.shut(id)).isTrue();
    assertThat(write(p.a, id, "more")).isZero();
    assertThat(p.b.size()).isZero();
    p.a.release(id);
    assertThat(p.a.size()).isZero();
  }

  @Test
  void aLostLinkFailsAllThatIsNotOver() {
    Pair p = new Pair();
    long over = p.a.open("x", NOTHING).orElseThrow();
    long open = p.a.open("x", NOTHING).orElseThrow();
    write(p.a, over, "x");
    p.a.end(over);
    p.quiet();
    write(p.b, over, "whole");
    p.b.end(over);
    p.quiet();
    p.a.lost(5, "cut");

    assertThat(p.a.failure(over)).isNull();
    assertThat(take(p.a, over)).isEqualTo("whole");
    assertThat(p.a.failure(open)).isEqualTo(new Streams.Failure(5, "cut", true));
    long late = p.a.open("x", NOTHING).orElseThrow();
    assertThat(p.a.failure(late)).isEqualTo(new Streams.Failure(5, "cut", true));
    for (long id : List.of(over, open, late)) p.a.release(id);
    assertThat(p.a.size()).isZero();
    assertThat(p.a.next()).isNull();
  }

  private static String reason(Streams end, StreamFrame... frames) {
    String reason = "";
    for (StreamFrame f : frames) {
      for (Streams.Effect e : end.receive(f)) {
        if (e instanceof Streams.Effect.Violated v) reason = v.reason();
      }
    }
    return reason;
  }

  private static StreamFrame open(long id) {
    return new StreamFrame.Open(id, "x", NOTHING);
  }

  private static StreamFrame data(long id, int bytes) {
    return new StreamFrame.Data(id, new byte[bytes]);
  }

  @Test
  void whoBreaksTheRulesIsToldWhich() {
    record Case(String reason, StreamFrame... frames) {}
    StreamFrame grant = new StreamFrame.Credit(1, Integer.MAX_VALUE);
    for (Case c :
        List.of(
            new Case("41 bytes beyond the credit of stream 1", open(1), data(1, 41)),
            new Case("1 bytes beyond the credit of stream 1", open(1), data(1, 40), data(1, 1)),
            new Case("301 bytes of stream 1 beyond the link's credit", open(1), data(1, 301)),
            new Case("STREAM_DATA for stream 3, which was never opened", open(1), data(3, 1)),
            new Case("STREAM_END for stream 2, which was never opened", new StreamFrame.End(2)),
            new Case("stream 2 is not the peer's to open", open(2)),
            new Case("stream 3 opened out of order", open(5), open(3)),
            new Case("stream 5 opened out of order", open(5), open(5)),
            new Case(
                "a second end of stream 1",
                open(1),
                new StreamFrame.End(1),
                new StreamFrame.End(1)),
            new Case(
                "data behind the end of stream 1", open(1), new StreamFrame.End(1), data(1, 1)),
            new Case("a credit of 2147483647 bytes more than can be for 1", open(1), grant, grant),
            new Case(
                "a credit of 2147483647 bytes more than can be for 0",
                new StreamFrame.Credit(0, Integer.MAX_VALUE)))) {
      assertThat(reason(new Streams(false, SMALL), c.frames)).isEqualTo(c.reason);
    }
  }

  @Test
  void openingWithoutEndMayNotFillTheMemoryWithRefusals() {
    Streams end = new Streams(false, SMALL);
    String reason = "";
    int opened = 0;
    while (reason.isEmpty() && opened < 1000) reason = reason(end, open(2L * opened++ + 1));

    assertThat(reason).contains("again and again");
    assertThat(opened).isLessThan(20);
  }

  @Test
  void limitsUnderWhichStreamsCouldBlockEachOtherAreRefused() {
    assertThatThrownBy(() -> new Streams.Limits(3, 40, 240, 30, 16))
        .hasMessageContaining("block the others");
    assertThat(Streams.Limits.VERSION_2.linkWindow()).isEqualTo(20 << 20);
  }

  // --- chance

  /// What one side's application knows of one direction of a stream.
  private static final class Way {
    final ByteArrayOutputStream written = new ByteArrayOutputStream();
    final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    boolean ended;
    long emitted;
  }

  private static final class Model {
    final Pair pair = new Pair();
    final Random random;
    final Map<Long, Way> fromA = new HashMap<>();
    final Map<Long, Way> fromB = new HashMap<>();
    final List<Long> heldByA = new ArrayList<>();
    final List<Long> heldByB = new ArrayList<>();
    final List<Long> broken = new ArrayList<>();
    private int seenByA;
    private int seenByB;

    Model(Random random) {
      this.random = random;
    }

    private @Nullable Long any(List<Long> ids) {
      return ids.isEmpty() ? null : ids.get(random.nextInt(ids.size()));
    }

    void notice() {
      for (; seenByB < pair.openedAtB.size(); seenByB++) heldByB.add(pair.openedAtB.get(seenByB));
      for (; seenByA < pair.openedAtA.size(); seenByA++) heldByA.add(pair.openedAtA.get(seenByA));
    }

    void emit(boolean a) {
      ArrayDeque<StreamFrame> pipe = a ? pair.toB : pair.toA;
      if (!pair.emit(a) || !(pipe.getLast() instanceof StreamFrame.Data d)) return;
      Way way = (a ? fromA : fromB).get(d.stream());
      assertThat(way).isNotNull();
      way.emitted += d.bytes().length;
      if (broken.contains(d.stream())) return;
      assertThat(way.emitted - way.taken.size()).as("credit of " + d.stream()).isBetween(0L, 40L);
    }

    void step() {
      boolean a = random.nextBoolean();
      Streams end = a ? pair.a : pair.b;
      List<Long> held = a ? heldByA : heldByB;
      Long id = any(held);
      switch (random.nextInt(20)) {
        case 0, 1 ->
            end.open("x", NOTHING)
                .ifPresent(
                    o -> {
                      fromA.put(o, new Way());
                      fromB.put(o, new Way());
                      held.add(o);
                    });
        case 2, 3, 4, 5, 6 -> {
          if (id == null) return;
          byte[] some = new byte[1 + random.nextInt(50)];
          random.nextBytes(some);
          int n = end.write(id, some, 0, some.length);
          (a ? fromA : fromB).get(id).written.write(some, 0, n);
        }
        case 7, 8, 9, 10 -> {
          if (id == null) return;
          (a ? fromB : fromA).get(id).taken.writeBytes(end.take(id, 1 + random.nextInt(60)));
        }
        case 11 -> {
          if (id == null) return;
          end.end(id);
          (a ? fromA : fromB).get(id).ended = true;
        }
        case 12 -> {
          if (id == null || random.nextInt(4) > 0) return;
          broken.add(id);
          if (random.nextBoolean()) end.reset(id, 9, "chance");
          end.release(id);
          held.remove(id);
        }
        case 13, 14, 15, 16 -> emit(a);
        default -> {
          pair.deliver(a);
          notice();
        }
      }
    }

    /// Both applications read all and end all.
    void finish() {
      for (int idle = 0; idle < 3; ) {
        int before = progress();
        for (int i = 0; i < 10; i++) {
          emit(true);
          emit(false);
          while (pair.deliver(true)) notice();
          while (pair.deliver(false)) notice();
        }
        for (boolean a : new boolean[] {true, false}) {
          Streams end = a ? pair.a : pair.b;
          for (Long id : List.copyOf(a ? heldByA : heldByB)) {
            end.end(id);
            (a ? fromB : fromA).get(id).taken.writeBytes(end.take(id, 1000));
            // Refused: as many as may be were held at the other end.
            if (end.failure(id) != null) broken.add(id);
            else if (!end.ended(id)) continue;
            end.release(id);
            (a ? heldByA : heldByB).remove(id);
          }
        }
        idle = progress() == before ? idle + 1 : 0;
      }
    }

    private int progress() {
      int n = heldByA.size() * 31 + heldByB.size() * 17 + pair.a.size() + pair.b.size();
      for (Way w : fromA.values()) n += w.taken.size() + (int) w.emitted;
      for (Way w : fromB.values()) n += w.taken.size() + (int) w.emitted;
      return n;
    }
  }

  /// Whatever both applications do, and whenever frames leave and arrive: nobody sends beyond its
  /// credit, all bytes arrive in order, and nothing gets stuck or is left behind.
  @Test
  void noChanceBreaksTheRules() {
    Seeds.each(
        1500,
        (_, random) -> {
          Model m = new Model(random);
          for (int i = 200 + random.nextInt(1500); i > 0; i--) m.step();

          m.finish();

          assertThat(m.heldByA).isEmpty();
          assertThat(m.heldByB).isEmpty();
          assertThat(m.pair.a.size()).isZero();
          assertThat(m.pair.b.size()).isZero();
          for (Map<Long, Way> direction : List.of(m.fromA, m.fromB)) {
            direction.forEach(
                (id, way) -> {
                  byte[] taken = way.taken.toByteArray();
                  byte[] written = way.written.toByteArray();
                  assertThat(taken.length).isLessThanOrEqualTo(written.length);
                  byte[] expected =
                      m.broken.contains(id) ? Arrays.copyOf(written, taken.length) : written;
                  assertThat(taken).as("stream " + id).isEqualTo(expected);
                });
          }
          creditIsWhole(m.pair);
        });
  }

  /// Nothing leaked: a new stream has a whole window, and three whole ones fit the link.
  private static void creditIsWhole(Pair p) {
    for (Streams end : List.of(p.a, p.b)) {
      for (int i = 0; i < 3; i++) {
        long id = end.open("x", NOTHING).orElseThrow();
        p.quiet();
        int written = 0;
        for (int n; (n = end.write(id, new byte[100], 0, 100)) > 0; p.quiet()) written += n;
        assertThat(written).isEqualTo(70);
      }
    }
  }
}
