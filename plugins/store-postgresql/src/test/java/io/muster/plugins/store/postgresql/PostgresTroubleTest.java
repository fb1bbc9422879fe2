package io.muster.plugins.store.postgresql;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.StoreHealth;
import io.muster.spi.store.Write;
import io.muster.testing.Eventually;
import io.muster.testing.PostgresServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A database that dies, hangs, refuses or is not there yet.
class PostgresTroubleTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static PostgresServer server;
  private final List<RecordStore> opened = new ArrayList<>();

  @BeforeAll
  static void startTheServer() {
    server = Postgres.start();
  }

  @AfterAll
  static void stopTheServer() {
    if (server != null) server.close();
  }

  @AfterEach
  void closeStores() {
    opened.forEach(RecordStore::close);
  }

  private RecordStore open(Map<String, String> settings) {
    RecordStore store = Postgres.open(server, settings);
    opened.add(store);
    return store;
  }

  private RecordStore ready(Map<String, String> settings) throws Exception {
    RecordStore store = open(settings);
    store.ready().get(30, TimeUnit.SECONDS);
    return store;
  }

  private static Write put(String path, String data) {
    return new Write.Put(path, data.getBytes(UTF_8), "anna");
  }

  private static <T> T answer(CompletableFuture<T> asked) throws Exception {
    return asked.get(30, TimeUnit.SECONDS);
  }

  private static Kind kind(CompletableFuture<?> asked) throws Exception {
    try {
      throw new AssertionError("answered " + answer(asked));
    } catch (ExecutionException e) {
      return ((StoreException) e.getCause()).kind();
    }
  }

  private static String data(RecordStore store, String path) throws Exception {
    PathRecord r = answer(store.get(path)).orElseThrow();
    return new String(r.data(), UTF_8);
  }

  @Test
  void nothingAcknowledgedIsLostWhenTheDatabaseIsKilled() throws Exception {
    RecordStore store = ready(Map.of("timeout", "2000", "table", "killed"));
    ConcurrentLinkedQueue<String> acknowledged = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<StoreException> failures = new ConcurrentLinkedQueue<>();
    AtomicInteger counted = new AtomicInteger();
    AtomicInteger unknown = new AtomicInteger();
    CountDownLatch end = new CountDownLatch(1);
    List<Thread> writers = new ArrayList<>();
    for (int t = 0; t < 6; t++) {
      int me = t;
      writers.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 0; end.getCount() > 0; i++) {
                      String path = "/k/" + me + "/" + i;
                      try {
                        answer(store.write(put(path, "{\"i\":" + i + "}")));
                        acknowledged.add(path);
                      } catch (Exception e) {
                        failures.add((StoreException) e.getCause());
                      }
                      try {
                        answer(store.write(new Write.Increment("/counter", "n", 1, null)));
                        counted.incrementAndGet();
                      } catch (Exception e) {
                        StoreException s = (StoreException) e.getCause();
                        failures.add(s);
                        if (s.kind() == Kind.UNKNOWN) unknown.incrementAndGet();
                      }
                    }
                  }));
    }
    Eventually.within(SOON, "writes", () -> acknowledged.size() > 200);

    server.kill();
    Eventually.within(SOON, "it is noticed", () -> !store.health().good());
    StoreHealth dead = store.health();
    server.up();
    Eventually.within(SOON, "it heals", () -> store.health().good());
    int before = acknowledged.size();
    Eventually.within(SOON, "writes again", () -> acknowledged.size() > before + 100);
    end.countDown();
    for (Thread t : writers) t.join();

    assertThat(dead.state()).isEqualTo(StoreHealth.State.UNAVAILABLE);
    assertThat(dead.why()).contains(Integer.toString(server.port()));
    assertThat(failures).extracting(StoreException::kind).contains(Kind.UNAVAILABLE);
    assertThat(failures)
        .extracting(StoreException::kind)
        .containsOnly(Kind.UNAVAILABLE, Kind.UNKNOWN);
    for (String path : acknowledged) assertThat(answer(store.get(path))).as(path).isPresent();
    String n = data(store, "/counter").replaceAll("\\D", "");
    assertThat(Integer.parseInt(n)).isBetween(counted.get(), counted.get() + unknown.get());
    System.out.println(
        acknowledged.size() + " acknowledged, " + unknown + " unknown, counter " + n);
  }

  @Test
  void aStalledDatabaseIsWaitedForWithinBoundsAndLateWritesDoNotHappen() throws Exception {
    RecordStore store =
        ready(Map.of("timeout", "1000", "pool_size", "2", "queue_max", "20", "table", "stalled"));
    answer(store.write(put("/s", "{\"v\":0}")));
    server.stall();
    List<CompletableFuture<?>> asked = new ArrayList<>();
    try {
      long began = System.nanoTime();
      for (int i = 0; i < 100; i++) asked.add(store.write(put("/s", "{\"v\":" + (i + 1) + "}")));
      assertThat(System.nanoTime() - began).as("nobody is blocked").isLessThan(1_000_000_000L);
      assertThat(asked.stream().filter(CompletableFuture::isCompletedExceptionally).count())
          .as("refused at once")
          .isGreaterThanOrEqualTo(78);
      for (CompletableFuture<?> a : asked) {
        Eventually.within(Duration.ofSeconds(10), "an answer", a::isDone);
      }
      Eventually.within(SOON, "it is noticed", () -> !store.health().good());
      assertThat(kind(store.get("/s"))).isEqualTo(Kind.UNAVAILABLE);
    } finally {
      server.resume();
    }
    Eventually.within(SOON, "it heals", () -> store.health().good());

    answer(store.write(put("/s", "{\"v\":\"after\"}")));

    List<Kind> kinds = new ArrayList<>();
    for (CompletableFuture<?> a : asked) kinds.add(kind(a));
    assertThat(kinds).containsOnly(Kind.UNKNOWN, Kind.UNAVAILABLE).contains(Kind.UNKNOWN);
    String busy = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query ~ 'INS'";
    Eventually.within(SOON, "stuck statements end", () -> server.sql(busy).equals("1"));
    assertThat(data(store, "/s")).isEqualTo("{\"v\":\"after\"}");
    assertThat(answer(store.get("/s")).orElseThrow().version()).isEqualTo(2);
  }

  @Test
  void aDatabaseThatIsNotThereYetIsWaitedFor() throws Exception {
    server.kill();
    RecordStore store = open(Map.of("timeout", "1000", "table", "late"));
    Eventually.within(
        SOON, "the reason", () -> store.health().why().contains("it cannot be reached"));
    assertThat(store.health().state()).isEqualTo(StoreHealth.State.STARTING);
    assertThat(store.ready()).isNotDone();
    assertThat(kind(store.get("/a"))).isEqualTo(Kind.UNAVAILABLE);

    server.up();

    store.ready().get(30, TimeUnit.SECONDS);
    answer(store.write(put("/a", "{}")));
  }

  @Test
  void whatAnOperatorMustMendEndsTheStart() {
    server.sql("CREATE ROLE guest LOGIN PASSWORD 'guest'");
    server.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC");

    assertFails(Map.of("password", "wrong"), "password authentication failed");
    assertFails(Map.of("url", server.url() + "x"), "database \"postgresx\" does not exist");
    Map<String, String> guest = Map.of("user", "guest", "password", "guest", "table", "theirs");
    assertFails(guest, "permission denied for schema public");
    server.sql("CREATE TABLE theirs (cluster text)");
    server.sql("GRANT SELECT ON theirs TO guest");
    assertFails(guest, "column");
    server.sql("DROP TABLE theirs");
    RecordStore owner = open(Map.of("table", "theirs"));
    Eventually.within(SOON, "the table", () -> owner.health().good());
    server.sql("GRANT SELECT ON theirs TO guest");
    assertFails(guest, "GRANT SELECT, INSERT, UPDATE, DELETE");
    server.sql("GRANT INSERT, UPDATE, DELETE ON theirs TO guest");
    RecordStore allowed = open(guest);
    Eventually.within(SOON, "rights suffice", () -> allowed.health().good());
  }

  private void assertFails(Map<String, String> settings, String why) {
    RecordStore store = open(settings);
    assertThatThrownBy(() -> store.ready().get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(StoreException.class)
        .hasMessageContaining(why)
        .hasMessageContaining(Integer.toString(server.port()))
        .cause()
        .extracting(e -> ((StoreException) e).kind())
        .isEqualTo(Kind.FAILED);
    assertThat(store.health().state()).isEqualTo(StoreHealth.State.FAILED);
  }

  @Test
  void recordsLieThereToBeRead() throws Exception {
    RecordStore store = ready(Map.of("table", "readable"));
    answer(store.write(put("/plant/1", "{\"z\":1,\"temp\":21.50}")));
    answer(store.write(put("/nul", "{\"text\":\"a\\u0000b\",\"n\":1}")));
    answer(store.write(new Write.Merge("/nul", "{\"half\":\"\\ud800\"}".getBytes(UTF_8), null)));

    assertThat(server.sql("SELECT data FROM readable WHERE path = '/plant/1'"))
        .isEqualTo("{\"z\":1,\"temp\":21.50}");
    assertThat(server.sql("SELECT path FROM readable WHERE (query->>'temp')::numeric > 21"))
        .isEqualTo("/plant/1");
    assertThat(server.sql("SELECT modified_by FROM readable WHERE path = '/plant/1'"))
        .isEqualTo("anna");
    assertThat(data(store, "/nul"))
        .isEqualTo("{\"text\":\"a\\u0000b\",\"n\":1,\"half\":\"\\ud800\"}");
    assertThat(server.sql("SELECT query IS NULL FROM readable WHERE path = '/nul'")).isEqualTo("t");
    assertThat(kind(store.write(put("/broken", "{\"a\":}")))).isEqualTo(Kind.REFUSED);
    assertThat(kind(store.write(put("/n\0", "{}")))).isEqualTo(Kind.REFUSED);
    assertThat(answer(store.get("/n\0"))).isEmpty();
  }

  @Test
  void membersOfOneClusterShareAndOthersDoNot() throws Exception {
    RecordStore a = ready(Map.of("table", "shared"));
    RecordStore b = ready(Map.of("table", "shared"));
    List<Thread> all = new ArrayList<>();
    for (RecordStore store : List.of(a, b, a, b)) {
      all.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 0; i < 50; i++) {
                      try {
                        answer(store.write(new Write.Increment("/n", "g", 1, null)));
                      } catch (Exception e) {
                        throw new AssertionError(e);
                      }
                    }
                  }));
    }
    for (Thread t : all) t.join();

    assertThat(data(a, "/n")).isEqualTo("{\"g\":{\"value\":200}}");
    assertThat(data(b, "/n")).isEqualTo("{\"g\":{\"value\":200}}");
    server.sql("UPDATE shared SET cluster = 'other'");
    assertThat(answer(a.get("/n"))).isEmpty();
    assertThat(answer(b.count("*"))).isZero();
  }
}
