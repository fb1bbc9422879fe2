package io.muster.plugins.store.postgresql;

import io.muster.contract.StoreContract;
import io.muster.spi.store.RecordStore;
import io.muster.testing.PostgresServer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;

/// What every store must do, in a real PostgreSQL.
class PostgresContractTest extends StoreContract {
  private static PostgresServer server;

  @AfterAll
  static void stopTheServer() {
    if (server != null) server.close();
  }

  @Override
  protected RecordStore open(Path directory) {
    if (server == null) server = Postgres.start();
    return Postgres.open(
        server, Map.of("record_bytes_max", Integer.toString(recordBytesMax()), "timeout", "20000"));
  }

  @Override
  protected int recordBytesMax() {
    return 2 << 20;
  }
}
