package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.ErrorCode;
import io.muster.realtime.Action;
import io.muster.realtime.Publication;
import io.muster.realtime.Subscriber;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// `GET /v1/data/watch` as its readers see it.
@Timeout(60)
class WatchTest {
  @TempDir Path directory;
  private AdminFixture admin;

  @AfterEach
  void stop() {
    if (admin != null) admin.close();
  }

  private AdminFixture start(int watchersMax, long bytesMax, Duration heartbeat) {
    admin = new AdminFixture(directory, AdminSettings.Auth.TOKEN, watchersMax, bytesMax, heartbeat);
    return admin;
  }

  private static Publication publication(Action action, String path, String data, String origin) {
    return new Publication(
        action,
        path,
        data.getBytes(StandardCharsets.UTF_8),
        null,
        "s",
        1,
        0,
        action == Action.SET ? 5000 : 0,
        action == Action.REMOVE ? 6000 : 0,
        2,
        null,
        origin,
        null,
        null,
        false);
  }

  private record Event(String name, JsonNode data) {}

  /// A watch from the outside.
  private static final class Reader implements AutoCloseable {
    private final BufferedReader in;

    Reader(HttpResponse<InputStream> answer) {
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
      in = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
    }

    String line() throws IOException {
      return in.readLine();
    }

