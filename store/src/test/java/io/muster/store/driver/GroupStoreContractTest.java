package io.muster.store.driver;

import io.muster.contract.StoreContract;
import io.muster.spi.store.RecordStore;
import java.nio.file.Path;

/// The embedded store, asked on one of three members, whichever leads.
class GroupStoreContractTest extends StoreContract {
  private final StoreMembers members = new StoreMembers(3, 0);

  @Override
  protected RecordStore open(Path directory) {
    members.start(directory);
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
