package io.muster.plugins.check.redis;

import io.muster.plugins.check.net.TlsOptions;
import io.muster.spi.ProviderSettings;
import io.muster.spi.SecretText;
import io.muster.spi.watch.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Keys that both kinds have: how a server is reached, and who asks.
///
/// @param database selected before anything else
/// @param replyMax bytes of one reply, at most
record RedisLogin(
    Optional<String> user,
    Optional<SecretText> password,
    int database,
    int replyMax,
    TlsOptions tls) {
  static RedisLogin read(ProviderSettings s) {
    Optional<String> user = s.optionalText("user", "Whom to log in as; empty: the default user.");
    Optional<SecretText> password = s.secret("password", "Password of the user.");
    if (user.isPresent() && password.isEmpty()) {
      throw s.wrong("password", "one beside user");
    }
    int database = s.integer("database", 0, 0, 1_000_000, "Database that is selected.");
    int max =
        (int) s.bytes("reply_max", 1 << 20, 1024, 1 << 26, "How long a reply may be, at most.");
    return new RedisLogin(user, password, database, max, TlsOptions.read(s));
  }

  boolean secure(Endpoint to) {
    return tls.on(to, "rediss", "tls", "ssl");
  }

  /// What is sent before the check's own commands; each must be answered without an error.
  List<List<String>> greeting() {
    List<List<String>> commands = new ArrayList<>();
    password.ifPresent(
        secret ->
            commands.add(
                user.map(u -> List.of("AUTH", u, secret.reveal()))
                    .orElseGet(() -> List.of("AUTH", secret.reveal()))));
    if (database != 0) commands.add(List.of("SELECT", Integer.toString(database)));
    return commands;
  }
}
