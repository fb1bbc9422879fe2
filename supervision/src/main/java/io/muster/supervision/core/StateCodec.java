package io.muster.supervision.core;

import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import io.muster.supervision.core.TargetRecord.Drain;
import io.muster.supervision.core.TargetRecord.Maintenance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What supervision keeps in the registry, as JSON with `"v":1`. What a member does not know it
/// passes over.
///
/// All readers throw IllegalArgumentException for what is none.
public final class StateCodec {
  private static final long VERSION = 1;

  private StateCodec() {}

  // --- opinions

  public static byte[] opinion(Held held) {
    Writing w = new Writing();
    w.text("by", held.by());
    w.text("health", word(held.health()));
    w.texts("errors", held.errors());
    w.texts("warnings", held.warnings());
    w.number("since", held.sinceMillis());
    return w.bytes();
  }

  public static Held opinion(byte[] bytes) {
    Reading r = new Reading(bytes);
    return new Held(
        r.text("by"),
        health(r.text("health")),
        r.texts("errors"),
        r.texts("warnings"),
        r.number("since"));
  }

  // --- verdicts

  public static byte[] verdict(Verdict v) {
    Writing w = new Writing();
    w.text("health", word(v.health()));
    w.number("since", v.sinceMillis());
    w.number("term", v.term());
    LinkedHashMap<String, JsonValue> ballot = new LinkedHashMap<>();
    v.ballot().forEach((member, health) -> ballot.put(member, new JsonValue.Text(word(health))));
    w.put("ballot", new JsonValue.Obj(ballot));
    w.flag("contested", v.contested());
    w.flag("stale", v.stale());
    w.flag("damped", v.damped());
    w.texts("errors", v.errors());
    w.texts("warnings", v.warnings());
    return w.bytes();
  }

  public static Verdict verdict(byte[] bytes) {
    Reading r = new Reading(bytes);
    Map<String, Health> ballot = new LinkedHashMap<>();
    r.object("ballot")
        .forEach(
            (member, word) -> {
              if (word instanceof JsonValue.Text t) ballot.put(member, health(t.value()));
            });
    return new Verdict(
        health(r.text("health")),
        r.number("since"),
        r.number("term"),
        ballot,
        r.flag("contested"),
        r.flag("stale"),
        r.flag("damped"),
        r.texts("errors"),
        r.texts("warnings"));
  }

  // --- targets

  public static byte[] target(TargetRecord t) {
    Writing w = new Writing();
    if (t.base() != null) w.put("base", t.base());
    if (!t.edit().isEmpty()) w.put("edit", new JsonValue.Obj(new LinkedHashMap<>(t.edit())));
    w.flag("deleted", t.deleted());
    Drain drain = t.drain();
    if (drain != null) {
      Writing d = new Writing();
      d.text("reason", drain.reason());
      d.number("since", drain.sinceMillis());
      d.number("until", drain.untilMillis());
      w.put("drain", d.value());
    }
    Maintenance m = t.maintenance();
    if (m != null) {
      Writing d = new Writing();
      d.text("reason", m.reason());
      d.text("by", m.by());
      d.number("since", m.sinceMillis());
      d.number("until", m.untilMillis());
      w.put("maintenance", d.value());
    }
    return w.bytes();
  }

  public static TargetRecord target(byte[] bytes) {
    Reading r = new Reading(bytes);
    JsonValue base = r.value("base");
    return new TargetRecord(
        base instanceof JsonValue.Obj o ? o : null,
        r.object("edit"),
        r.flag("deleted"),
        r.value("drain") instanceof JsonValue.Obj d ? drain(new Reading(d)) : null,
        r.value("maintenance") instanceof JsonValue.Obj m ? maintenance(new Reading(m)) : null);
  }

  private static Drain drain(Reading r) {
    return new Drain(r.text("reason"), r.number("since"), r.number("until"));
  }

  private static Maintenance maintenance(Reading r) {
    return new Maintenance(r.text("reason"), r.text("by"), r.number("since"), r.number("until"));
  }

  // --- pools

  /// @param revision grows with each reload
  /// @param by the member that read the file
  public record PoolRecord(long revision, String by, long atMillis) {}

  public static byte[] pool(PoolRecord p) {
    Writing w = new Writing();
    w.number("revision", p.revision());
    w.text("by", p.by());
    w.number("at", p.atMillis());
    return w.bytes();
  }

