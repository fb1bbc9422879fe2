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
import io.muster.link.LinkPeer;
import io.muster.link.LinkSettings;
import io.muster.link.Links;
import io.muster.testing.Eventually;
import io.muster.testing.Seeds;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinkNetworkTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private final List<LinkNetwork> started = new ArrayList<>();
  private final Random random = Seeds.random(11);

  @AfterEach
  void stop() {
    started.forEach(LinkNetwork::close);
  }

  private LinkSettings settings(Optional<LinkSettings.Tls> tls) {
    return new LinkSettings(
        "127.0.0.1",
        0,
        Optional.empty(),
        tls,
        8 << 20,
        4 << 20,
        Duration.ofSeconds(5),
        Duration.ofMillis(200),
        Duration.ofSeconds(3),
        10_000);
  }

  private LinkNetwork member(String name, String cluster, String secret) {
    return member(name, cluster, secret, Optional.empty());
  }

  private LinkNetwork member(
      String name, String cluster, String secret, Optional<LinkSettings.Tls> tls) {
    LinkNetwork n =
        new LinkNetwork(
            settings(tls),
            new LinkIdentity(cluster, MemberId.random(random), name, 1),
            List.of(new Secret(secret)));
    n.onCall(LinkChannel.STORE, (_, request) -> CompletableFuture.completedFuture(request));
    n.start();
    started.add(n);
    return n;
  }

  private static String call(LinkNetwork from, Address to, String text) throws Exception {
    byte[] answer =
        from.call(to, LinkChannel.STORE, text.getBytes(StandardCharsets.UTF_8), SOON)
            .get(20, TimeUnit.SECONDS);
    return new String(answer, StandardCharsets.UTF_8);
  }

  private static ErrorCode codeOf(CompletableFuture<byte[]> failed) {
    try {
      failed.get(20, TimeUnit.SECONDS);
      throw new AssertionError("did not fail");
    } catch (Exception e) {
      Throwable t = e;
      while (!(t instanceof MusterException) && t.getCause() != null) t = t.getCause();
      return ((MusterException) t).code();
    }
  }

  /// Each step is done by one member after the other; a link that was there before stays, and one
  /// made between any two of them comes up.
  @Test
  void secretsAreReplacedWhileLinksAreUp() throws Exception {
    Secret old = new Secret("the old secret of a cluster");
    Secret next = new Secret("the new secret of a cluster");
    LinkNetwork a = member("a", "blue", old.reveal());
    LinkNetwork b = member("b", "blue", old.reveal());
    BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    a.observe(
        new Links.LinkObserver() {
          @Override
          public void up(LinkPeer peer) {}

          @Override
          public void down(LinkPeer peer, String reason) {
            ends.add(reason);
          }
        });
    a.keep(b.listening());
    assertThat(call(a, b.listening(), "before")).isEqualTo("before");

    for (List<Secret> step : List.of(List.of(old, next), List.of(next, old), List.of(next))) {
      for (LinkNetwork n : List.of(a, b)) {
        n.use(step).get(20, TimeUnit.SECONDS);
        LinkNetwork guest = member("guest", "blue", step.getFirst().reveal());
        guest.use(step).get(20, TimeUnit.SECONDS);
        assertThat(call(guest, n.listening(), "in")).isEqualTo("in");
        assertThat(call(a, b.listening(), "still")).isEqualTo("still");
      }
    }

    assertThat(ends).isEmpty();
    LinkNetwork late = member("late", "blue", old.reveal());
    assertThat(codeOf(late.call(a.listening(), LinkChannel.STORE, new byte[1], SOON)))
        .isEqualTo(ErrorCode.LINK_UNREACHABLE);
    String shown = a.fingerprint(next).get(60, TimeUnit.SECONDS);
    assertThat(shown).matches("[0-9a-f]{12}").isEqualTo(b.fingerprint(next).get());
    assertThat(shown).isNotEqualTo(late.fingerprint(old).get(60, TimeUnit.SECONDS));
  }

  @Test
  void callsGoBothWaysOverOneLink() throws Exception {
    LinkNetwork a = member("a", "blue", "secret secret secret");
    LinkNetwork b = member("b", "blue", "secret secret secret");

    assertThat(call(a, b.listening(), "there")).isEqualTo("there");
    assertThat(call(b, a.listening(), "back")).isEqualTo("back");
    assertThat(call(a, a.listening(), "self")).isEqualTo("self");
    assertThat(a.peers()).hasSize(1);
    assertThat(b.peers()).extracting(LinkPeer::name).containsExactly("a");
  }

  @Test
  void whoeverAsksAfterTheEndIsToldSoAndNothingIsThrownAtHim() throws Exception {
    LinkNetwork a = member("a", "blue", "secret secret secret");
    LinkNetwork b = member("b", "blue", "secret secret secret");
    call(a, b.listening(), "up");

    a.close();

    byte[] late = {1};
    assertThat(codeOf(a.call(a.listening(), LinkChannel.STORE, late, SOON)))
        .isEqualTo(ErrorCode.LINK_UNREACHABLE);
    assertThat(codeOf(a.call(b.listening(), LinkChannel.STORE, late, SOON)))
        .isEqualTo(ErrorCode.LINK_UNREACHABLE);
    assertThat(a.send(b.listening(), LinkChannel.STORE, late)).isFalse();
    a.keep(b.listening());
    a.forget(b.listening(), "late");
    assertThat(a.peers()).isEmpty();
  }

  @Test
  void messagesKeepTheirOrderWhateverTheirSize() throws Exception {
    LinkNetwork a = member("a", "blue", "secret secret secret");
    LinkNetwork b =
        new LinkNetwork(
            settings(Optional.empty()),
            new LinkIdentity("blue", MemberId.random(random), "b", 1),
            List.of(new Secret("secret secret secret")));
    BlockingQueue<Integer> lengths = new LinkedBlockingQueue<>();
    b.onMessage(LinkChannel.REALTIME, (_, m) -> lengths.add(m.length));
    b.onCall(LinkChannel.STORE, (_, r) -> CompletableFuture.completedFuture(r));
    b.start();
    started.add(b);
    call(a, b.listening(), "up");
    int[] sizes = new int[40];
    for (int i = 0; i < sizes.length; i++) sizes[i] = random.nextInt(i % 5 == 0 ? 300_000 : 500);

    for (int size : sizes) {
      while (!a.send(b.listening(), LinkChannel.REALTIME, new byte[size])) Thread.onSpinWait();
    }

    for (int size : sizes) assertThat(lengths.poll(10, TimeUnit.SECONDS)).isEqualTo(size);
  }

  @Test
  void aFullQueueRefusesAndSaysSo() throws Exception {
    LinkNetwork a = member("a", "blue", "secret secret secret");
    LinkNetwork b = member("b", "blue", "secret secret secret");
    call(a, b.listening(), "up");

    boolean refused = false;
    for (int i = 0; i < 200 && !refused; i++) {
      refused = !a.send(b.listening(), LinkChannel.REALTIME, new byte[1 << 20]);
    }

    assertThat(refused).isTrue();
    Eventually.within(
        Duration.ofSeconds(10),
        "the queue has room again",
        () -> a.send(b.listening(), LinkChannel.REALTIME, new byte[1 << 20]));
    Eventually.within(
        Duration.ofSeconds(10),
        "what was queued has gone",
        () -> {
          try {
            return call(a, b.listening(), "goes").equals("goes");
          } catch (Exception full) {
            return false;
          }
        });
    assertThat(call(a, b.listening(), "goes on")).isEqualTo("goes on");
  }

  @Test
  void strangersAreRefused() throws Exception {
    LinkNetwork a = member("a", "blue", "secret secret secret");
    LinkNetwork wrongSecret = member("s", "blue", "another secret here");
    LinkNetwork wrongCluster = member("g", "green", "secret secret secret");

    for (LinkNetwork stranger : List.of(wrongSecret, wrongCluster)) {
      assertThat(codeOf(stranger.call(a.listening(), LinkChannel.STORE, new byte[1], SOON)))
          .isEqualTo(ErrorCode.LINK_UNREACHABLE);
    }
    assertThat(a.peers()).isEmpty();
  }

  @Test
  void aLinkThatBreaksIsToldAtOnceAndKeptLinksComeBack() throws Exception {
    LinkNetwork a = member("a", "blue", "secret secret secret");
    LinkNetwork b = member("b", "blue", "secret secret secret");
    BlockingQueue<String> events = new LinkedBlockingQueue<>();
    a.observe(
        new Links.LinkObserver() {
          @Override
          public void up(LinkPeer peer) {
            events.add("up " + peer.name());
          }

          @Override
          public void down(LinkPeer peer, String reason) {
            events.add("down " + peer.name());
          }
        });
    a.keep(b.listening());
    assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("up b");

    // The dialler may know of the link a moment before the listener does.
    Eventually.within(Duration.ofSeconds(10), "b has the link, too", () -> !b.peers().isEmpty());
    b.forget(a.listening(), "test");

    assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("down b");
    assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("up b");
    assertThat(call(a, b.listening(), "again")).isEqualTo("again");
  }

  @Test
  void anUnansweredCallTimesOutAndAnUnservedOneIsRefused() throws Exception {
    LinkNetwork a = member("a", "blue", "secret secret secret");
    LinkNetwork b = member("b", "blue", "secret secret secret");
    b.onCall(LinkChannel.ADMIN, (_, _) -> new CompletableFuture<>());
    // Linked before, so that the time is spent on waiting and not on dialling.
    call(a, b.listening(), "up");

    assertThat(
            codeOf(a.call(b.listening(), LinkChannel.ADMIN, new byte[1], Duration.ofMillis(400))))
        .isEqualTo(ErrorCode.LINK_TIMEOUT);
    assertThat(codeOf(a.call(b.listening(), LinkChannel.RAFT, new byte[1], SOON)))
        .isEqualTo(ErrorCode.LINK_REFUSED);
    assertThat(codeOf(a.call(new Address("127.0.0.1", 1), LinkChannel.RAFT, new byte[1], SOON)))
        .isEqualTo(ErrorCode.LINK_UNREACHABLE);
  }

  private static X509Bundle certificate() throws Exception {
    return new CertificateBuilder()
        .subject("CN=localhost")
        .setIsCertificateAuthority(true)
        .buildSelfSigned();
  }

  private static LinkSettings.Tls files(X509Bundle bundle, Path dir, boolean ca)
      throws java.io.IOException {
    Path cert = Files.writeString(dir.resolve("c.pem"), bundle.getCertificatePEM());
    Path key = Files.writeString(dir.resolve("k.pem"), bundle.getPrivateKeyPEM());
    return new LinkSettings.Tls(
        cert, key, ca ? Optional.of(cert) : Optional.empty(), Duration.ofMillis(100));
  }

  @Test
  void tlsLinksCarryCalls(@TempDir Path dir) throws Exception {
    var tls = Optional.of(files(certificate(), dir, true));
    LinkNetwork a = member("a", "blue", "secret secret secret", tls);
    LinkNetwork b = member("b", "blue", "secret secret secret", tls);
    LinkNetwork plain = member("p", "blue", "secret secret secret");

    assertThat(call(a, b.listening(), "sealed")).isEqualTo("sealed");
    assertThat(
            codeOf(
                plain.call(a.listening(), LinkChannel.STORE, new byte[1], Duration.ofSeconds(2))))
        .isEqualTo(ErrorCode.LINK_UNREACHABLE);
  }

  /// Each side is given a new pair and a new CA, one after the other: what is up stays, a broken
  /// file changes nothing, and links to come are made with the new ones.
  @Test
  void newFilesAreTakenForLinksToCome(@TempDir Path dir) throws Exception {
    X509Bundle first = certificate();
    X509Bundle second = certificate();
    Path aDir = Files.createDirectory(dir.resolve("a"));
    Path bDir = Files.createDirectory(dir.resolve("b"));
    LinkSettings.Tls aTls = files(first, aDir, true);
    LinkSettings.Tls bTls = files(first, bDir, true);
    LinkNetwork a = member("a", "blue", "secret secret secret", Optional.of(aTls));
    LinkNetwork b = member("b", "blue", "secret secret secret", Optional.of(bTls));
    assertThat(call(a, b.listening(), "first")).isEqualTo("first");

    Files.writeString(bTls.certificate(), "no certificate");
    Eventually.within(SOON, "it is counted", () -> b.tls().get().get().failures() == 1);
    assertThat(call(a, b.listening(), "still")).isEqualTo("still");

    for (Path each : List.of(aDir, bDir)) files(second, each, true);
    for (LinkNetwork n : List.of(a, b)) {
      Eventually.within(
          SOON,
          "the new pair is used",
          () ->
              n.tls().get().get().reloads() >= 1
                  && n.tls()
                      .get()
                      .get()
                      .expires()
                      .equals(second.getCertificate().getNotAfter().toInstant()));
    }
    assertThat(a.peers()).hasSize(1);
    a.forget(b.listening(), "test");
    Eventually.within(SOON, "down", () -> b.peers().isEmpty());
    assertThat(call(a, b.listening(), "anew")).isEqualTo("anew");
    LinkNetwork late =
        member("late", "blue", "secret secret secret", Optional.of(files(first, dir, true)));
    assertThat(
            codeOf(late.call(a.listening(), LinkChannel.STORE, new byte[1], Duration.ofSeconds(2))))
        .isEqualTo(ErrorCode.LINK_UNREACHABLE);
  }

  /// TLS resumes sessions; the binding is of each connection all the same.
  @Test
  void tlsLinksComeBackAgainAndAgain(@TempDir Path dir) throws Exception {
    var tls = Optional.of(files(certificate(), dir, true));
    LinkNetwork a = member("a", "blue", "secret secret secret", tls);
    LinkNetwork b = member("b", "blue", "secret secret secret", tls);
    for (int i = 0; i < 5; i++) {
      assertThat(call(a, b.listening(), "round " + i)).isEqualTo("round " + i);
      a.forget(b.listening(), "test");
      Eventually.within(SOON, "down", () -> b.peers().isEmpty());
    }
  }

  /// Between the two, with the listener's own certificate and key, and passing on every byte.
  @Test
  void aThiefOfTheCertificateCannotStandInTheMiddle(@TempDir Path dir) throws Exception {
    X509Bundle stolen = certificate();
    var tls = Optional.of(files(stolen, dir, true));
    LinkNetwork a = member("a", "blue", "secret secret secret", tls);
    LinkNetwork b = member("b", "blue", "secret secret secret", tls);
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(
        stolen.toKeyManagerFactory().getKeyManagers(),
        stolen.toTrustManagerFactory().getTrustManagers(),
        null);
    try (ServerSocket thief =
        context
            .getServerSocketFactory()
            .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<byte[]> seen = new CompletableFuture<>();
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket near = thief.accept();
                    Socket far =
                        context
                            .getSocketFactory()
                            .createSocket(InetAddress.getLoopbackAddress(), b.listening().port())) {
                  Thread back = Thread.ofVirtual().start(() -> pass(far, near, null));
                  pass(near, far, seen);
                  back.join();
                } catch (Exception e) {
                  seen.completeExceptionally(e);
                }
              });

      var through = new Address("127.0.0.1", thief.getLocalPort());

      assertThat(codeOf(a.call(through, LinkChannel.STORE, new byte[1], SOON)))
          .isEqualTo(ErrorCode.LINK_UNREACHABLE);
      assertThat(seen.get(10, TimeUnit.SECONDS)).as("it read along").isNotEmpty();
      assertThat(b.peers()).isEmpty();
    }
  }

  private static void pass(Socket from, Socket to, @Nullable CompletableFuture<byte[]> seen) {
    byte[] some = new byte[8192];
    try {
      for (int n; (n = from.getInputStream().read(some)) >= 0; ) {
        if (seen != null) seen.complete(Arrays.copyOf(some, n));
        to.getOutputStream().write(some, 0, n);
      }
      to.close();
    } catch (java.io.IOException e) {
      // One of them has gone.
    }
  }

  @Test
  void garbageFromStrangersHarmsNobody() throws Exception {
    LinkNetwork a = member("a", "blue", "secret secret secret");
    LinkNetwork b = member("b", "blue", "secret secret secret");
    for (int i = 0; i < 200; i++) {
      try (Socket s = new Socket(InetAddress.getLoopbackAddress(), a.listening().port())) {
        byte[] garbage = new byte[random.nextInt(400)];
        random.nextBytes(garbage);
        if (garbage.length > 5 && i % 2 == 0) {
          garbage[0] = 0;
          garbage[1] = 0;
          garbage[2] = 0;
          garbage[3] = (byte) (garbage.length - 4);
          garbage[4] = (byte) random.nextInt(40);
        }
        OutputStream out = s.getOutputStream();
        out.write(garbage);
        out.flush();
      }
    }

    assertThat(call(b, a.listening(), "fine")).isEqualTo("fine");
  }

  @Test
  void aBusyPortIsNamed() {
    LinkNetwork a = member("a", "blue", "secret secret secret");
    LinkSettings s =
        new LinkSettings(
            "127.0.0.1",
            a.listening().port(),
            Optional.empty(),
            Optional.empty(),
            8 << 20,
            4 << 20,
            SOON,
            SOON,
            SOON,
            10_000);
    LinkNetwork second =
        new LinkNetwork(
            s,
            new LinkIdentity("blue", MemberId.random(random), "x", 1),
            List.of(new Secret("secret secret secret")));

    assertThatThrownBy(second::start)
        .isInstanceOf(MusterException.class)
        .hasMessageContaining("" + a.listening().port());
  }
}
