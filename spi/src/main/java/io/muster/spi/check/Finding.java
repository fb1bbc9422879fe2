package io.muster.spi.check;

import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import java.util.Map;

/// What one probe found. Immutable.
///
/// @param health unknown only where this member could not ask, for reasons of its own: nothing is
///     concluded from that, until nobody has known anything for too long
/// @param message why it is not passing, for operators, nothing secret; empty when it is. Made one
///     line of at most 4096 characters
/// @param learned what the target told about itself, by dotted names such as `info.role`; shown,
///     and asked by what depends on it; empty for nothing new
public record Finding(Health health, String message, Map<String, JsonValue> learned) {
  /// Characters of a message.
  public static final int MESSAGE_MAX = 4096;

  public static final Finding PASSED = new Finding(Health.PASSING, "", Map.of());

  public Finding {
    message = line(message);
    learned = Map.copyOf(learned);
  }

  public static Finding passed(Map<String, JsonValue> learned) {
    return new Finding(Health.PASSING, "", learned);
  }

  public static Finding warning(String message) {
    return new Finding(Health.WARNING, message, Map.of());
  }

  public static Finding critical(String message) {
    return new Finding(Health.CRITICAL, message, Map.of());
  }

  /// This member cannot tell, and the target has no part in it.
  public static Finding unknown(String message) {
    return new Finding(Health.UNKNOWN, message, Map.of());
  }

  private static String line(String text) {
    if (text.isEmpty()) return text;
    String cut = text.length() <= MESSAGE_MAX ? text : text.substring(0, MESSAGE_MAX);
    StringBuilder line = new StringBuilder(cut.length());
    for (int i = 0; i < cut.length(); i++) {
      char c = cut.charAt(i);
      line.append(Character.isISOControl(c) || c == '\u2028' || c == '\u2029' ? ' ' : c);
    }
    return line.toString().strip();
  }
}