  public static PoolRecord pool(byte[] bytes) {
    Reading r = new Reading(bytes);
    return new PoolRecord(r.number("revision"), r.text("by"), r.number("at"));
  }

  // --- what members are configured with

  /// @param by the member's name
  /// @param digests of what it is configured with, by cluster
  public record SourceRecord(String by, Map<String, String> digests) {
    public SourceRecord {
      digests = Map.copyOf(digests);
    }
  }

  public static byte[] source(SourceRecord s) {
    Writing w = new Writing();
    w.text("by", s.by());
    LinkedHashMap<String, JsonValue> all = new LinkedHashMap<>();
    new TreeMap<>(s.digests()).forEach((c, d) -> all.put(c, new JsonValue.Text(d)));
    w.put("digests", new JsonValue.Obj(all));
    return w.bytes();
  }

  public static SourceRecord source(byte[] bytes) {
    Reading r = new Reading(bytes);
    Map<String, String> all = new LinkedHashMap<>();
    r.object("digests")
        .forEach(
            (cluster, digest) -> {
              if (digest instanceof JsonValue.Text t) all.put(cluster, t.value());
            });
    return new SourceRecord(r.text("by"), all);
  }

  // --- the judge

  /// @param member its id
  public record JudgeRecord(String member, String name, long term) {}

  public static byte[] judge(JudgeRecord j) {
    Writing w = new Writing();
    w.text("member", j.member());
    w.text("name", j.name());
    w.number("term", j.term());
    return w.bytes();
  }

  public static JudgeRecord judge(byte[] bytes) {
    Reading r = new Reading(bytes);
    return new JudgeRecord(r.text("member"), r.text("name"), r.number("term"));
  }

  // --- words

  public static String word(Health health) {
    return health.name().toLowerCase(Locale.ROOT);
  }

  private static Health health(String word) {
    try {
      return Health.valueOf(word.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      // A newer version's word.
      return Health.UNKNOWN;
    }
  }

  private static final class Writing {
    private final LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();

    void put(String name, JsonValue value) {
      members.put(name, value);
    }

    void text(String name, String value) {
      if (!value.isEmpty()) put(name, new JsonValue.Text(value));
    }

    void number(String name, long value) {
      if (value != 0) put(name, new JsonValue.Whole(value));
    }

    void flag(String name, boolean value) {
      if (value) put(name, new JsonValue.Bool(true));
    }

    void texts(String name, List<String> values) {
      if (values.isEmpty()) return;
      put(
          name,
          new JsonValue.Arr(values.stream().map(t -> (JsonValue) new JsonValue.Text(t)).toList()));
    }

    JsonValue.Obj value() {
      return new JsonValue.Obj(members);
    }

    byte[] bytes() {
      LinkedHashMap<String, JsonValue> all = new LinkedHashMap<>();
      all.put("v", new JsonValue.Whole(VERSION));
      all.putAll(members);
      return JsonText.write(new JsonValue.Obj(all));
    }
  }

  private static final class Reading {
    private final JsonValue.Obj object;

    Reading(byte[] bytes) {
      this(
          JsonText.read(bytes) instanceof JsonValue.Obj o
              ? o
              : new JsonValue.Obj(new LinkedHashMap<>()));
      if (!(value("v") instanceof JsonValue.Whole v) || v.value() != VERSION) {
        throw new IllegalArgumentException("an entry of another format");
      }
    }

    Reading(JsonValue.Obj object) {
      this.object = object;
    }

    @Nullable JsonValue value(String name) {
      return object.members().get(name);
    }

    String text(String name) {
      return value(name) instanceof JsonValue.Text t ? t.value() : "";
    }

    long number(String name) {
      return value(name) instanceof JsonValue.Whole w ? w.value() : 0;
    }

    boolean flag(String name) {
      return value(name) instanceof JsonValue.Bool b && b.value();
    }

    List<String> texts(String name) {
      List<String> all = new ArrayList<>();
      if (value(name) instanceof JsonValue.Arr a) {
        for (JsonValue e : a.elements()) if (e instanceof JsonValue.Text t) all.add(t.value());
      }
      return all;
    }

    Map<String, JsonValue> object(String name) {
      return value(name) instanceof JsonValue.Obj o ? o.members() : Map.of();
    }
  }
}
