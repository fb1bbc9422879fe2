package io.muster.kernel;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.random.RandomGenerator;

/// A text that never shows itself in logs, errors or dumps of settings.
public record Secret(String reveal) {
  /// A new secret of 256 bits drawn from `random`, as 43 letters, digits, `-` and `_`; give it a
  /// `SecureRandom`.
  public static Secret random(RandomGenerator random) {
    byte[] bits = new byte[32];
    random.nextBytes(bits);
    return new Secret(Base64.getUrlEncoder().withoutPadding().encodeToString(bits));
  }

  /// The UTF-8 bytes.
  public byte[] bytes() {
    return reveal.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "(secret)";
  }
}
