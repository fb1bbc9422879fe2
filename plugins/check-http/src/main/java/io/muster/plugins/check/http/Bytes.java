package io.muster.plugins.check.http;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.muster.spi.ProviderSettings;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/// What has come so far, up to a limit; and the keys that say what is expected of it.
final class Bytes {
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream(256);
  private final int max;
  private boolean cut;

  Bytes(int max) {
    this.max = max;
  }

  /// Keeps what fits.
  void add(ByteBuf in) {
    int n = Math.min(in.readableBytes(), max - kept.size());
    if (n < in.readableBytes()) cut = true;
    byte[] some = new byte[n];
    in.readBytes(some);
    kept.writeBytes(some);
  }

  /// Whether more has come than is kept.
  boolean cut() {
    return cut;
  }

  byte[] all() {
    return kept.toByteArray();
  }

  String text() {
    return kept.toString(StandardCharsets.UTF_8);
  }

  /// One character per byte, for expressions about bytes.
  String raw() {
    return kept.toString(StandardCharsets.ISO_8859_1);
  }

  /// A regular expression under a key.
  static Optional<Pattern> regex(ProviderSettings s, String key, String meaning) {
    return s.optionalText(key, meaning)
        .map(
            text -> {
              try {
                return Pattern.compile(text, Pattern.DOTALL);
              } catch (PatternSyntaxException e) {
                RuntimeException wrong =
                    s.wrong(key, "a regular expression of RE2 (" + e.getMessage() + ")");
                wrong.addSuppressed(e);
                throw wrong;
              }
            });
  }

  /// Bytes under `key` as text, or under `key`_base64.
  static Optional<byte[]> bytes(ProviderSettings s, String key, String meaning) {
    Optional<byte[]> text =
        s.optionalText(key, meaning).map(t -> t.getBytes(StandardCharsets.UTF_8));
    String base64 = key + "_base64";
    Optional<byte[]> coded =
        s.optionalText(base64, meaning + " In Base64.")
            .map(
                t -> {
                  try {
                    return Base64.getDecoder().decode(t);
                  } catch (IllegalArgumentException e) {
                    RuntimeException wrong = s.wrong(base64, "Base64 (" + e.getMessage() + ")");
                    wrong.addSuppressed(e);
                    throw wrong;
                  }
                });
    if (text.isPresent() && coded.isPresent()) {
      throw s.wrong(base64, key + " or " + base64 + ", not both");
    }
    return text.isPresent() ? text : coded;
  }

  /// Where `part` begins in `all`; -1 where it does not.
  static int find(byte[] all, byte[] part) {
    for (int i = 0; i + part.length <= all.length; i++) {
      int k = 0;
      while (k < part.length && all[i + k] == part[k]) k++;
      if (k == part.length) return i;
    }
    return -1;
  }

  /// The beginning of a text, for messages.
  static String excerpt(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
