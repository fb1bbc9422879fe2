package io.muster.link.core;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import io.muster.link.Lineage;
import io.muster.link.LinkIdentity;
import io.muster.link.LinkPeer;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The mutual, transcript-based proof of two members that share a secret (specs: workers and
/// proxies, authentication), as a state machine over messages.
///
/// 1. dialler → listener: HELLO: versions, cluster, identity, nonce
/// 2. listener → dialler: HELLO: version, identity, nonce, key rounds (or refusal: wrong cluster)
/// 3. dialler → listener: PROOF = HMAC(K, "C" ‖ binding ‖ transcript)
/// 4. listener → dialler: READY = HMAC(K, "L" ‖ binding ‖ transcript)
///
/// The dialler proves first and the listener answers only to a correct proof, so a stranger learns
/// nothing it could grind offline. Nonces make each transcript new. The binding ties it to the TLS
/// channel: 32 bytes of exported keying material (RFC 9266), empty without TLS. The transcript is
/// SHA-256 over both HELLOs. Each HELLO ends with the sender's [Lineage]; peers that know none of
/// it leave it out and ignore it. It is judged by both sides once both have proved themselves.
public abstract sealed class Handshake {
  /// The oldest version spoken here: calls and messages.
  public static final int VERSION_MIN = 1;

  /// The newest: link streams, too. A listener chooses the highest that both know; the choice is
  /// part of the transcript, so nobody in the middle can talk two members down to less.
  public static final int VERSION_MAX = 2;

  static final int NONCE = 32;
  static final int TEXT_MAX = 255;

  /// The version that both will speak; 0 before the listener's HELLO.
  public abstract int version();

  private static byte[] identity(
      LinkIdentity self, Address address, byte[] nonce, int first, int second) {
    return Wire.writer(2048)
        .u16(first)
        .u16(second)
        .text(self.cluster())
        .text(self.id().hex())
        .text(self.name())
        .u64(self.incarnation())
        .text(address.host())
        .u16(address.port())
        .raw(nonce)
        .done();
  }

  private record Hello(
      int first, int second, String cluster, LinkPeer peer, int rounds, Lineage lineage) {
    static Hello read(byte[] message, boolean withRounds) {
      Wire w = Wire.reader(message);
      int first = w.u16();
      int second = w.u16();
      String cluster = w.text(TEXT_MAX);
      try {
        MemberId id = new MemberId(w.text(TEXT_MAX));
        String name = w.text(TEXT_MAX);
        long incarnation = w.u64();
        Address address = new Address(w.text(TEXT_MAX), w.u16());
        w.raw(NONCE);
        return new Hello(
            first,
            second,
            cluster,
            new LinkPeer(id, name, incarnation, address),
            withRounds ? w.u32() : 0,
            Lineage.parse(w.more() ? w.text(TEXT_MAX) : ""));
      } catch (IllegalArgumentException e) {
        throw new HandshakeException("a malformed hello: " + e.getMessage());
      }
    }
  }

  private static void sameCluster(String ours, String theirs) {
    if (!ours.equals(theirs)) {
      throw new HandshakeException(
          "wrong_cluster: expected '" + ours + "', found '" + theirs + "'", "wrong_cluster");
    }
  }

  /// The lineage of the peer, to be judged once it has proved itself.
  ///
  /// @throws HandshakeException where one of both comes from an earlier life of the cluster
  public abstract void sameLife();

  private static void judge(LinkIdentity self, LinkPeer peer, Lineage theirs) {
    String who = peer.name() + "' at " + peer.address();
    String lives = " (life '" + last(self.lineage()) + "' here, '" + last(theirs) + "' there)";
    switch (self.lineage().to(theirs)) {
      case SAME -> {}
      case SUPERSEDED ->
          throw new HandshakeException(
              "superseded: member '"
                  + who
                  + " lives in a later life of the cluster, which was restored from a backup or"
                  + " recovered without this member"
                  + lives,
              "superseded: your data is of a later life of the cluster",
              true);
      case SUPERSEDES ->
          throw new HandshakeException(
              "superseded: member '"
                  + who
                  + " comes with data of an earlier life of the cluster and is refused"
                  + lives,
              "superseded: your data is of an earlier life of the cluster");
      case FOREIGN ->
          throw new HandshakeException(
              "foreign: member '" + who + " has data of another cluster of this name" + lives,
              "foreign: your data is of another cluster of this name");
    }
  }

  private static String last(Lineage lineage) {
    return lineage.lives().isEmpty() ? "none" : lineage.lives().getLast();
  }

  /// The side that dialled.
  public static final class Dialler extends Handshake {
    private final LinkIdentity self;
    private final byte[] hello;
    private byte[] transcript = {};
    private final int versionMax;
    private @Nullable LinkPeer peer;
    private Lineage lineage = Lineage.NONE;
    private int rounds;
    private int version;

    public Dialler(LinkIdentity self, Address address, byte[] nonce) {
      this(self, address, nonce, VERSION_MAX);
    }

    /// @param versionMax the newest version to speak, [#VERSION_MIN] to [#VERSION_MAX]
    public Dialler(LinkIdentity self, Address address, byte[] nonce, int versionMax) {
      this.self = self;
      this.versionMax = versionMax;
      byte[] identity = identity(self, address, nonce, VERSION_MIN, versionMax);
      hello =
          Wire.writer(identity.length + 2 + TEXT_MAX)
              .raw(identity)
              .text(self.lineage().text())
              .done();
    }

    /// Message 1.
    public byte[] hello() {
      return hello.clone();
    }

    /// Takes message 2.
    ///
    /// @return the key rounds the listener asks for; then call [#proof]
    public int listenerHello(byte[] message) {
      Hello theirs = Hello.read(message, true);
      if (theirs.first < VERSION_MIN || theirs.first > versionMax) {
        throw new HandshakeException("unknown version " + theirs.first);
      }
      sameCluster(self.cluster(), theirs.cluster);
      transcript = LinkKey.transcript(hello, message);
      peer = theirs.peer;
      lineage = theirs.lineage;
      rounds = theirs.rounds;
      version = theirs.first;
      return rounds;
    }

    @Override
    public int version() {
      return version;
    }

    /// Message 3.
    public byte[] proof(LinkKey key, byte[] binding) {
      return key.proof("C", binding, transcript);
    }

    /// Takes message 4.
    ///
    /// @return the listener, now believed
    public LinkPeer ready(byte[] message, LinkKey key, byte[] binding) {
      if (!MessageDigest.isEqual(message, key.proof("L", binding, transcript))) {
        throw new HandshakeException("the listener's proof is wrong");
      }
      LinkPeer proved = peer;
      if (proved == null) throw new HandshakeException("ready before hello");
      return proved;
    }

    @Override
    public void sameLife() {
      LinkPeer proved = peer;
      if (proved != null) judge(self, proved, lineage);
    }
  }

  /// The side that listens.
  public static final class Listener extends Handshake {
    private final LinkIdentity self;
    private final Address address;
    private final byte[] nonce;
    private final int rounds;
    private final int versionMax;
    private byte[] transcript = {};
    private @Nullable LinkPeer peer;
    private Lineage lineage = Lineage.NONE;
    private int version;

    public Listener(LinkIdentity self, Address address, byte[] nonce, int rounds) {
      this(self, address, nonce, rounds, VERSION_MAX);
    }

    /// @param versionMax the newest version to speak, [#VERSION_MIN] to [#VERSION_MAX]
    public Listener(LinkIdentity self, Address address, byte[] nonce, int rounds, int versionMax) {
      this.self = self;
      this.versionMax = versionMax;
      this.address = address;
      this.nonce = nonce.clone();
      this.rounds = rounds;
    }

    /// Takes message 1.
    ///
    /// @return message 2
    public byte[] diallerHello(byte[] message) {
      Hello theirs = Hello.read(message, false);
      sameCluster(self.cluster(), theirs.cluster);
      int chosen = Math.min(versionMax, theirs.second);
      if (chosen < Math.max(VERSION_MIN, theirs.first)) {
        throw new HandshakeException(
            "versions "
                + theirs.first
                + " to "
                + theirs.second
                + ", known here: "
                + VERSION_MIN
                + " to "
                + versionMax);
      }
      version = chosen;
      byte[] identity = identity(self, address, nonce, chosen, 0);
      byte[] hello =
          Wire.writer(identity.length + 6 + TEXT_MAX)
              .raw(identity)
              .u32(rounds)
              .text(self.lineage().text())
              .done();
      transcript = LinkKey.transcript(message, hello);
      peer = theirs.peer;
      lineage = theirs.lineage;
      return hello;
    }

    @Override
    public int version() {
      return version;
    }

    @Override
    public void sameLife() {
      judge(self, claimed(), lineage);
    }

    /// Who the dialler claims to be; to be believed after [#proof].
    public LinkPeer claimed() {
      LinkPeer claimed = peer;
      if (claimed == null) throw new HandshakeException("proof before hello");
      return claimed;
    }

    /// Takes message 3 and tries the accepted keys in order (two while a secret is rotated).
    ///
    /// @return message 4
    public byte[] proof(byte[] message, List<LinkKey> keys, byte[] binding) {
      claimed();
      for (LinkKey key : keys) {
        if (MessageDigest.isEqual(message, key.proof("C", binding, transcript))) {
          return key.proof("L", binding, transcript);
        }
      }
      throw new HandshakeException(
          "wrong_secret: the proof of '" + claimed().name() + "' is wrong");
    }
  }
}
