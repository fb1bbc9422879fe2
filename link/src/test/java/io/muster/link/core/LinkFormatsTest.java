package io.muster.link.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import io.muster.link.Lineage;
import io.muster.link.LinkIdentity;
import io.muster.testing.Golden;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Members of two versions talk to each other during an upgrade: the bytes of the handshake as each
/// version says them.
class LinkFormatsTest {
  private static final Golden GOLDEN = Golden.of(LinkFormatsTest.class, "formats.txt");
  private static final Address A = new Address("10.0.0.1", 56000);
  private static final Address B = new Address("10.0.0.2", 56000);
  private static final byte[] NONCE = new byte[32];

  private static LinkIdentity identity(String name, Lineage lineage) {
    return new LinkIdentity("prod", new MemberId(name.repeat(32)), name, 7, lineage);
  }

  @Test
  void theHelloOfADiallerIsUnderstood() {
    Lineage restored = Lineage.FIRST.next("ab12");
    Handshake.Dialler dialler = new Handshake.Dialler(identity("a", restored), A, NONCE);
    byte[] stored = GOLDEN.bytes("hello.dialler.2.lineage", dialler::hello);
    Handshake.Listener listener = new Handshake.Listener(identity("b", restored), B, NONCE, 10_000);

    byte[] answer = listener.diallerHello(stored);

    assertThat(listener.claimed().name()).isEqualTo("a");
    assertThat(listener.claimed().address()).isEqualTo(A);
    assertThat(listener.version()).isEqualTo(2);
    listener.sameLife();
    assertThat(dialler.hello()).isEqualTo(stored);
    assertThat(answer).isEqualTo(GOLDEN.bytes("hello.listener.2.lineage", () -> answer));
  }

  /// Those who say nothing of their life come from before it was told.
  @Test
  void aHelloWithoutALifeIsUnderstood() {
    byte[] stored = GOLDEN.bytes("hello.dialler.2", LinkFormatsTest::withoutLineage);
    Handshake.Listener listener =
        new Handshake.Listener(identity("b", Lineage.FIRST), B, NONCE, 10_000);

    listener.diallerHello(stored);

    assertThat(listener.claimed().name()).isEqualTo("a");
    listener.sameLife();
  }

  private static byte[] withoutLineage() {
    byte[] all = new Handshake.Dialler(identity("a", Lineage.NONE), A, NONCE).hello();
    // Its empty text.
    return Arrays.copyOf(all, all.length - 2);
  }

  @Test
  void oneOfAnEarlierLifeIsToldSoByBothSides() {
    Lineage later = Lineage.FIRST.next("ab12");
    Handshake.Dialler old = new Handshake.Dialler(identity("a", Lineage.FIRST), A, NONCE);
    Handshake.Listener listener = new Handshake.Listener(identity("b", later), B, NONCE, 10_000);

    old.listenerHello(listener.diallerHello(old.hello()));

    assertThatThrownBy(listener::sameLife)
        .isInstanceOfSatisfying(HandshakeException.class, e -> assertThat(e.superseded()).isFalse())
        .hasMessageContaining("'a'");
    assertThatThrownBy(old::sameLife)
        .isInstanceOfSatisfying(HandshakeException.class, e -> assertThat(e.superseded()).isTrue())
        .hasMessageContaining("'b'");
    assertThat(Lineage.FIRST.to(later)).isEqualTo(Lineage.Relation.SUPERSEDED);
    assertThat(later.to(Lineage.FIRST.next("cd34"))).isEqualTo(Lineage.Relation.FOREIGN);
    assertThat(later.to(Lineage.NONE)).isEqualTo(Lineage.Relation.SAME);
  }

  /// A number has its meaning for ever.
  @Test
  void framesKeepTheirNumbers() {
    Map<FrameType, Integer> known = new EnumMap<>(FrameType.class);
    for (FrameType t : FrameType.values()) known.put(t, t.id());

    assertThat(known.toString())
        .isEqualTo(
            "{HELLO=1, PROOF=2, READY=3, REFUSED=4, PING=16, PONG=17, GOAWAY=18, CALL=32,"
                + " RESULT=33, ERROR=34, MESSAGE=35, PART=36, STREAM_OPEN=48, STREAM_DATA=49,"
                + " STREAM_CREDIT=50, STREAM_END=51, STREAM_STOP=52, STREAM_RESET=53}");
  }
}
