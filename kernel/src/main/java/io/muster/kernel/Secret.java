package io.muster.kernel;

import java.nio.charset.StandardCharsets;

/// A text that never shows itself in logs, errors or dumps of settings.
public record Secret(String reveal) {
  /// The UTF-8 bytes.
  public byte[] bytes() {
    return reveal.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "(secret)";
  }
}
