package io.muster.admin;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;

/// The newest state of one topic, from which each viewer takes what it has not seen.
///
/// Every change of a part gets the next number. A viewer remembers one number only, so that nothing
/// waits for anybody: one that is slow finds the newest state of each part when it comes back, not
/// every state between. For one thread at a time.
final class LiveState {
  /// Parts that have gone are remembered, so that viewers hear of it; of so many at most. Whoever
  /// is further behind gets the whole state anew.
  static final int GONE_MAX = 10_000;

  /// @param json null when the part has gone
  private record Part(@Nullable Object value, byte @Nullable [] json, long number) {}

  private final ObjectMapper json;

  /// In the order of their numbers: what changes goes to the end.
  private final Map<String, Part> parts = new LinkedHashMap<>();
  private int gone;
  private boolean looked;
  private long number;

  /// Viewers that have seen less do not know of all that has gone.
  private long forgotten;

  LiveState(ObjectMapper json) {
    this.json = json;
  }

  /// @return whether anything is different
  boolean update(Map<String, ?> now) {
    long before = looked ? number : -1;
    looked = true;
    now.forEach(
        (key, value) -> {
          Part was = parts.get(key);
          if (was != null && was.json != null && value.equals(was.value)) return;
          if (was != null && was.json == null) gone--;
          parts.remove(key);
          parts.put(key, new Part(value, json.writeValueAsBytes(value), ++number));
        });
    List<String> missing = new ArrayList<>();
    parts.forEach(
        (key, part) -> {
          if (part.json != null && !now.containsKey(key)) missing.add(key);
        });
    for (String key : missing) {
      parts.remove(key);
      parts.put(key, new Part(null, null, ++number));
      gone++;
    }
    forget();
    return number != before;
  }

  private void forget() {
    for (Iterator<Part> all = parts.values().iterator(); gone > GONE_MAX && all.hasNext(); ) {
      Part p = all.next();
      if (p.json != null) continue;
      forgotten = Math.max(forgotten, p.number);
      all.remove();
      gone--;
    }
  }

  /// Whether there was anything to tell yet, be it that there is nothing.
  boolean looked() {
    return looked;
  }

  /// How far one viewer has seen the topic.
  static final class Cursor {
    /// The only part it wants; null for all.
    private final @Nullable String only;

    private long seen = -1;

    /// What was forgotten when it last got the whole state.
    private long forgotten;

    Cursor(@Nullable String only) {
      this.only = only;
    }
  }

  /// The next changes, as one JSON object of about `bytesMax` at most: `reset` says to drop what
  /// was known, `set` has parts by key, `gone` keys, `more` says that the rest follows.
  ///
  /// @param cursor goes on by what is returned
  /// @return null when there is nothing new
  byte @Nullable [] next(Cursor cursor, int bytesMax) {
    boolean behind = forgotten > cursor.forgotten && cursor.seen < forgotten;
    boolean reset = cursor.seen < 0 || behind;
    if (!reset && cursor.seen >= number) return null;
    long from = reset ? 0 : cursor.seen;
    StringBuilder set = new StringBuilder();
    StringBuilder without = new StringBuilder();
    long to = number;
    boolean more = false;
    for (Map.Entry<String, Part> e : parts.entrySet()) {
      Part part = e.getValue();
      if (part.number <= from) continue;
      if (cursor.only != null && !cursor.only.equals(e.getKey())) continue;
      if (set.length() + without.length() > bytesMax) {
        to = part.number - 1;
        more = true;
        break;
      }
      byte[] text = part.json;
      String key = json.writeValueAsString(e.getKey());
      if (text != null) {
        set.append(set.isEmpty() ? "" : ",").append(key).append(':');
        set.append(new String(text, StandardCharsets.UTF_8));
      } else if (!reset) {
        without.append(without.isEmpty() ? "" : ",").append(key);
      }
    }
    if (reset) cursor.forgotten = forgotten;
    cursor.seen = to;
    if (!reset && set.isEmpty() && without.isEmpty()) return null;
    StringBuilder all = new StringBuilder(set.length() + without.length() + 64).append('{');
    if (reset) all.append("\"reset\":true,");
    if (more) all.append("\"more\":true,");
    all.append("\"set\":{").append(set).append("},\"gone\":[").append(without).append("]}");
    return all.toString().getBytes(StandardCharsets.UTF_8);
  }
}
