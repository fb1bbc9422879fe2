package io.muster.plugins.check.redis;

import io.muster.spi.store.JsonValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What INFO tells, by name.
final class InfoText {
  /// Names that are kept; a server that tells more is not Redis.
  private static final int NAMES_MAX = 1000;

  private static final int VALUE_MAX = 1024;
  private static final Pattern WHOLE = Pattern.compile("-?\\d{1,18}");
  private static final Pattern FRACTION = Pattern.compile("-?\\d{1,15}\\.\\d{1,15}");
  private static final Pattern REPLICA = Pattern.compile("slave\\d+");
  private static final Pattern OFFSET = Pattern.compile("(?:^|,)offset=(\\d{1,18})(?:,|$)");

  private InfoText() {}

  /// Numbers are parsed, all else is text.
  static Map<String, JsonValue> parse(String text) {
    Map<String, JsonValue> info = new LinkedHashMap<>();
    for (String line : text.split("\r?\n", -1)) {
      int colon = line.indexOf(':');
      if (colon <= 0 || line.startsWith("#") || info.size() >= NAMES_MAX) continue;
      info.put(line.substring(0, colon), value(line.substring(colon + 1)));
    }
    Long lag = lag(info);
    if (lag != null) info.put("replication_lag", new JsonValue.Whole(lag));
    return info;
  }

  private static JsonValue value(String text) {
    if (WHOLE.matcher(text).matches()) return new JsonValue.Whole(Long.parseLong(text));
    if (FRACTION.matcher(text).matches()) return JsonValue.number(Double.parseDouble(text));
    return new JsonValue.Text(text.length() > VALUE_MAX ? text.substring(0, VALUE_MAX) : text);
  }

  private static @Nullable Long lag(Map<String, JsonValue> info) {
    Long mine = number(info.get("master_repl_offset"));
    if (mine == null) return null;
    if (new JsonValue.Text("slave").equals(info.get("role"))) {
      Long read = number(info.get("slave_read_repl_offset"));
      Long applied = number(info.get("slave_repl_offset"));
      return read == null || applied == null ? null : Math.max(0, read - applied);
    }
    Long worst = null;
    for (Map.Entry<String, JsonValue> e : info.entrySet()) {
      if (!REPLICA.matcher(e.getKey()).matches()) continue;
      Matcher m = OFFSET.matcher(e.getValue() instanceof JsonValue.Text t ? t.value() : "");
      if (!m.find()) continue;
      long behind = Math.max(0, mine - Long.parseLong(m.group(1)));
      if (worst == null || behind > worst) worst = behind;
    }
    return worst;
  }

  private static @Nullable Long number(@Nullable JsonValue value) {
    return value instanceof JsonValue.Whole n ? n.value() : null;
  }
}
