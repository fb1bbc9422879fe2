package io.muster.kernel;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/// The persistent identity of a member: 128 random bits as 32 lower-case hexadecimal digits, kept
/// in its data directory.
public record MemberId(String hex) implements Comparable<MemberId> {
  public MemberId {
    if (hex.length() != 32 || !hex.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
      throw new IllegalArgumentException("a member id is 32 hexadecimal digits, found: " + hex);
    }
  }

  /// A new identity drawn from `random`; use a `SecureRandom` outside simulations.
  public static MemberId random(RandomGenerator random) {
    byte[] bits = new byte[16];
    random.nextBytes(bits);
    return new MemberId(HexFormat.of().formatHex(bits));
  }

  @Override
  public int compareTo(MemberId other) {
    return hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return hex;
  }
}
