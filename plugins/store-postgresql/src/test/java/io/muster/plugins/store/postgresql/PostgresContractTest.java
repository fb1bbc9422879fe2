package io.muster.plugins.store.postgresql;

import io.muster.contract.CriteriaAgreement;
import io.muster.contract.StoreContract;
import io.muster.spi.store.RecordStore;
import io.muster.testing.PostgresServer;
import io.muster.testing.Seeds;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

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

  private static RecordStore another() throws Exception {
    RecordStore store = Postgres.open(server, Map.of("table", "questions", "timeout", "20000"));
    store.ready().get(30, TimeUnit.SECONDS);
    return store;
  }

  @Test
  void criteriaMeanTheSameAsEverywhere() throws Exception {
    RecordStore store = another();
    CriteriaAgreement.check(store, Seeds.random(11), 200);
    store.close();
  }
}
