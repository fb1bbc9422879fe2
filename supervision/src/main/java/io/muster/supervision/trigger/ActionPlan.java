package io.muster.supervision.trigger;

import io.muster.spi.SecretText;
import io.muster.spi.action.ActionSetup;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.NestedSettings;
import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One entry of `do`, read. Immutable.
public sealed interface ActionPlan {
  /// What users write as `type`.
  String type();

  /// Commands, one after another.
  ///
  /// @param commands at least one
  /// @param cwd as written; empty for that of the member
  /// @param env on top of what the member passes on
  /// @param inheritEnv whether that is everything, or `PATH` alone
  record Shell(
      List<String> commands, Optional<String> cwd, Map<String, String> env, boolean inheritEnv)
      implements ActionPlan {
    public Shell {
      commands = List.copyOf(commands);
      env = Collections.unmodifiableMap(new LinkedHashMap<>(env));
    }

    @Override
    public String type() {
      return "shell";
    }
  }

  /// A request that carries the event.
  ///
  /// @param url `http` or `https`
  /// @param method POST or PUT
  /// @param secret signs the body, where there is one
  /// @param caFile of certificates as PEM to trust instead of the usual ones; as written
  record Http(
      URI url,
      String method,
      Map<String, String> headers,
      Optional<SecretText> secret,
      Optional<String> caFile)
      implements ActionPlan {
    public Http {
      headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /// Reads the keys of a request.
    ///
    /// @throws RuntimeException of [NestedSettings#wrong]
    public static Http read(NestedSettings settings) {
      return ActionReader.http(settings);
    }

    @Override
    public String type() {
      return "http";
    }

    /// Without values of headers, which may be secret, and without what a URL may hide.
    @Override
    public String toString() {
      return method + " " + url.getScheme() + "://" + url.getHost() + url.getPath();
    }
  }

  /// Tells the notification sinks.
  ///
  /// @param via names of sinks; empty for all
  /// @param text instead of the usual one; empty for that
  record Notify(List<String> via, String text) implements ActionPlan {
    public Notify {
      via = List.copyOf(via);
    }

    @Override
    public String type() {
      return "notify";
    }
  }

  /// Publishes to clients.
  ///
  /// @param path in which `{cluster}`, `{event}`, `{node}` and `{state}` are filled in
  /// @param data instead of the event
  record Publish(String path, Optional<JsonValue> data) implements ActionPlan {
    @Override
    public String type() {
      return "publish";
    }
  }

  /// What a plugin does.
  record Plugin(String type, ActionSetup setup) implements ActionPlan {}
}
