package io.muster.store.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.TimeSource;
import io.muster.registry.Consensus;
import io.muster.registry.Outcome;
import io.muster.spi.store.Condition;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathPattern;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreHealth;
import io.muster.spi.store.Write;
import io.muster.store.StoreSettings;
import io.muster.store.core.JsonMerge;
import io.muster.store.core.StoreCodec;
import io.muster.testing.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStoreTest {
  private static final StoreSettings SETTINGS =
      new StoreSettings(
          StoreSettings.Reads.LINEARIZABLE, 1 << 20, 1 << 20, 4 << 20, 4 << 20, 4 << 20);
  @TempDir Path dir;
  private RocksState state;
  private EmbeddedStore store;
  private long index;
  private Outcome instead;

  private final class Local implements Consensus {
    @Override
    public CompletableFuture<Outcome> propose(byte[] command) {
      if (instead != null) return CompletableFuture.completedFuture(instead);
      byte[][] results = state.apply(++index, new byte[][] {command});
      return CompletableFuture.completedFuture(new Outcome.Committed(index, results[0]));
    }

    @Override
    public CompletableFuture<Void> readBarrier() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public boolean canReadNow() {
      return true;
    }

    @Override
    public View view() {
      return new View(
          "t", View.Role.LEADER, 1, Optional.empty(), true, 0, 0, List.of(), List.of(), "");
    }

    @Override
    public AutoCloseable observe(Consumer<View> observer) {
      return () -> {};
    }

    @Override
    public CompletableFuture<Void> transferLeadership() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void open() {
    state = new RocksState(dir.resolve("db"), SETTINGS);
    store =
        new EmbeddedStore(
            state,
            CompletableFuture.completedFuture(new Local()),
            () -> {},
            SETTINGS,
            TimeSource.system());
    index = state.appliedIndex();
  }

  @AfterEach
  void close() {
    store.close();
    state.close();
  }

  private static byte[] json(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  private PathRecord put(String path, String data) {
    return store.write(new Write.Put(path, json(data), "u")).join().record();
  }

  private static String text(PathRecord r) {
    return new String(r.data(), StandardCharsets.UTF_8);
  }

  @Test
  void writesKeepTheirFirstStampAndCountVersions() {
    PathRecord first = put("/a", "{\"v\":1}");
    PathRecord second = put("/a", "{\"v\":2}");

    assertThat(second.created()).isEqualTo(first.created());
    assertThat(second.version()).isEqualTo(2);
    assertThat(text(store.get("/a").join().orElseThrow())).isEqualTo("{\"v\":2}");
    assertThat(store.get("/b").join()).isEmpty();
  }

  @Test
  void mergeSetsMembersAndKeepsTheOthers() {
    put("/a", "{\"x\":1,\"y\":{\"deep\":[1,2]}}");

    PathRecord merged =
        store.write(new Write.Merge("/a", json("{\"x\":\"ä\",\"z\":null}"), null)).join().record();

    assertThat(text(merged)).isEqualTo("{\"x\":\"ä\",\"y\":{\"deep\":[1,2]},\"z\":null}");
    assertThat(text(store.write(new Write.Merge("/new", json("{\"a\":1}"), null)).join().record()))
        .isEqualTo("{\"a\":1}");
  }

  @Test
  void patternsCrossSlashesAndRemoveCounts() {
    for (String p : List.of("/t/a", "/t/a/b", "/t/b", "/u")) put(p, "{}");

    assertThat(store.list(ListQuery.all("/t/*")).join())
        .extracting(PathRecord::path)
        .containsExactly("/t/a", "/t/a/b", "/t/b");
    assertThat(store.list(new ListQuery("/*", 1, 2)).join())
        .extracting(PathRecord::path)
        .containsExactly("/t/a/b", "/t/b");
    assertThat(store.count("*b").join()).isEqualTo(2);
    assertThat(store.remove("/t/*").join()).isEqualTo(3);
    assertThat(store.remove("/none").join()).isZero();
    assertThat(store.count("*").join()).isEqualTo(1);
  }

  @Test
  void aReopenedStoreHasEverythingAndASnapshotReplacesEverything() throws Exception {
    put("/a", "{\"v\":1}");
    Path snapshot = Files.createDirectory(dir.resolve("snap"));
    state.save(snapshot);
    put("/b", "{}");
    state.close();

    open();
    assertThat(state.appliedIndex()).isEqualTo(2);
    assertThat(store.count("*").join()).isEqualTo(2);
    state.load(snapshot);

    assertThat(state.appliedIndex()).isEqualTo(1);
    assertThat(store.get("/b").join()).isEmpty();
    assertThat(text(store.get("/a").join().orElseThrow())).isEqualTo("{\"v\":1}");
  }

  @Test
  void refusalsAndUnknownsAreToldApart() {
    assertThatThrownBy(() -> put("/big", "{\"x\":\"" + "y".repeat(2 << 20) + "\"}"))
        .hasCauseInstanceOf(StoreException.class)
        .hasMessageContaining("at most");
    instead = new Outcome.Unknown("leader vanished");
    assertThatThrownBy(() -> put("/a", "{}"))
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNKNOWN));
    instead = new Outcome.NoQuorum("2 of 3 gone");
    assertThatThrownBy(() -> store.remove("/a").join())
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE));
  }

  @Test
  void aStoreThatNeverGetsReadySaysSoAndCanBeClosed() {
    RocksState other = new RocksState(dir.resolve("other"), SETTINGS);
    EmbeddedStore waiting =
        new EmbeddedStore(
            other, new CompletableFuture<>(), () -> {}, SETTINGS, TimeSource.system());

    assertThat(waiting.health().state()).isEqualTo(StoreHealth.State.STARTING);
    assertThatThrownBy(() -> waiting.get("/a").join()).hasMessageContaining("starting");
    CompletableFuture<Void> ready = waiting.ready();
    assertThat(ready).isNotDone();
    waiting.close();
    waiting.close();

    assertThat(ready).isCompletedExceptionally();
    assertThat(waiting.health()).isEqualTo(StoreHealth.ENDED);
  }

  @Test
  void aMergeIntoWhatIsNoObjectIsRefusedAndTheReplicaGoesOn() {
    put("/a", "{\"x\":1,}");

    assertThatThrownBy(() -> store.write(new Write.Merge("/a", json("{\"y\":2}"), null)).join())
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED));
    put("/b", "{}");

    assertThat(store.count("*").join()).isEqualTo(2);
  }

  @Test
  void batchesOfRandomCommandsLeaveWhatASimpleMapWouldHoldAlsoAfterACrash() throws Exception {
    Random random = Seeds.random(5);
    TreeMap<String, String> model = new TreeMap<>();
    List<byte[][]> log = new ArrayList<>();
    for (int round = 0; round < 300; round++) {
      byte[][] batch = new byte[1 + random.nextInt(8)][];
      for (int i = 0; i < batch.length; i++) {
        String path = "/" + (char) ('a' + random.nextInt(3)) + "/" + random.nextInt(4);
        if (random.nextInt(4) > 0) {
          String data = "{\"n\":" + random.nextInt(100) + "}";
          Write.When when = Write.When.values()[random.nextInt(3)];
          boolean there = model.containsKey(path);
          if (when == Write.When.ALWAYS || there == (when == Write.When.PRESENT)) {
            model.put(path, data);
          }
          batch[i] =
              StoreCodec.encode(
                  new StoreCodec.Command(StoreCodec.Kind.PUT, 1, null, path, when, json(data)));
        } else {
          String pattern = random.nextBoolean() ? path : path.substring(0, 3) + "*";
          PathPattern p = new PathPattern(pattern);
          int least = random.nextInt(100);
          boolean all = random.nextBoolean();
          model
              .entrySet()
              .removeIf(e -> p.matches(e.getKey()) && (all || number(e.getValue()) >= least));
          Criteria criteria = all ? Criteria.ANY : atLeast(least);
          batch[i] = StoreCodec.encode(StoreCodec.removal(pattern, criteria, 1));
        }
      }
      state.apply(++index, batch);
      log.add(batch);
      String any = "/a/" + random.nextInt(4);
      assertThat(state.get(any).map(EmbeddedStoreTest::text).orElse(null))
          .isEqualTo(model.get(any));
      if (random.nextInt(20) == 0) assertThat(all(state)).isEqualTo(model);
      if (random.nextInt(60) == 0) assertThat(afterACrash(round, log)).isEqualTo(model);
    }

    assertThat(all(state)).isEqualTo(model);
  }

  private static int number(String data) {
    return Integer.parseInt(data.substring(5, data.length() - 1));
  }

  private static Criteria atLeast(int n) {
    return new Criteria.Field(
        FieldPath.Data.of("n"),
        new Condition.Compare(Condition.Operator.GTE, new JsonValue.Whole(n)));
  }

  private static TreeMap<String, String> all(RocksState state) {
    TreeMap<String, String> found = new TreeMap<>();
    state.scan(
        new PathPattern("*"),
        r -> {
          found.put(r.path(), text(r));
          return true;
        });
    return found;
  }

  /// What a process that was killed now would find, and have once the log was applied again.
  private TreeMap<String, String> afterACrash(int n, List<byte[][]> log) throws IOException {
    Path left = Files.createDirectory(dir.resolve("crash-" + n));
    try (Stream<Path> files = Files.list(dir.resolve("db"))) {
      for (Path f : files.toList()) Files.copy(f, left.resolve(f.getFileName().toString()));
    }
    try (RocksState again = new RocksState(left, SETTINGS)) {
      assertThat(again.appliedIndex()).isLessThanOrEqualTo(index);
      for (long i = again.appliedIndex() + 1; i <= index; i++) again.apply(i, log.get((int) i - 1));
      return all(again);
    }
  }

  @Test
  void patternsMatchAsARegularExpressionWould() {
    Seeds.each(
        20_000,
        (_, random) -> {
          String pattern = letters(random, "ab/*");
          String path = letters(random, "ab/*");
          String regex = "\\Q" + pattern.replaceAll("\\*+", "\\\\E.*\\\\Q") + "\\E";
          assertThat(new PathPattern(pattern).matches(path))
              .as(pattern + " on " + path)
              .isEqualTo(Pattern.matches(regex, path));
        });
  }

  private static String letters(Random random, String from) {
    StringBuilder b = new StringBuilder();
    for (int n = random.nextInt(7); n > 0; n--)
      b.append(from.charAt(random.nextInt(from.length())));
    return b.toString();
  }

  @Test
  void brokenBytesAreRefusedCleanly() {
    byte[] plain =
        StoreCodec.encode(
            new StoreCodec.Command(
                StoreCodec.Kind.PUT, 7, "by", "/path", Write.When.ALWAYS, json("{}")));
    byte[] conditional = StoreCodec.encode(StoreCodec.removal("/path/*", atLeast(3), 7));
    Seeds.each(
        10_000,
        (_, random) -> {
          byte[] good = random.nextBoolean() ? plain : conditional;
          byte[] bad = java.util.Arrays.copyOf(good, random.nextInt(good.length + 1));
          if (bad.length > 0) bad[random.nextInt(bad.length)] = (byte) random.nextInt();
          try {
            StoreCodec.criteria(StoreCodec.decodeCommand(bad));
          } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank().isNotEqualTo("null");
          }
        });
    assertThatThrownBy(() -> JsonMerge.merge(json("{}"), json("[1]")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theFormatsOfThisReleaseStayReadable() {
    StoreCodec.Command c =
        StoreCodec.decodeCommand(
            java.util.HexFormat.of()
                .parseHex("0100000000000000000700026279" + "00052f70617468" + "7b7d"));

    assertThat(c.path()).isEqualTo("/path");
    assertThat(c.by()).isEqualTo("by");
    assertThat(c.now()).isEqualTo(7);
    assertThat(new String(c.data(), StandardCharsets.UTF_8)).isEqualTo("{}");
    assertThat(c.when()).isEqualTo(Write.When.ALWAYS);
    assertThat(StoreCodec.criteria(c)).isEqualTo(Criteria.ANY);
  }

  @Test
  void commandsWithCriteriaAndConditionsStayReadable() {
    String criteria = "{\"data.n\":{\"$gte\":3}}";
    byte[] written =
        java.util.HexFormat.of()
            .parseHex("02020000000000000007ffff" + "00042f702f2a" + "00" + "00000015");
    byte[] command = java.util.Arrays.copyOf(written, written.length + criteria.length());
    System.arraycopy(json(criteria), 0, command, written.length, criteria.length());

    assertThat(StoreCodec.encode(StoreCodec.removal("/p/*", atLeast(3), 7))).isEqualTo(command);
    assertThat(StoreCodec.criteria(StoreCodec.decodeCommand(command))).isEqualTo(atLeast(3));
    StoreCodec.Command insert =
        StoreCodec.decodeCommand(
            java.util.HexFormat.of()
                .parseHex("02000000000000000007ffff" + "00022f70" + "02" + "00000000" + "7b7d"));
    assertThat(insert.when()).isEqualTo(Write.When.ABSENT);
    assertThat(insert.data()).isEqualTo(json("{}"));
  }
}
