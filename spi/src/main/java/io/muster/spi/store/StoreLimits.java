package io.muster.spi.store;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Which writes and removals can be taken at all, as [RecordStore] says; for providers to ask
/// before they do anything. What passes here every provider can carry out: replicas apply it,
/// databases look at the rest.
public final class StoreLimits {
  /// The longest path or pattern, in UTF-8.
  public static final int PATH_BYTES_MAX = 8 << 10;

  private static final int GAUGE_BYTES_MAX = 1024;

  private StoreLimits() {}

  /// @param recordBytesMax the largest record
  /// @return why the write is refused, or null
  public static @Nullable String objection(Write write, long recordBytesMax) {
    String why = pattern(write.path());
    if (why != null) return why;
    if (write.path().indexOf('*') >= 0) return "a path to write has no '*': " + write.path();
    return switch (write) {
      case Write.Put p -> data(p.path(), p.data(), recordBytesMax);
      case Write.Merge m -> data(m.path(), m.data(), recordBytesMax);
      case Write.Increment i -> gauge(i);
    };
  }

  private static @Nullable String gauge(Write.Increment i) {
    if (!Double.isFinite(i.amount())) return "an amount that is no number: " + i.amount();
    int bytes = i.gauge().getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0 || bytes > GAUGE_BYTES_MAX) {
      return "a gauge's name of " + bytes + " bytes, expected 1 to " + GAUGE_BYTES_MAX;
    }
    return halved(i.gauge()) ? "half a character in a gauge's name" : null;
  }

  private static @Nullable String data(String path, byte[] data, long recordBytesMax) {
    if (data.length > recordBytesMax) {
      return "a record of " + data.length + " bytes, at most " + recordBytesMax;
    }
    return object(data) ? null : "the data at " + path + " is no JSON object";
  }

  /// @return why a removal is refused, or null
  public static @Nullable String removal(String pattern, Criteria criteria) {
    try {
      CriteriaLimits.check(criteria);
    } catch (CriteriaException e) {
      return e.getMessage();
    }
    return pattern(pattern);
  }

  /// @return why a path or pattern is refused, or null
  public static @Nullable String pattern(String path) {
    if (path.isEmpty()) return "an empty path";
    if (halved(path)) return "half a character in a path";
    boolean tooLong =
        path.length() > PATH_BYTES_MAX / 4
            && path.getBytes(StandardCharsets.UTF_8).length > PATH_BYTES_MAX;
    return tooLong ? "a path beyond " + PATH_BYTES_MAX + " bytes" : null;
  }

  /// Whether a surrogate stands alone: it has no bytes in UTF-8, so two paths would become one.
  private static boolean halved(String path) {
    boolean open = false;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (open != Character.isLowSurrogate(c)) return true;
      open = Character.isHighSurrogate(c);
    }
    return open;
  }

  /// Whether the bytes begin and end as an object does: callers promise the rest, and looking at
  /// all of it a second time would cost as much as the write.
  private static boolean object(byte[] data) {
    int from = 0;
    int to = data.length - 1;
    while (from < to && space(data[from])) from++;
    while (to > from && space(data[to])) to--;
    return from < to && data[from] == '{' && data[to] == '}';
  }

  private static boolean space(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }
}
