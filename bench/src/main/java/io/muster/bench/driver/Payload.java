package io.muster.bench.driver;

import java.security.SecureRandom;
import java.util.HexFormat;

/// Texts and names of a run.
final class Payload {
  private Payload() {}

  /// A text of `size` bytes whose beginning awaits a stamp; legal in JSON without escapes.
  static byte[] of(int size) {
    byte[] text = new byte[size];
    for (int i = 0; i < size; i++) text[i] = (byte) ('A' + i % 26);
    return text;
  }

  /// A prefix for the paths of one run, which no other run uses.
  static String prefix() {
    byte[] random = new byte[6];
    new SecureRandom().nextBytes(random);
    return "/muster-bench/" + HexFormat.of().formatHex(random);
  }
}
