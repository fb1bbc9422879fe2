package io.muster.store.core;

import io.muster.spi.store.Write;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Which writes and removals can be taken at all. Every replica applies what passed here, so what
/// could not be applied must not pass.
public final class Limits {
  private Limits() {}

  /// @param recordBytesMax the largest record
  /// @return why the write is refused, or null
  public static @Nullable String objection(Write write, long recordBytesMax) {
    String why = pattern(write.path());
    if (why != null) return why;
    if (write.path().indexOf('*') >= 0) return "a path to write has no '*': " + write.path();
    byte[] data =
        switch (write) {
          case Write.Put p -> p.data();
          case Write.Merge m -> m.data();
        };
    if (data.length > recordBytesMax) {
      return "a record of " + data.length + " bytes, at most " + recordBytesMax;
    }
    return object(data) ? null : "the data at " + write.path() + " is no JSON object";
  }

  /// @return why a path or pattern is refused, or null
  public static @Nullable String pattern(String path) {
    if (path.isEmpty()) return "an empty path";
    if (halved(path)) return "half a character in a path";
    boolean tooLong =
        path.length() > StoreCodec.PATH_BYTES_MAX / 4
            && path.getBytes(StandardCharsets.UTF_8).length > StoreCodec.PATH_BYTES_MAX;
    return tooLong ? "a path beyond " + StoreCodec.PATH_BYTES_MAX + " bytes" : null;
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
