package io.muster.access.driver;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/// Password hashes in happn's format: `pbkdf2$<rounds>$<hash hex>$<salt hex>$<digest>`, so that
/// hashes of an existing happn database can be read; new ones use SHA-512, 64 bytes and more
/// rounds.
final class Passwords {
  private static final int ROUNDS_MAX = 5_000_000;
  private static final SecureRandom RANDOM = new SecureRandom();

  private Passwords() {}

  static String hash(String password, int iterations) {
    byte[] salt = new byte[64];
    RANDOM.nextBytes(salt);
    String saltHex = HexFormat.of().formatHex(salt);
    byte[] hash = derive(password, saltHex, iterations, 64, "sha512");
    return "pbkdf2$"
        + iterations
        + "$"
        + HexFormat.of().formatHex(hash)
        + "$"
        + saltHex
        + "$sha512";
  }

  /// Takes as long as the hash's rounds; compares in constant time.
  ///
  /// @return false also for a hash of an unknown format
  static boolean matches(String password, String stored) {
    String[] p = stored.split("\\$", -1);
    if (p.length < 4 || !p[0].equals("pbkdf2")) return false;
    try {
      byte[] expected = HexFormat.of().parseHex(p[2]);
      byte[] found =
          derive(
              password,
              p[3],
              Integer.parseInt(p[1]),
              expected.length,
              p.length > 4 ? p[4] : "sha512");
      return MessageDigest.isEqual(expected, found);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /// Whether a hash is one that can be compared with, and costs a bounded time to.
  static boolean readable(String stored) {
    String[] p = stored.split("\\$", -1);
    try {
      return p.length >= 4
          && p[0].equals("pbkdf2")
          && Integer.parseInt(p[1]) > 0
          && Integer.parseInt(p[1]) <= ROUNDS_MAX
          && HexFormat.of().parseHex(p[2]).length > 0
          && !p[3].isEmpty()
          && (p.length == 4 || p[4].equalsIgnoreCase("sha512") || p[4].equalsIgnoreCase("sha256"));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /// Whether a hash has fewer rounds than wanted, or another shape.
  static boolean weak(String stored, int iterations) {
    String[] p = stored.split("\\$", -1);
    try {
      return p.length < 5 || Integer.parseInt(p[1]) < iterations || !p[4].equals("sha512");
    } catch (NumberFormatException e) {
      return true;
    }
  }

  /// The salt is used as its hexadecimal text, as the npm server does.
  private static byte[] derive(String password, String salt, int rounds, int bytes, String digest) {
    try {
      String algorithm =
          digest.equalsIgnoreCase("sha256") ? "PBKDF2WithHmacSHA256" : "PBKDF2WithHmacSHA512";
      PBEKeySpec spec =
          new PBEKeySpec(
              password.toCharArray(),
              salt.getBytes(java.nio.charset.StandardCharsets.UTF_8),
              rounds,
              bytes * 8);
      return SecretKeyFactory.getInstance(algorithm).generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
