package io.muster.access.core;

import io.muster.access.Action;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.CriteriaJson;
import io.muster.spi.store.CriteriaMatcher;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.JsonValue.Obj;
import io.muster.spi.store.PathRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Which policy a session has: that of the first profile whose filter matches it. Behind those that
/// are configured stand two: sessions of browsers live for seven days and may be silent for an
/// hour, all others are not limited. Immutable.
public final class Profiles {
  private static final Set<String> MEMBERS = Set.of("name", "session", "policy");
  private static final Set<String> POLICY =
      Set.of(
          "ttl",
          "inactivity_threshold",
          "usage_limit",
          "permissions",
          "disallowTokenLogins",
          "lockTokenToOrigin",
          "sourceIPWhitelist");
  private static final Pattern SPAN = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([a-z]*)");
  private static final Policy BROWSER =
      new Policy(7 * 86_400_000L, 3_600_000, 0, Map.of(), false, false, false, List.of());

  /// Without any that are configured.
  public static final Profiles BUILT_IN = new Profiles(List.of());

  private record Profile(CriteriaMatcher session, Policy policy) {}

  private final List<Profile> configured;

  private Profiles(List<Profile> configured) {
    this.configured = configured;
  }

  /// Reads `[{"name": …, "session": {filter}, "policy": {…}}, …]`.
  ///
  /// @throws IllegalArgumentException that names profile and member
  public static Profiles of(String json) {
    JsonNode list;
    try {
      list = AccessJson.tree(json.getBytes(StandardCharsets.UTF_8));
    } catch (JacksonException e) {
      throw new IllegalArgumentException("a list of profiles: " + e.getOriginalMessage(), e);
    }
    if (!list.isArray()) throw new IllegalArgumentException("a list of profiles");
    List<Profile> profiles = new ArrayList<>();
    int n = 0;
    for (JsonNode p : list) {
      String name = p.path("name").asString("number " + ++n);
      known(name, p, MEMBERS);
      known(name, p.path("policy"), POLICY);
      profiles.add(new Profile(filter(name, p.path("session")), policy(name, p.path("policy"))));
    }
    return new Profiles(List.copyOf(profiles));
  }

  private static void known(String profile, JsonNode of, Set<String> members) {
    if (!of.isObject()) throw wrong(profile, "expected an object, found " + of);
    for (String member : of.propertyNames()) {
      if (!members.contains(member)) {
        throw wrong(profile, "unknown member " + member + ", there are " + members);
      }
    }
  }

  private static IllegalArgumentException wrong(String profile, String why) {
    return new IllegalArgumentException("profile " + profile + ": " + why);
  }

  private static CriteriaMatcher filter(String profile, JsonNode session) {
    try {
      JsonValue json = JsonText.read(AccessJson.write(session));
      Criteria criteria = CriteriaJson.read(flat(json), FieldPath.Data::of);
      return CriteriaMatcher.of(criteria);
    } catch (CriteriaException e) {
      throw wrong(profile, "session: " + e.getMessage());
    }
  }

  /// Writes `user: {username: {$eq: x}}` as `user.username: {$eq: x}`, which means the same to
  /// happn; in the query language it would be an object to compare with.
  private static JsonValue flat(JsonValue json) {
    return switch (json) {
      case Obj o -> {
        LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();
        o.members().forEach((name, value) -> flatten(name, value, members));
        yield new Obj(members);
      }
      case JsonValue.Arr a -> new JsonValue.Arr(a.elements().stream().map(Profiles::flat).toList());
      default -> json;
    };
  }

  private static void flatten(String name, JsonValue value, Map<String, JsonValue> into) {
    boolean deeper =
        !name.startsWith("$")
            && value instanceof Obj o
            && !o.members().isEmpty()
            && o.members().keySet().stream().noneMatch(k -> k.startsWith("$"));
    if (deeper && value instanceof Obj o) {
      o.members().forEach((inner, v) -> flatten(name + "." + inner, v, into));
    } else {
      into.put(name, flat(value));
    }
  }

  private static Policy policy(String profile, JsonNode p) {
    Map<String, List<String>> permissions = new LinkedHashMap<>();
    p.path("permissions")
        .properties()
        .forEach(
            e -> {
              List<String> actions = new ArrayList<>();
              for (JsonNode a : e.getValue().path("actions")) {
                String text = a.asString("");
                if (Action.of(text).isEmpty()) {
                  throw wrong(profile, "policy.permissions: unknown action: " + text);
                }
                actions.add(text);
              }
              permissions.put(e.getKey(), actions);
            });
    List<String> whitelist = new ArrayList<>();
    for (JsonNode a : p.path("sourceIPWhitelist")) whitelist.add(a.asString(""));
    return new Policy(
        span(profile, "ttl", p),
        span(profile, "inactivity_threshold", p),
        p.path("usage_limit").asLong(0),
        permissions,
        p.has("permissions"),
        p.path("disallowTokenLogins").asBoolean(false),
        p.path("lockTokenToOrigin").asBoolean(false),
        whitelist);
  }

  /// Milliseconds: a number of them, or a text such as `4 seconds`, `1.5 hours`, `7d`.
  private static long span(String profile, String member, JsonNode p) {
    JsonNode value = p.path(member);
    if (value.isMissingNode() || value.isNull()) return 0;
    if (value.isNumber() && value.asLong() >= 0) return value.asLong();
    Matcher m = SPAN.matcher(value.asString("").strip().toLowerCase(Locale.ROOT));
    if (m.matches()) {
      double unit =
          switch (m.group(2)) {
            case "", "ms", "msec", "msecs", "millisecond", "milliseconds" -> 1;
            case "s", "sec", "secs", "second", "seconds" -> 1000;
            case "m", "min", "mins", "minute", "minutes" -> 60_000;
            case "h", "hr", "hrs", "hour", "hours" -> 3_600_000;
            case "d", "day", "days" -> 86_400_000;
            case "w", "week", "weeks" -> 7 * 86_400_000d;
            case "y", "yr", "yrs", "year", "years" -> 365.25 * 86_400_000;
            default -> -1;
          };
      if (unit > 0) return Math.round(Double.parseDouble(m.group(1)) * unit);
    }
    throw wrong(
        profile,
        "policy."
            + member
            + ": expected milliseconds or a time such as '4 seconds' or '7 days', found "
            + value);
  }

  /// The policy of a session.
  ///
  /// @param session what filters see of it: `id`, `type`, `protocol`, `info`, `user` …
  public Policy policy(JsonNode session) {
    if (!configured.isEmpty()) {
      PathRecord record = new PathRecord("", AccessJson.write(session), 0, 0, null, null, 1);
      for (Profile p : configured) if (p.session.matches(record)) return p.policy;
    }
    boolean browser =
        session.path("type").asInt(0) == 1
            && session.path("info").path("_browser").asBoolean(false);
    return browser ? BROWSER : Policy.NONE;
  }
}
