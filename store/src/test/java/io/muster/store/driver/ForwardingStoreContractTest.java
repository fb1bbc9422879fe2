package io.muster.store.driver;

import io.muster.contract.StoreContract;
import io.muster.spi.store.RecordStore;
import java.nio.file.Path;

/// The store of a member without a replica.
class ForwardingStoreContractTest extends StoreContract {
  private final StoreMembers members = new StoreMembers(1, 1);

  @Override
  protected RecordStore open(Path directory) {
    members.start(directory);
    // It is ready before the one that it asks.
    members.store(0).ready().join();
    return members.store(1);
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
