package io.muster.supervision.notify;

import io.muster.spi.ProviderSettings;
import io.muster.spi.SecretText;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.NestedSettings;
import io.muster.supervision.notify.core.News.Severity;
import io.muster.supervision.notify.core.NoticeCore;
import io.muster.supervision.trigger.ActionPlan;
import io.muster.supervision.trigger.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The branch `notifications`. Immutable.
///
/// @param on events of which people are told
/// @param sinks who is told; none tells nobody
public record NotifySettings(NoticeCore.Rules rules, Set<Event> on, List<SinkPlan> sinks) {
  private static final Duration DAY = Duration.ofDays(1);
  private static final int SINKS_MAX = 32;
  private static final List<String> ON =
      List.of(
          "nodes.state",
          "nodes.contested",
          "nodes.drained",
          "nodes.maintenance",
          "raft.quorum_lost",
          "raft.quorum_regained");

  public NotifySettings {
    on = Collections.unmodifiableSet(EnumSet.copyOf(on));
    sinks = List.copyOf(sinks);
  }

  /// @throws RuntimeException of [ProviderSettings#wrong]
  public static NotifySettings read(ProviderSettings s) {
    Duration window =
        s.duration("window", Duration.ofSeconds(10), Duration.ZERO, DAY, "news gather so long");
    Duration repeat =
        s.duration("repeat", Duration.ZERO, Duration.ZERO, DAY, "while trouble lasts; 0s never");
    int most = s.integer("most", 20, 1, 10_000, "notices of a cluster in one period");
    Duration period =
        s.duration("period", Duration.ofHours(1), Duration.ofSeconds(1), DAY, "see most");
    Set<Event> on = EnumSet.noneOf(Event.class);
    for (String name : s.texts("on", ON, "events of which people are told")) {
      try {
        on.add(Event.parse(new JsonValue.Text(name)));
      } catch (IllegalArgumentException e) {
        throw s.wrong("on", String.valueOf(e.getMessage()));
      }
    }
    if (on.isEmpty()) throw s.wrong("on", "a list of events; without sinks nobody is told");
    JsonValue given = s.value("sinks", "a list of sinks", "who is told").orElse(JsonValue.NULL);
    List<JsonValue> entries =
        switch (given) {
          case JsonValue.Arr a -> a.elements();
          case JsonValue.Null _ -> List.of();
          case JsonValue.Obj _,
              JsonValue.Bool _,
              JsonValue.Whole _,
              JsonValue.Fraction _,
              JsonValue.Text _ ->
              throw s.wrong("sinks", "a list of sinks, each with a type");
        };
    if (entries.size() > SINKS_MAX) throw s.wrong("sinks", "at most " + SINKS_MAX);
    List<SinkPlan> sinks = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < entries.size(); i++) {
      String path = "sinks[" + i + "]";
      SinkPlan plan = sink(s, path, entries.get(i));
      if (!names.add(plan.name())) {
        throw s.wrong(path + ".name", "a name that no other sink has; '" + plan.name() + "' does");
      }
      sinks.add(plan);
    }
    return new NotifySettings(new NoticeCore.Rules(window, repeat, most, period), on, sinks);
  }

  private static SinkPlan sink(ProviderSettings outer, String path, JsonValue entry) {
    if (!(entry instanceof JsonValue.Obj o)) {
      throw outer.wrong(path, "a sink: {type: log}");
    }
    NestedSettings s = new NestedSettings(outer, path, o);
    String type = s.text("type", "", "http, slack, smtp or log");
    String name = s.text("name", type, "for notify.via and views");
    if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
      throw s.wrong("name", "1 to 64 letters, digits, '.', '_' or '-'");
    }
    Severity least =
        s.choice("severity", Severity.class, Severity.NOTICE, "what is less is not sent here");
    SinkPlan plan =
        switch (type) {
          case "http" -> new SinkPlan.Web(name, least, ActionPlan.Http.read(s));
          case "slack" -> new SinkPlan.Chat(name, least, ActionPlan.Http.read(s));
          case "smtp" -> mail(s, name, least);
          case "log" -> new SinkPlan.Log(name, least);
          default -> throw s.wrong("type", "http, slack, smtp or log");
        };
    s.finish();
    return plan;
  }

  private static SinkPlan mail(NestedSettings s, String name, Severity least) {
    String host = s.text("host", "", "of the mail server");
    if (host.isBlank()) throw s.wrong("host", "the mail server's name or address");
    SinkPlan.Tls tls =
        s.choice("tls", SinkPlan.Tls.class, SinkPlan.Tls.STARTTLS, "none, starttls or tls");
    int usual =
        switch (tls) {
          case NONE -> 25;
          case STARTTLS -> 587;
          case TLS -> 465;
        };
    int port = s.integer("port", usual, 1, 65535, "of the mail server");
    Optional<String> user = s.optionalText("user", "logs in with this name");
    Optional<SecretText> password = s.secret("password", "of the user");
    if (user.isPresent() != password.isPresent()) {
      throw s.wrong("user", "user and password, or neither");
    }
    if (user.isPresent() && tls == SinkPlan.Tls.NONE && !host.matches("localhost|127\\..*|::1")) {
      throw s.wrong("tls", "starttls or tls: the password would be readable on its way");
    }
    String from = s.text("from", "", "the sender's address");
    address(s, "from", from);
    List<String> to = s.texts("to", List.of(), "addresses of those who are told");
    if (to.isEmpty()) throw s.wrong("to", "at least one address");
    for (int i = 0; i < to.size(); i++) address(s, "to[" + i + "]", to.get(i));
    return new SinkPlan.Mail(name, least, host, port, tls, user, password, from, to);
  }

  private static void address(NestedSettings s, String key, String text) {
    if (!text.matches("[^\\s@<>,;]+@[^\\s@<>,;]+"))
      throw s.wrong(key, "an address: ops@example.org");
  }
}
