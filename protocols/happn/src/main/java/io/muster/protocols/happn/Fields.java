package io.muster.protocols.happn;

import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.FieldNames;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.FieldPath.Meta;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.PathRecord;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Which members of records a client wants to see: those it names with 1, or all but those it
/// names with 0. Arrays are passed through: of their elements the same members are shown, and with
/// 1 no elements that are no objects. Immutable; safe on any thread.
final class Fields {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int NAMES_MAX = 500;

  /// Names of one level; `whole` where all below is meant.
  private static final class Level {
    private final Map<String, Level> below = new LinkedHashMap<>();
    private boolean whole;
  }

  private final Level data = new Level();
  private final Set<Meta> meta = EnumSet.noneOf(Meta.class);
  private final boolean shown;

  private Fields(boolean shown) {
    this.shown = shown;
  }

  /// Reads the option `fields`.
  ///
  /// @throws CriteriaException when it shows and hides at once, or has other values than 1 and 0
  static Fields of(JsonValue.Obj json) {
    if (json.members().size() > NAMES_MAX) {
      throw new CriteriaException("fields has more than " + NAMES_MAX + " names");
    }
    Boolean all = null;
    for (Map.Entry<String, JsonValue> e : json.members().entrySet()) {
      boolean one = shows(e.getKey(), e.getValue());
      if (all != null && all != one) {
        throw new CriteriaException("fields names what to show (1) or what to hide (0), not both");
      }
      all = one;
    }
    Fields fields = new Fields(all == null || all);
    json.members().keySet().forEach(fields::add);
    return fields;
  }

  private static boolean shows(String name, JsonValue v) {
    if (v.equals(new JsonValue.Whole(1)) || v.equals(new JsonValue.Bool(true))) return true;
    if (v.equals(new JsonValue.Whole(0)) || v.equals(new JsonValue.Bool(false))) return false;
    throw new CriteriaException("fields takes 1 or 0 for each name, not for " + name);
  }

  private void add(String name) {
    if (name.equals("_meta")) {
      meta.addAll(EnumSet.allOf(Meta.class));
      return;
    }
    switch (FieldNames.field(name)) {
      case Meta m -> meta.add(m);
      case FieldPath.Data d -> {
        Level level = data;
        List<String> names = d.names();
        if (names.size() > 64) throw new CriteriaException("a field of more than 64 names");
        for (String n : names) level = level.below.computeIfAbsent(n, _ -> new Level());
        level.whole = true;
      }
    }
  }

  /// Whether metadata is shown.
  boolean shows(Meta which) {
    return meta.contains(which) == shown;
  }

  /// The record with the data that is to be seen.
  PathRecord of(PathRecord r) {
    return new PathRecord(
        r.path(),
        data(r.data()),
        r.created(),
        r.modified(),
        r.createdBy(),
        r.modifiedBy(),
        r.version());
  }

  /// What is to be seen of a JSON object; values keep their text.
  byte[] data(byte[] object) {
    JsonOut out = new JsonOut(64);
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), object)) {
      p.nextToken();
      if (!object(p, object, data, out)) return new byte[] {'{', '}'};
    } catch (JacksonException e) {
      return new byte[] {'{', '}'};
    }
    return out.toBytes();
  }

  /// Writes what is to be seen of the object that the parser stands on.
  ///
  /// @return whether there is anything in it
  private boolean object(JsonParser p, byte[] text, Level level, JsonOut out) {
    out.raw('{');
    boolean any = false;
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String name = p.currentName();
      JsonToken token = p.nextToken();
      Level below = level.below.get(name);
      byte[] value = value(p, text, token, below);
      if (value == null) continue;
      if (any) out.raw(',');
      any = true;
      out.string(name).raw(':').raw(value);
    }
    out.raw('}');
    return any;
  }

  /// What is to be seen of the value that the parser stands on, which it steps over; null for
  /// nothing.
  private byte @Nullable [] value(
      JsonParser p, byte[] text, JsonToken token, @Nullable Level level) {
    if (level == null || level.whole) {
      byte[] whole = RequestParser.slice(p, text);
      return (level == null) == shown ? null : whole;
    }
    if (token == JsonToken.START_OBJECT) {
      JsonOut out = new JsonOut(64);
      return object(p, text, level, out) || !shown ? out.toBytes() : null;
    }
    if (token == JsonToken.START_ARRAY) {
      JsonOut out = new JsonOut(64).raw('[');
      boolean any = false;
      for (JsonToken t = p.nextToken(); t != JsonToken.END_ARRAY; t = p.nextToken()) {
        byte[] element = element(p, text, t, level);
        if (element == null) continue;
        if (any) out.raw(',');
        any = true;
        out.raw(element);
      }
      return out.raw(']').toBytes();
    }
    byte[] scalar = RequestParser.slice(p, text);
    return shown ? null : scalar;
  }

  private byte @Nullable [] element(JsonParser p, byte[] text, JsonToken token, Level level) {
    if (token != JsonToken.START_OBJECT) return value(p, text, token, level);
    JsonOut out = new JsonOut(64);
    object(p, text, level, out);
    return out.toBytes();
  }
}