    /// The next event, comments left out; null at the end.
    Event next() throws IOException {
      String name = "";
      String data = "";
      while (true) {
        String line = in.readLine();
        if (line == null) return null;
        if (line.startsWith("event: ")) name = line.substring(7);
        else if (line.startsWith("data: ")) data += line.substring(6);
        else if (line.isEmpty() && !name.isEmpty()) {
          return new Event(name, Exchange.JSON.readTree(data));
        }
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private Reader watch(String pattern) throws Exception {
    return new Reader(admin.stream("/v1/data/watch?pattern=" + pattern));
  }

  @Test
  void setsAndRemovalsAreShownAsTheyHappen() throws Exception {
    start(4, 1 << 20, Duration.ofSeconds(10));
    try (Reader r = watch("*")) {
      admin.member.publish(
          publication(Action.SET, "/a \"b\"", "{\"text\":\"é\",\r\n \"n\":1}", "_ADMIN"));
      admin.member.publish(publication(Action.REMOVE, "/a", "{\"removed\":1}", null));

      Event set = r.next();
      assertThat(set.name).isEqualTo("set");
      assertThat(set.data.toString())
          .isEqualTo(
              """
              {"path":"/a \\"b\\"","data":{"text":"é","n":1},"timestamp":5000,\
              "origin":"_ADMIN"}\
              """);
      Event remove = r.next();
      assertThat(remove.name).isEqualTo("remove");
      assertThat(remove.data.toString())
          .isEqualTo(
              """
              {"path":"/a","data":{"removed":1},"timestamp":6000,"origin":null}\
              """);
    }
  }

  @Test
  void onlyWhatThePatternMeetsIsShown() throws Exception {
    start(4, 1 << 20, Duration.ofSeconds(10));
    try (Reader r = watch("/wanted")) {
      admin.member.publish(publication(Action.SET, "/other", "{}", null));
      admin.member.publish(publication(Action.SET, "/wanted", "{}", null));

      assertThat(r.next().data.path("path").asString()).isEqualTo("/wanted");
    }
  }

  @Test
  void theAnswerBeginsWhenTheWatchIsEffectiveEverywhere() throws Exception {
    start(4, 1 << 20, Duration.ofSeconds(10));
    CompletableFuture<Void> everywhere = new CompletableFuture<>();
    admin.member.events.effective = everywhere;
    CompletableFuture<Reader> reader =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return watch("*");
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    AdminFixture.eventually("subscribed", () -> admin.member.events.subscriptions.size() == 1);
    assertThat(reader).isNotDone();

    everywhere.complete(null);

    reader.join().close();
  }

  @Test
  void aQuietWatchShowsThatItLivesAndASilentClientIsForgotten() throws Exception {
    start(4, 1 << 20, Duration.ofMillis(100));
    Reader r = watch("*");
    assertThat(r.line()).isEqualTo(": watching");
    assertThat(r.line()).isEmpty();
    assertThat(r.line()).isEqualTo(": still here");

    r.close();

    AdminFixture.eventually("forgotten", () -> admin.member.events.subscriptions.isEmpty());
  }

  @Test
  void aSlowWatcherIsToldHowMuchItLost() throws Exception {
    start(4, 1 << 20, Duration.ofSeconds(10));
    String large = "{\"x\":\"" + "x".repeat(200_000) + "\"}";
    int published = 0;
    URI address = URI.create("http://" + admin.server.address());
    // A socket by hand, since a client library would read ahead; 1.0, since it knows no chunks.
    try (Socket s = new Socket()) {
      s.setReceiveBufferSize(4096);
      s.connect(new InetSocketAddress(address.getHost(), address.getPort()));
      s.getOutputStream()
          .write(
              ("GET /v1/data/watch?pattern=* HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer "
                      + admin.token()
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      AdminFixture.eventually("subscribed", () -> admin.member.events.subscriptions.size() == 1);
      for (; published < 100; published++) {
        admin.member.publish(publication(Action.SET, "/" + published, large, null));
      }

      BufferedReader in =
          new BufferedReader(new InputStreamReader(s.getInputStream(), StandardCharsets.UTF_8));
      int sets = 0;
      long lost = 0;
      for (String line; (line = in.readLine()) != null; ) {
        if (!line.startsWith("data: ")) continue;
        JsonNode data = Exchange.JSON.readTree(line.substring("data: ".length()));
        if (data.has("path")) {
          assertThat(data.path("path").asString()).as("no gap before it").isEqualTo("/" + sets++);
        } else {
          lost = data.path("lost").asLong();
          assertThat(data.path("detail").asString()).contains("admin.watch_bytes_max");
        }
      }
      assertThat(sets).isPositive();
      // What came by after the stream had ended is nobody's loss.
      assertThat(lost).isBetween(1L, (long) published - sets);
    }
    AdminFixture.eventually("forgotten", () -> admin.member.events.subscriptions.isEmpty());
  }

  @Test
  void oneEventLargerThanTheBoundIsShownWhenNothingWaits() throws Exception {
    start(4, 4096, Duration.ofSeconds(10));
    try (Reader r = watch("*")) {
      admin.member.publish(
          publication(Action.SET, "/a", "{\"x\":\"" + "x".repeat(9000) + "\"}", null));

      assertThat(r.next().data.path("data").path("x").asString()).hasSize(9000);
    }
  }

  @Test
  void moreWatchersThanAllowedAreRefusedUntilOneGoes() throws Exception {
    start(2, 1 << 20, Duration.ofMillis(100));
    List<Reader> open = new ArrayList<>(List.of(watch("*"), watch("*")));

    HttpResponse<String> refused = admin.get("/v1/data/watch?pattern=*");

    assertThat(refused.statusCode()).isEqualTo(503);
    JsonNode p = AdminFixture.json(refused);
    assertThat(p.path("name").asString()).isEqualTo(ErrorCode.TOO_MANY_WATCHERS.code());
    assertThat(p.path("detail").asString())
        .isEqualTo("admin.watchers_max: 2 watches are open already");

    open.removeFirst().close();

    AdminFixture.eventually(
        "a place is free",
        () -> {
          HttpResponse<InputStream> again = admin.stream("/v1/data/watch?pattern=*");
          if (again.statusCode() == 503) {
            again.body().close();
            return false;
          }
          open.add(new Reader(again));
          return true;
        });
    for (Reader r : open) r.close();
  }

  @Test
  void aMemberThatStopsEndsItsWatchesInOrderAndRefusesNewOnes() throws Exception {
    start(2, 1 << 20, Duration.ofSeconds(10));
    try (Reader r = watch("*")) {
      admin.member.publish(publication(Action.SET, "/last", "{}", null));

      admin.server.drain();

      assertThat(r.next().data.path("path").asString()).isEqualTo("/last");
      assertThat(r.next()).as("the end of the stream").isNull();
      AdminFixture.eventually("forgotten", () -> admin.member.events.subscriptions.isEmpty());
      assertThat(admin.get("/v1/data/watch?pattern=*").statusCode()).isEqualTo(503);
      assertThat(admin.get("/livez").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void twoWatchersOfOnePatternBothSeeAll() throws Exception {
    start(2, 1 << 20, Duration.ofSeconds(10));
    try (Reader one = watch("*");
        Reader two = watch("*")) {
      for (int i = 0; i < 50; i++) {
        admin.member.publish(publication(Action.SET, "/n/" + i, "{}", null));
      }

      for (Reader r : List.of(one, two)) {
        for (int i = 0; i < 50; i++) {
          assertThat(r.next().data.path("path").asString()).isEqualTo("/n/" + i);
        }
      }
    }
  }

  @Test
  void aWatcherThatDoesNotReadAtAllIsCutOff() throws Exception {
    start(2, 1 << 20, Duration.ofSeconds(10));
    try (ServerSocketChannel listener =
            ServerSocketChannel.open()
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        SocketChannel deaf = SocketChannel.open(listener.getLocalAddress());
        SocketChannel channel = listener.accept()) {
      Watcher watcher = new Watcher(admin.member.lane, 1 << 30);
      Publication large =
          publication(Action.SET, "/a", "{\"x\":\"" + "x".repeat(1 << 20) + "\"}", null);
      for (int i = 0; i < 50; i++) {
        new Watcher.WatchDelivery().deliver(large, new Subscriber[] {watcher}, 1);
      }
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      watcher.write(Channels.newOutputStream(channel), Duration.ofSeconds(10));
                    } catch (IOException e) {
                      // The socket has been closed under it, as it should be.
                    }
                  });
      assertThat(watcher.cutIfStalled(Duration.ofSeconds(30))).isFalse();

      AdminFixture.eventually(
          "the write stalls", () -> watcher.cutIfStalled(Duration.ofMillis(300)));

      assertThat(writer.join(Duration.ofSeconds(10))).as("the writer has ended").isTrue();
      assertThat(channel.isOpen()).isFalse();
      assertThat(deaf.isOpen()).isTrue();
    }
  }
}
