package io.muster.plugins.store.mongodb;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.muster.contract.CriteriaAgreement;
import io.muster.contract.MapSettings;
import io.muster.contract.StoreContract;
import io.muster.contract.TestContext;
import io.muster.spi.store.RecordStore;
import io.muster.testing.Seeds;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// What every store must do, over MongoDB's protocol; the server is another one in memory.
class MongoContractTest extends StoreContract {
  private static MongoServer server;
  private static String url;

  @AfterAll
  static void stopTheServer() {
    if (server != null) server.shutdown();
  }

  @Override
  protected RecordStore open(Path directory) {
    if (server == null) {
      server = new MongoServer(new MemoryBackend());
      url = server.bindAndGetConnectionString();
    }
    Map<String, String> settings =
        Map.of(
            "url", url, "record_bytes_max", Integer.toString(recordBytesMax()), "timeout", "20000");
    return new MongoProvider()
        .read(new MapSettings(settings))
        .open(new TestContext("test", "a", directory));
  }

  @Override
  protected int recordBytesMax() {
    return 2 << 20;
  }

  private static RecordStore another() throws Exception {
    MapSettings settings =
        new MapSettings(Map.of("url", url, "collection", "questions", "timeout", "20000"));
    RecordStore store =
        new MongoProvider().read(settings).open(new TestContext("test", "a", Path.of("target")));
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
