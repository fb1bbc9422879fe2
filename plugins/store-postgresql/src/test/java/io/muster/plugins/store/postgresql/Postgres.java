package io.muster.plugins.store.postgresql;

import io.muster.contract.MapSettings;
import io.muster.contract.TestContext;
import io.muster.spi.store.RecordStore;
import io.muster.testing.PostgresServer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/// How these tests speak of their PostgreSQL.
final class Postgres {
  private Postgres() {}

  static PostgresServer start() {
    return PostgresServer.start()
        .orElseGet(() -> Assumptions.abort("no PostgreSQL can be had here"));
  }

  /// A store of the cluster `test` there.
  ///
  /// @param more keys and values beside, or instead of, where it is
  static RecordStore open(PostgresServer server, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("url", server.url());
    settings.put("user", PostgresServer.USER);
    settings.put("password", PostgresServer.PASSWORD);
    settings.putAll(more);
    return new PostgresProvider()
        .read(new MapSettings(settings))
        .open(new TestContext("test", "a", Path.of("target")));
  }
}
