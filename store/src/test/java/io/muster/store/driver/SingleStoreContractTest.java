package io.muster.store.driver;

import io.muster.contract.StoreContract;
import io.muster.spi.store.RecordStore;
import java.nio.file.Path;

/// The embedded store of a cluster of one.
class SingleStoreContractTest extends StoreContract {
  private final StoreMembers members = new StoreMembers(1, 0);

  @Override
  protected RecordStore open(Path directory) {
    members.start(directory);
    return members.store(0);
  }

  @Override
  protected void closeRest() {
    members.close();
  }

  @Override
  protected int recordBytesMax() {
    return 2 << 20;
  }
}
