package io.muster.link.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.link.LinkChannel;
import io.muster.link.LinkIdentity;
import io.muster.link.LinkSettings;
import io.muster.link.LinkStream;
import io.muster.link.Links;
import io.muster.link.core.FrameType;
import io.muster.link.core.Handshake;
import io.muster.link.core.LinkKey;
import io.muster.link.core.StreamFrame;
import io.muster.testing.Eventually;
import io.muster.testing.Seeds;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LinkStreamsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String SECRET = "secret secret secret";
  private static final byte[] NOTHING = {};
  private static final int MIB = 1 << 20;
  private final List<LinkNetwork> started = new ArrayList<>();
  private final Random random = Seeds.random(23);

  @AfterEach
  void stop() {
    started.forEach(LinkNetwork::close);
  }

  private LinkNetwork member(String name, int version) {
    LinkSettings settings =
        new LinkSettings(
            "127.0.0.1",
            0,
            Optional.empty(),
            Optional.empty(),
            8 << 20,
            4 << 20,
            Duration.ofSeconds(5),
            Duration.ofMillis(200),
            Duration.ofSeconds(10),
            10_000);
    LinkNetwork n =
        new LinkNetwork(
            settings,
            new LinkIdentity("blue", MemberId.random(random), name, 1),
            List.of(new Secret(SECRET)),
            version);
    n.onCall(LinkChannel.RAFT, (_, request) -> CompletableFuture.completedFuture(request));
    n.onStream("echo", LinkStreamsTest::echo);
    n.onStream("silent", _ -> new CountDownLatch(1).await());
    n.start();
    started.add(n);
    return n;
  }

  private LinkNetwork member(String name) {
    return member(name, Handshake.VERSION_MAX);
  }

  private static void echo(LinkStream s) {
    for (byte[] b; (b = s.read(SOON)) != null; ) s.write(b, SOON);
  }

  private interface Work<T> {
    T run() throws Exception;
  }

  private static <T> Future<T> async(Work<T> work) {
    FutureTask<T> task = new FutureTask<>(work::run);
    Thread.ofVirtual().start(task);
    return task;
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  private static ErrorCode codeOf(Work<?> work) throws Exception {
    try {
      work.run();
    } catch (MusterException e) {
      return e.code();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof MusterException m) return m.code();
      throw e;
    }
    throw new AssertionError("did not fail");
  }

  private static byte[] all(LinkStream s) throws IOException {
    return s.input(SOON).readAllBytes();
  }

  private byte[] noise(int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    return noise;
  }

  private static byte[] text(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  private static void linked(LinkNetwork a, LinkNetwork b) throws Exception {
    a.call(b.listening(), LinkChannel.RAFT, NOTHING, SOON).get(20, TimeUnit.SECONDS);
    // The dialler may know of the link a moment before the listener does.
    Eventually.within(SOON, "both have the link", () -> !b.peers().isEmpty());
  }

  @Test
  void eitherSideOpensAndBothWrite() throws Exception {
    LinkNetwork a = member("a");
    LinkNetwork b = member("b");
    byte[] sent = noise(3 * MIB);

    // The first dials, the second goes back over the same link.
    for (LinkNetwork from : List.of(a, b)) {
      Address to = (from == a ? b : a).listening();
      try (LinkStream s = from.open(to, "echo", NOTHING, SOON)) {
        Future<byte[]> back = async(() -> all(s));
        s.write(sent, SOON);
        s.end();

        assertThat(done(back)).isEqualTo(sent);
        assertThat(s.peer().name()).isEqualTo(from == a ? "b" : "a");
      }
    }
    assertThat(a.peers()).hasSize(1);
  }

  @Test
  void theHeadIsTheQuestionAndTheStreamTheAnswer() throws Exception {
    LinkNetwork a = member("a");
    LinkNetwork b = member("b");
    b.onStream(
        "greet",
        s -> s.write(text(s.service() + " " + new String(s.head(), StandardCharsets.UTF_8)), SOON));

    try (LinkStream s = a.open(b.listening(), "greet", text("you"), SOON)) {
      s.end();
      assertThat(all(s)).asString(StandardCharsets.UTF_8).isEqualTo("greet you");
    }
    assertThatThrownBy(() -> a.open(b.listening(), "greet", new byte[16_385], SOON))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatCannotBeServedFailsWithTheReason() throws Exception {
    LinkNetwork a = member("a");
    LinkNetwork b = member("b");
    b.onStream(
        "full",
        _ -> {
          throw new MusterException(ErrorCode.DATA_CORRUPT, "a page is missing");
        });
    b.onStream(
        "broken",
        _ -> {
          throw new IllegalStateException("a defect");
        });

    failsWith(a, b, "nobody", ErrorCode.LINK_REFUSED, "nobody serves 'nobody' here");
    failsWith(a, b, "full", ErrorCode.DATA_CORRUPT, "a page is missing");
    failsWith(a, b, "broken", ErrorCode.LINK_REFUSED, "a defect");
    assertThat(codeOf(() -> a.open(a.listening(), "echo", NOTHING, SOON)))
        .isEqualTo(ErrorCode.LINK_UNREACHABLE);
    assertThat(codeOf(() -> a.open(new Address("127.0.0.1", 1), "echo", NOTHING, SOON)))
        .isEqualTo(ErrorCode.LINK_UNREACHABLE);
  }

  private static void failsWith(
      LinkNetwork a, LinkNetwork b, String service, ErrorCode code, String text) {
    try (LinkStream s = a.open(b.listening(), service, NOTHING, SOON)) {
      assertThatThrownBy(() -> s.read(SOON))
          .isInstanceOfSatisfying(MusterException.class, e -> assertThat(e.code()).isEqualTo(code))
          .hasMessageContaining(text)
          .hasMessageContaining("with b");
    }
  }

  @Test
  void waitingHasALimitAndMayGoOn() throws Exception {
    LinkNetwork a = member("a");
    LinkNetwork b = member("b");
    try (LinkStream s = a.open(b.listening(), "silent", NOTHING, SOON)) {
      assertThat(codeOf(() -> s.read(Duration.ofMillis(50)))).isEqualTo(ErrorCode.LINK_TIMEOUT);
      assertThat(
              codeOf(
                  () -> {
                    s.write(new byte[MIB], Duration.ofMillis(50));
                    return "";
                  }))
          .isEqualTo(ErrorCode.LINK_TIMEOUT);
      assertThat(codeOf(() -> s.read(Duration.ZERO))).isEqualTo(ErrorCode.LINK_TIMEOUT);
    }
  }

  @Test
  void anOlderPeerHasNoStreamsAndAWorkingLink() throws Exception {
    LinkNetwork a = member("a");
    LinkNetwork old = member("old", 1);
    LinkNetwork older = member("older", 1);

    // Whoever dialled.
    linked(a, old);
    linked(older, a);

    for (LinkNetwork peer : List.of(old, older)) {
      assertThatThrownBy(() -> a.open(peer.listening(), "echo", NOTHING, SOON))
          .isInstanceOfSatisfying(
              MusterException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.LINK_STREAMS_UNSUPPORTED))
          .hasMessageContaining("upgrade");
      assertThat(codeOf(() -> peer.open(a.listening(), "echo", NOTHING, SOON)))
          .isEqualTo(ErrorCode.LINK_STREAMS_UNSUPPORTED);
      linked(a, peer);
      linked(peer, a);
    }
  }

  @Test
  void noMoreStreamsThanAllowed() throws Exception {
    LinkNetwork a = member("a");
    LinkNetwork b = member("b");
    List<LinkStream> open = new ArrayList<>();
    for (int i = 0; i < 64; i++) open.add(a.open(b.listening(), "echo", NOTHING, SOON));

    assertThat(codeOf(() -> a.open(b.listening(), "echo", NOTHING, SOON)))
        .isEqualTo(ErrorCode.OVERLOADED);

    open.forEach(LinkStream::close);
    // What is reset counts until the peer is told.
    Eventually.within(
        SOON,
        "streams again",
        () -> {
          try (LinkStream s = a.open(b.listening(), "echo", NOTHING, SOON)) {
            s.write(text("again"), SOON);
            return Arrays.equals(s.read(SOON), text("again"));
          } catch (MusterException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED);
            return false;
          }
        });
  }

  @Test
  void manyStreamsAtOnce() throws Exception {
    LinkNetwork a = member("a");
    LinkNetwork b = member("b");
    linked(a, b);
    List<Future<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      LinkNetwork from = i % 2 == 0 ? a : b;
      LinkNetwork to = i % 2 == 0 ? b : a;
      byte[] sent = noise(random.nextInt(2 * MIB));
      all.add(
          async(
              () -> {
                try (LinkStream s = from.open(to.listening(), "echo", NOTHING, SOON)) {
                  Future<byte[]> back = async(() -> all(s));
                  s.write(sent, SOON);
                  s.end();
                  return Arrays.equals(done(back), sent);
                }
              }));
    }

    for (Future<Boolean> one : all) assertThat(done(one)).isTrue();
  }

  /// 64 MiB, five hundred windows, past two streams that nobody reads.
  @Test
  void aBulkyStreamAndSlowReadersDelayNothingElse() throws Exception {
    LinkNetwork a = member("a");
    LinkNetwork b = member("b");
    AtomicLong received = new AtomicLong();
    b.onStream(
        "sink",
        s -> {
          for (byte[] x; (x = s.read(SOON)) != null; ) received.addAndGet(x.length);
        });
    linked(a, b);
    try (LinkStream slow = a.open(b.listening(), "silent", NOTHING, SOON);
        LinkStream slower = a.open(b.listening(), "silent", NOTHING, SOON);
        LinkStream bulk = a.open(b.listening(), "sink", NOTHING, SOON)) {
      for (LinkStream s : List.of(slow, slower)) {
        assertThat(
                codeOf(
                    () -> {
                      s.write(new byte[MIB], Duration.ofMillis(100));
                      return "";
                    }))
            .isEqualTo(ErrorCode.LINK_TIMEOUT);
      }
      Future<String> sending =
          async(
              () -> {
                for (int i = 0; i < 64; i++) bulk.write(new byte[MIB], SOON);
                bulk.end();
                return "sent";
              });

      List<Long> nanos = new ArrayList<>();
      while (!sending.isDone() || nanos.isEmpty()) {
        long start = System.nanoTime();
        a.call(b.listening(), LinkChannel.RAFT, new byte[100], SOON).get(20, TimeUnit.SECONDS);
        nanos.add(System.nanoTime() - start);
      }
      assertThat(done(sending)).isEqualTo("sent");
      assertThat(bulk.read(SOON)).isNull();

      assertThat(received.get()).isEqualTo(64L * MIB);
      nanos.sort(null);
      long p95 = nanos.get(nanos.size() * 95 / 100) / 1000;
      assertThat(p95).as("us, of " + nanos.size() + " calls").isLessThan(100_000);
    }
  }

  @Test
  void aCutLinkFailsBothEnds() throws Exception {
    LinkNetwork a = member("a");
    LinkNetwork b = member("b");
    CompletableFuture<ErrorCode> there = new CompletableFuture<>();
    CountDownLatch some = new CountDownLatch(10);
    b.onStream(
        "sink",
        s -> {
          try {
            while (s.read(SOON) != null) some.countDown();
          } catch (MusterException e) {
            there.complete(e.code());
            throw e;
          }
        });
    try (LinkStream s = a.open(b.listening(), "sink", NOTHING, SOON)) {
      Future<String> endless =
          async(
              () -> {
                while (true) s.write(new byte[MIB], SOON);
              });
      assertThat(some.await(20, TimeUnit.SECONDS)).isTrue();

      a.forget(b.listening(), "cut");

      assertThat(codeOf(() -> done(endless))).isEqualTo(ErrorCode.LINK_LOST);
      assertThat(codeOf(() -> s.read(SOON))).isEqualTo(ErrorCode.LINK_LOST);
      assertThat(there.get(20, TimeUnit.SECONDS)).isEqualTo(ErrorCode.LINK_LOST);
    }
  }

  @Test
  void streamsAreGivenBackAfterTheLinksHaveClosed() throws Exception {
    LinkNetwork a = member("a");
    LinkNetwork b = member("b");
    b.onStream("watch", LinkStreamsTest::echo);
    LinkStream s = a.open(b.listening(), "watch", NOTHING, SOON);
    s.write(text("x"), SOON);

    a.close();

    assertThat(codeOf(() -> s.read(SOON))).isEqualTo(ErrorCode.LINK_LOST);
    s.end();
    s.close();
    assertThat(codeOf(() -> a.open(b.listening(), "watch", NOTHING, SOON)))
        .isEqualTo(ErrorCode.LINK_UNREACHABLE);
  }

  @Test
  void aStreamLeftBeforeItsEndFailsThereAndAResetTellsWhy() throws Exception {
    LinkNetwork a = member("a");
    LinkNetwork b = member("b");
    BlockingQueue<ErrorCode> ends = new LinkedBlockingQueue<>();
    b.onStream(
        "watch",
        s -> {
          s.write(text("here"), SOON);
          ends.add(codeOf(() -> s.read(SOON)));
        });

    LinkStream left = a.open(b.listening(), "watch", NOTHING, SOON);
    assertThat(left.read(SOON)).isEqualTo(text("here"));
    left.close();
    assertThat(ends.poll(20, TimeUnit.SECONDS)).isEqualTo(ErrorCode.LINK_STREAM_RESET);
    assertThatThrownBy(() -> left.read(SOON)).isInstanceOf(IllegalStateException.class);

    try (LinkStream s = a.open(b.listening(), "watch", NOTHING, SOON)) {
      assertThat(s.read(SOON)).isEqualTo(text("here"));
      s.reset(ErrorCode.OVERLOADED, "too much");
      assertThat(codeOf(() -> s.read(SOON))).isEqualTo(ErrorCode.OVERLOADED);
    }
    assertThat(ends.poll(20, TimeUnit.SECONDS)).isEqualTo(ErrorCode.OVERLOADED);
  }

  @Test
  void anIoThreadIsNeverBlocked() throws Exception {
    LinkNetwork a = member("a");
    LinkNetwork b = member("b");
    linked(a, b);
    try (LinkStream s = a.open(b.listening(), "silent", NOTHING, SOON)) {
      CompletableFuture<ErrorCode> refused = new CompletableFuture<>();
      a.observe(
          new Links.LinkObserver() {
            @Override
            public void up(io.muster.link.LinkPeer peer) {
              try {
                refused.complete(codeOf(() -> s.read(SOON)));
              } catch (Exception e) {
                refused.completeExceptionally(e);
              }
            }

            @Override
            public void down(io.muster.link.LinkPeer peer, String reason) {}
          });
      linked(member("c"), a);

      assertThat(refused.get(20, TimeUnit.SECONDS)).isEqualTo(ErrorCode.INVARIANT_BROKEN);
    }
  }

  // --- a peer that breaks the rules

  /// Proves itself by hand, and then sends what it likes.
  private static final class Rogue implements AutoCloseable {
    final Socket socket;
    final DataInputStream in;
    final DataOutputStream out;

    Rogue(LinkNetwork to, MemberId id) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), to.listening().port());
      socket.setSoTimeout(20_000);
      InputStream raw = socket.getInputStream();
      OutputStream rawOut = socket.getOutputStream();
      in = new DataInputStream(raw);
      out = new DataOutputStream(rawOut);
      byte[] nonce = new byte[32];
      nonce[0] = 7;
      var dialler =
          new Handshake.Dialler(
              new LinkIdentity("blue", id, "rogue", 1), new Address("127.0.0.1", 1), nonce);
      send(FrameType.HELLO, dialler.hello());
      int rounds = dialler.listenerHello(receive(FrameType.HELLO));
      LinkKey key = LinkKey.derive(new Secret(SECRET), "blue", rounds);
      send(FrameType.PROOF, dialler.proof(key, NOTHING));
      dialler.ready(receive(FrameType.READY), key, NOTHING);
    }

    void send(FrameType type, byte[] body) throws IOException {
      out.writeInt(1 + body.length);
      out.writeByte(type.id());
      out.write(body);
      out.flush();
    }

    void send(StreamFrame frame) throws IOException {
      send(frame.type(), frame.body());
    }

    /// The body of the next frame of a type.
    byte[] receive(FrameType type) throws IOException {
      while (true) {
        byte[] body = new byte[in.readInt() - 1];
        int id = in.readUnsignedByte();
        in.readFully(body);
        if (id == type.id()) return body;
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void whoOverrunsItsCreditIsSentAwayWithTheReason() throws Exception {
    LinkNetwork a = member("a");
    try (Rogue rogue = new Rogue(a, MemberId.random(random))) {
      rogue.send(new StreamFrame.Open(1, "silent", NOTHING));
      for (int i = 0; i < 4; i++) rogue.send(new StreamFrame.Data(1, new byte[32 << 10]));
      Eventually.within(SOON, "the link is there", () -> a.peers().size() == 1);

      rogue.send(new StreamFrame.Data(1, new byte[1]));

      assertThat(rogue.receive(FrameType.GOAWAY))
          .asString(StandardCharsets.UTF_8)
          .isEqualTo("1 bytes beyond the credit of stream 1");
      assertThatThrownBy(() -> rogue.receive(FrameType.PING)).isInstanceOf(EOFException.class);
    }
    Eventually.within(SOON, "the link has gone", () -> a.peers().isEmpty());
  }

  @Test
  void malformedFramesOfStreamsEndTheLinkWithTheReason() throws Exception {
    LinkNetwork a = member("a");
    for (FrameType type : FrameType.values()) {
      if (!StreamFrame.carries(type)) continue;
      try (Rogue rogue = new Rogue(a, MemberId.random(random))) {
        rogue.send(type, new byte[3]);

        assertThat(rogue.receive(FrameType.GOAWAY))
            .asString(StandardCharsets.UTF_8)
            .isEqualTo("a short " + type);
      }
    }
  }
}
