package io.muster.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Supplier;

/// Bytes of formats as a version of Muster wrote them, in a text file beside the test: a name and
/// hexadecimal digits on each line, `#` begins a comment. A line is never changed: a new format
/// gets a new one.
public final class Golden {
  private final String file;
  private final Map<String, String> lines = new HashMap<>();

  private Golden(String file) {
    this.file = file;
  }

  /// @param file a resource in the package of `test`
  public static Golden of(Class<?> test, String file) {
    Golden golden = new Golden(file);
    try (InputStream in = test.getResourceAsStream(file)) {
      String text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().toList()) {
        int space = line.indexOf(' ');
        if (space > 0 && !line.startsWith("#")) {
          golden.lines.put(line.substring(0, space), line.substring(space + 1).strip());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return golden;
  }

  /// The stored bytes.
  ///
  /// @param now what is written today, for the message when a line is missing
  /// @throws AssertionError with the line to add when there is none of the name
  public byte[] bytes(String name, Supplier<byte[]> now) {
    String hex = lines.get(name);
    if (hex != null) return HexFormat.of().parseHex(hex);
    throw new AssertionError(
        file
            + " has no line for a format: add\n"
            + name
            + " "
            + HexFormat.of().formatHex(now.get()));
  }
}
