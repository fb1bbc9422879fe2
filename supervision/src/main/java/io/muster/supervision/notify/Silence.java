package io.muster.supervision.notify;

import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.JsonValue.Text;
import io.muster.supervision.notify.core.News;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// Nobody is told of what it matches, until its time is over. Immutable.
///
/// @param id unique
/// @param cluster its name, or a pattern with `*` for any characters
/// @param subject the target's address, in the same manner
/// @param event such as `nodes.state`, in the same manner
/// @param until when it ends by itself
/// @param by who asked for it
/// @param reason in that person's words
public record Silence(
    String id,
    String cluster,
    String subject,
    String event,
    Instant until,
    String by,
    String reason) {
  public Silence {
    if (!id.matches("[A-Za-z0-9._-]{1,64}")) {
      throw new IllegalArgumentException("expected an id of letters, digits, '.', '_' or '-'");
    }
    if (by.isBlank() || reason.isBlank()) {
      throw new IllegalArgumentException("a silence says who asked for it, and why");
    }
  }

  public boolean matches(News n, Instant now) {
    return now.isBefore(until)
        && like(cluster, n.cluster())
        && like(subject, n.subject())
        && like(event, n.event());
  }

  /// Whether a text is as a pattern says, in time proportional to both lengths' product.
  public static boolean like(String pattern, String text) {
    int p = 0;
    int t = 0;
    int star = -1;
    int mark = 0;
    while (t < text.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        mark = t;
      } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++mark;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') p++;
    return p == pattern.length();
  }

  /// Format 1, JSON.
  public byte[] bytes() {
    SequencedMap<String, JsonValue> all = new LinkedHashMap<>();
    all.put("v", new JsonValue.Whole(1));
    all.put("id", new Text(id));
    all.put("cluster", new Text(cluster));
    all.put("node", new Text(subject));
    all.put("event", new Text(event));
    all.put("until", new Text(until.toString()));
    all.put("by", new Text(by));
    all.put("reason", new Text(reason));
    return JsonText.write(new JsonValue.Obj(all));
  }

  /// @throws IllegalArgumentException when it is none, or of a later format
  public static Silence read(byte[] bytes) {
    if (!(JsonText.read(bytes) instanceof JsonValue.Obj o)
        || !new JsonValue.Whole(1).equals(o.members().get("v"))) {
      throw new IllegalArgumentException("no silence of format 1");
    }
    return new Silence(
        text(o, "id"),
        text(o, "cluster"),
        text(o, "node"),
        text(o, "event"),
        Instant.parse(text(o, "until")),
        text(o, "by"),
        text(o, "reason"));
  }

  private static String text(JsonValue.Obj o, String name) {
    if (o.members().get(name) instanceof Text t) return t.value();
    throw new IllegalArgumentException("a silence without '" + name + "'");
  }
}
