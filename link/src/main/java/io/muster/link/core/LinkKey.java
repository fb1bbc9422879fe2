package io.muster.link.core;

import io.muster.kernel.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/// The key that a cluster secret gives: PBKDF2-HMAC-SHA-256 over the secret, salted with the
/// cluster's name, so that a captured proof costs an attacker that many rounds per guess.
public final class LinkKey {
  private final byte[] key;

  private LinkKey(byte[] key) {
    this.key = key;
  }

  /// Takes about a second by intention: compute once per process, never on an I/O thread.
  public static LinkKey derive(Secret secret, String cluster, int iterations) {
    if (iterations < 10_000 || iterations > 5_000_000) {
      throw new HandshakeException("key rounds of " + iterations + ", allowed 10000 to 5000000");
    }
    try {
      byte[] salt = ("muster" + cluster).getBytes(StandardCharsets.UTF_8);
      PBEKeySpec spec = new PBEKeySpec(secret.reveal().toCharArray(), salt, iterations, 256);
      return new LinkKey(
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// A 256-bit key for another purpose, from which this one cannot be computed.
  public byte[] subkey(String purpose) {
    return proof("subkey " + purpose, new byte[0], new byte[0]);
  }

  byte[] proof(String side, byte[] binding, byte[] transcript) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update(side.getBytes(StandardCharsets.UTF_8));
      mac.update(binding);
      return mac.doFinal(transcript);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] transcript(byte[] helloC, byte[] helloL) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(helloC);
      return digest.digest(helloL);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
