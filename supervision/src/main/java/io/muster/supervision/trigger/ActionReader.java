package io.muster.supervision.trigger;

import io.muster.spi.ProviderSettings;
import io.muster.spi.SecretText;
import io.muster.spi.action.ActionProvider;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.NestedSettings;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads entries of `do`.
final class ActionReader {
  private static final List<String> OWN = List.of("shell", "http", "notify", "publish", "class");

  /// What no one may set: it would change what the request is.
  private static final List<String> HEADERS_TAKEN =
      List.of("host", "content-length", "connection", "upgrade", "expect", "transfer-encoding");

  private final List<ActionProvider> plugins;

  ActionReader(List<ActionProvider> plugins) {
    this.plugins = List.copyOf(plugins);
  }

  /// @param path of the entry, such as `do[0]`
  ActionPlan read(ProviderSettings outer, String path, JsonValue entry) {
    if (!(entry instanceof JsonValue.Obj o)) {
      throw outer.wrong(path, "an action: {type: shell, commands: […]}");
    }
    NestedSettings s = new NestedSettings(outer, path, o);
    String type = s.text("type", "", "what it does");
    ActionPlan plan =
        switch (type) {
          case "shell" -> shell(s);
          case "http" -> http(s);
          case "notify" ->
              new ActionPlan.Notify(
                  s.texts("via", List.of(), "names of sinks, instead of all"),
                  s.text("text", "", "instead of the usual text"));
          case "publish" -> publish(s);
          case "class" -> plugin(s, s.text("class", "", "a plugin's name or class"), "class");
          case "function" ->
              throw s.wrong(
                  "type",
                  "shell, http, notify, publish or class: Muster evaluates no source from its"
                      + " configuration. Put what 'func' does into a program and call it with"
                      + " {type: shell, commands: [...]}, into a web service with {type: http, url:"
                      + " ...}, or into a Java action with {type: class, class: ...}; what answers"
                      + " start-capacity becomes the cluster's start-capacity: {command: ...},"
                      + " which prints {\"load\": …, \"capacity\": …}");
          default -> plugin(s, type, "type");
        };
    s.finish();
    return plan;
  }

  private static ActionPlan shell(NestedSettings s) {
    List<String> commands = s.texts("commands", List.of(), "run one after another by sh -c");
    if (commands.isEmpty() || commands.size() > 100) {
      throw s.wrong("commands", "a list of 1 to 100 commands for the shell");
    }
    for (int i = 0; i < commands.size(); i++) {
      if (commands.get(i).isBlank() || commands.get(i).indexOf('\0') >= 0) {
        throw s.wrong("commands[" + i + "]", "a command for the shell");
      }
    }
    Map<String, String> env = s.textMap("env", "environment, below the trigger's");
    env.keySet().forEach(name -> name(s, "env." + name, name));
    return new ActionPlan.Shell(
        commands,
        s.optionalText("cwd", "where the commands run; the member's directory otherwise"),
        env,
        s.flag("inherit_env", false, "pass on the member's environment, not PATH alone"));
  }

  /// Refuses what cannot be the name of a variable.
  static void name(ProviderSettings s, String key, String name) {
    if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
      throw s.wrong(key, "a variable's name: letters, digits and '_', no digit first");
    }
  }

  static ActionPlan.Http http(NestedSettings s) {
    String text = s.text("url", "", "where the event is sent");
    URI url;
    try {
      url = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw s.wrong("url", "a URL that begins with http:// or https://");
    }
    String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.matches("https?") || url.getHost() == null) {
      throw s.wrong("url", "a URL that begins with http:// or https://");
    }
    if (url.getUserInfo() != null) {
      throw s.wrong("url", "no password in it; use headers: {Authorization: …}");
    }
    String method = s.text("method", "POST", "POST or PUT").toUpperCase(Locale.ROOT);
    if (!method.matches("POST|PUT")) throw s.wrong("method", "POST or PUT");
    Map<String, String> headers = s.textMap("headers", "of the request");
    headers.forEach(
        (name, value) -> {
          if (!name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+")
              || HEADERS_TAKEN.contains(name.toLowerCase(Locale.ROOT))
              || value.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 127)) {
            throw s.wrong("headers." + name, "a header that may be set, on one line");
          }
        });
    Optional<SecretText> secret = s.secret("secret", "signs the body with HMAC-SHA256");
    Optional<String> ca = s.optionalText("ca_file", "certificates to trust instead of the usual");
    if (ca.isPresent() && scheme.equals("http")) throw s.wrong("ca_file", "a url with https://");
    return new ActionPlan.Http(url, method, headers, secret, ca);
  }

  private static ActionPlan publish(NestedSettings s) {
    String path = s.text("path", "", "what is published to; {cluster}, {event}, {node}, {state}");
    if (!path.startsWith("/") || path.length() > 1000 || path.indexOf('*') >= 0) {
      throw s.wrong("path", "a path that begins with / and has no *");
    }
    return new ActionPlan.Publish(path, s.value("data", "any value", "instead of the event"));
  }

  private ActionPlan plugin(NestedSettings s, String name, String key) {
    for (ActionProvider p : plugins) {
      if (p.name().equals(name) || p.getClass().getName().equals(name)) {
        // Both are Muster's own keys, whichever names it.
        s.has("class");
        return new ActionPlan.Plugin(p.name(), p.read(s));
      }
    }
    List<String> own = key.equals("class") ? List.of() : OWN;
    List<String> known =
        new ArrayList<>(
            Stream.concat(own.stream(), plugins.stream().map(ActionProvider::name)).toList());
    throw s.wrong(
        key,
        known.isEmpty()
            ? "the name of a plugin's action; there is none on the plugin path"
            : "one of " + String.join(", ", known) + Nearest.hint(name, known));
  }
}
