package io.muster.supervision.notify;

import io.muster.spi.SecretText;
import io.muster.supervision.notify.core.News.Severity;
import io.muster.supervision.trigger.ActionPlan;
import java.util.List;
import java.util.Optional;

/// One entry of `notifications.sinks`, read. Immutable.
public sealed interface SinkPlan {
  /// Unique among the sinks.
  String name();

  /// Less severe notices are not sent there; what is well again is, after a severe one.
  Severity least();

  /// A web service that takes the notice as JSON, signed where there is a secret.
  record Web(String name, Severity least, ActionPlan.Http request) implements SinkPlan {}

  /// A chat that takes `{"text": …}`, as Slack, Mattermost and Rocket.Chat do.
  record Chat(String name, Severity least, ActionPlan.Http request) implements SinkPlan {}

  /// Mail.
  ///
  /// @param to at least one address
  record Mail(
      String name,
      Severity least,
      String host,
      int port,
      Tls tls,
      Optional<String> user,
      Optional<SecretText> password,
      String from,
      List<String> to)
      implements SinkPlan {
    public Mail {
      to = List.copyOf(to);
    }
  }

  /// The member's log.
  record Log(String name, Severity least) implements SinkPlan {}

  /// How a connection to a mail server is protected.
  enum Tls {
    /// Not at all.
    NONE,
    /// By STARTTLS, or no mail is sent.
    STARTTLS,
    /// From the first byte on.
    TLS
  }
}
