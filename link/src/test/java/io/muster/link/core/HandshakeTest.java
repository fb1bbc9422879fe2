package io.muster.link.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import io.muster.kernel.Secret;
import io.muster.link.LinkIdentity;
import io.muster.testing.Seeds;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HandshakeTest {
  private static final LinkKey KEY =
      LinkKey.derive(new Secret("correct horse battery"), "blue", 10_000);
  private static final LinkKey OTHER =
      LinkKey.derive(new Secret("wrong horse battery"), "blue", 10_000);
  private static final byte[] PLAIN = {};
  private final Random random = Seeds.random(7);

  private LinkIdentity who(String name, String cluster) {
    return new LinkIdentity(cluster, MemberId.random(random), name, 3);
  }

  private byte[] nonce() {
    byte[] n = new byte[32];
    random.nextBytes(n);
    return n;
  }

  private Handshake.Dialler dialler(String cluster) {
    return new Handshake.Dialler(who("c", cluster), new Address("127.0.0.1", 1), nonce());
  }

  private Handshake.Listener listener() {
    return new Handshake.Listener(who("l", "blue"), new Address("127.0.0.1", 2), nonce(), 10_000);
  }

  @Test
  void bothLearnWhoTheOtherIs() {
    Handshake.Dialler c = dialler("blue");
    Handshake.Listener l = listener();

    int rounds = c.listenerHello(l.diallerHello(c.hello()));
    byte[] ready = l.proof(c.proof(KEY, PLAIN), List.of(OTHER, KEY), PLAIN);

    assertThat(rounds).isEqualTo(10_000);
    assertThat(c.ready(ready, KEY, PLAIN).name()).isEqualTo("l");
    assertThat(l.claimed().name()).isEqualTo("c");
    assertThat(l.claimed().address()).isEqualTo(new Address("127.0.0.1", 1));
  }

  private Handshake.Dialler dialler(int versionMax) {
    return new Handshake.Dialler(
        who("c", "blue"), new Address("127.0.0.1", 1), nonce(), versionMax);
  }

  private Handshake.Listener listener(int versionMax) {
    return new Handshake.Listener(
        who("l", "blue"), new Address("127.0.0.1", 2), nonce(), 10_000, versionMax);
  }

  @Test
  void theNewestVersionThatBothKnowIsSpoken() {
    for (int ours = 1; ours <= 2; ours++) {
      for (int theirs = 1; theirs <= 2; theirs++) {
        Handshake.Dialler c = dialler(ours);
        Handshake.Listener l = listener(theirs);

        c.listenerHello(l.diallerHello(c.hello()));

        assertThat(c.version()).isEqualTo(Math.min(ours, theirs));
        assertThat(l.version()).isEqualTo(Math.min(ours, theirs));
        byte[] ready = l.proof(c.proof(KEY, PLAIN), List.of(KEY), PLAIN);
        assertThat(c.ready(ready, KEY, PLAIN).name()).isEqualTo("l");
      }
    }
  }

  @Test
  void aVersionTalkedDownByTheWayIsNoticed() {
    Handshake.Dialler c = dialler(2);
    Handshake.Listener l = listener(2);
    byte[] less = c.hello();
    less[3] = 1;
    c.listenerHello(l.diallerHello(less));
    assertThat(l.version()).isEqualTo(1);

    assertThatThrownBy(() -> l.proof(c.proof(KEY, PLAIN), List.of(KEY), PLAIN))
        .isInstanceOf(HandshakeException.class);
  }

  @Test
  void anotherClusterIsRefusedBeforeAnyProof() {
    Handshake.Dialler c = dialler("green");

    assertThatThrownBy(() -> listener().diallerHello(c.hello()))
        .isInstanceOfSatisfying(
            HandshakeException.class, e -> assertThat(e.outward()).isEqualTo("wrong_cluster"));
  }

  @Test
  void aWrongSecretIsRefusedWithoutTellingWhy() {
    Handshake.Dialler c = dialler("blue");
    Handshake.Listener l = listener();
    c.listenerHello(l.diallerHello(c.hello()));

    assertThatThrownBy(() -> l.proof(c.proof(OTHER, PLAIN), List.of(KEY), PLAIN))
        .isInstanceOfSatisfying(
            HandshakeException.class,
            e -> assertThat(e.outward()).isEqualTo("handshake refused").doesNotContain("secret"));
  }

  @Test
  void aProofCapturedOnceIsWorthNothingOnTheNextConnection() {
    Handshake.Dialler c = dialler("blue");
    Handshake.Listener first = listener();
    c.listenerHello(first.diallerHello(c.hello()));
    byte[] captured = c.proof(KEY, PLAIN);
    first.proof(captured, List.of(KEY), PLAIN);

    Handshake.Listener second = listener();
    second.diallerHello(c.hello());

    assertThatThrownBy(() -> second.proof(captured, List.of(KEY), PLAIN))
        .isInstanceOf(HandshakeException.class);
  }

  @Test
  void aProofIsBoundToItsTlsChannel() {
    Handshake.Dialler c = dialler("blue");
    Handshake.Listener l = listener();
    c.listenerHello(l.diallerHello(c.hello()));

    assertThatThrownBy(() -> l.proof(c.proof(KEY, new byte[] {1}), List.of(KEY), new byte[] {2}))
        .isInstanceOf(HandshakeException.class);
  }

  @Test
  void oneSidesProofIsNotTheOthers() {
    Handshake.Dialler c = dialler("blue");
    Handshake.Listener l = listener();
    c.listenerHello(l.diallerHello(c.hello()));
    byte[] mine = c.proof(KEY, PLAIN);

    assertThatThrownBy(() -> c.ready(mine, KEY, PLAIN)).isInstanceOf(HandshakeException.class);
  }

  /// Cut, with bits turned over, with bytes behind it, or nothing but noise.
  private static byte[] broken(Random random, byte[] good) {
    byte[] bad = good.clone();
    switch (random.nextInt(4)) {
      case 0 -> bad = Arrays.copyOf(good, random.nextInt(good.length));
      case 1 -> {
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
          bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      case 2 -> bad = Arrays.copyOf(good, good.length + 1 + random.nextInt(5));
      default -> {
        bad = new byte[random.nextInt(300)];
        random.nextBytes(bad);
      }
    }
    return bad;
  }

  /// Whichever of the four messages is broken: either it is refused at once, and by nothing but a
  /// refusal, or the proofs do not fit each other. Nobody ends up believing anybody.
  @Test
  void aHandshakeWithABrokenMessageProvesNothing() {
    Seeds.each(
        5000,
        (_, random) -> {
          Handshake.Dialler c = dialler("blue");
          Handshake.Listener l = listener();
          int which = random.nextInt(4);
          boolean changed = false;
          try {
            byte[][] messages = new byte[4][];
            for (int i = 0; i < 4; i++) {
              byte[] good =
                  switch (i) {
                    case 0 -> c.hello();
                    case 1 -> l.diallerHello(messages[0]);
                    case 2 -> {
                      c.listenerHello(messages[1]);
                      yield c.proof(KEY, PLAIN);
                    }
                    default -> l.proof(messages[2], List.of(KEY), PLAIN);
                  };
              messages[i] = i == which ? broken(random, good) : good;
              changed |= !Arrays.equals(messages[i], good);
            }
            c.ready(messages[3], KEY, PLAIN);
            assertThat(changed).as("message " + (which + 1) + " was broken").isFalse();
          } catch (HandshakeException e) {
            assertThat(changed).isTrue();
            assertThat(e.outward()).isNotBlank();
          }
        });
  }

  @Test
  void fiveFailuresCloseTheDoorForAMinute() {
    Failures failures = new Failures();
    long second = 1_000_000_000L;
    for (int i = 0; i < 5; i++) failures.failed("10.0.0.9", false, i * second);
    for (int i = 0; i < 50; i++) failures.failed("127.0.0.1", true, i);

    assertThat(failures.refused("10.0.0.9", 5 * second)).isTrue();
    assertThat(failures.refused("10.0.0.8", 5 * second)).isFalse();
    assertThat(failures.refused("127.0.0.1", 5 * second)).isFalse();
    assertThat(failures.refused("10.0.0.9", 70 * second)).isFalse();
  }
}
