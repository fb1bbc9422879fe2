package io.muster.access.driver;

import io.muster.kernel.TimeSource;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Logins with a key pair: a nonce is asked for, signed with RSA-SHA256 (PKCS #1 v1.5) and sent
/// back. Nonces are kept by the member that was asked, one for each public key; when there are too
/// many the oldest is forgotten. Safe on any thread.
final class KeyPairs {
  private static final int NONCES_MAX = 10_000;
  private static final int KEY_CHARS_MAX = 8192;

  /// `SEQUENCE { OID rsaEncryption, NULL }` of a SubjectPublicKeyInfo.
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

  private record Nonce(byte[] bytes, long atNanos) {}

  private final SecureRandom random = new SecureRandom();
  private final TimeSource time;
  private final long ttlNanos;
  private final Map<String, Nonce> nonces =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Nonce> eldest) {
          return size() > NONCES_MAX;
        }
      };

  KeyPairs(TimeSource time, long ttlNanos) {
    this.time = time;
    this.ttlNanos = ttlNanos;
  }

  /// @return base64; empty for what is no key
  Optional<String> nonce(String publicKey) {
    if (publicKey.isBlank() || publicKey.length() > KEY_CHARS_MAX) return Optional.empty();
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    synchronized (nonces) {
      nonces.remove(publicKey);
      nonces.put(publicKey, new Nonce(bytes, time.nanos()));
    }
    return Optional.of(Base64.getEncoder().encodeToString(bytes));
  }

  /// Whether a nonce of this key was signed; one can be used once.
  boolean signed(String publicKey, String digest) {
    Nonce nonce;
    synchronized (nonces) {
      nonce = nonces.remove(publicKey);
    }
    if (nonce == null || time.nanos() - nonce.atNanos > ttlNanos) return false;
    try {
      Signature check = Signature.getInstance("SHA256withRSA");
      check.initVerify(key(publicKey));
      check.update(nonce.bytes);
      return check.verify(Base64.getDecoder().decode(digest.strip()));
    } catch (GeneralSecurityException | IllegalArgumentException _) {
      return false;
    }
  }

  /// A PEM of PKCS #1 (`RSA PUBLIC KEY`) or of SubjectPublicKeyInfo (`PUBLIC KEY`).
  static PublicKey key(String pem) throws GeneralSecurityException {
    String body =
        pem.replaceAll("-----(BEGIN|END) (RSA )?PUBLIC KEY-----", "").replaceAll("\\s", "");
    byte[] der = Base64.getDecoder().decode(body);
    boolean bare = pem.contains("RSA PUBLIC KEY");
    return KeyFactory.getInstance("RSA")
        .generatePublic(new X509EncodedKeySpec(bare ? wrapped(der) : der));
  }

  private static byte[] wrapped(byte[] pkcs1) {
    ByteArrayOutputStream bits = new ByteArrayOutputStream();
    bits.write(0);
    bits.writeBytes(pkcs1);
    ByteArrayOutputStream inner = new ByteArrayOutputStream();
    inner.writeBytes(RSA);
    inner.writeBytes(tagged(0x03, bits.toByteArray()));
    return tagged(0x30, inner.toByteArray());
  }

  private static byte[] tagged(int tag, byte[] value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (value.length < 0x80) {
      out.write(value.length);
    } else {
      int bytes = value.length < 0x100 ? 1 : 2;
      out.write(0x80 | bytes);
      if (bytes == 2) out.write(value.length >>> 8);
      out.write(value.length);
    }
    out.writeBytes(value);
    return out.toByteArray();
  }
}
