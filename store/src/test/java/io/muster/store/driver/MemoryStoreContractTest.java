package io.muster.store.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.contract.MapSettings;
import io.muster.contract.StoreContract;
import io.muster.contract.TestContext;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.Write;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/// Records in the memory of one member: everything but that they outlive it.
class MemoryStoreContractTest extends StoreContract {
  private static RecordStore opened(Path directory, Map<String, String> settings) {
    return new MemoryProvider()
        .read(new MapSettings(settings))
        .open(new TestContext("cluster", "a", directory));
  }

  @Override
  protected RecordStore open(Path directory) {
    return opened(
        directory,
        Map.of("per_member", "true", "record_bytes_max", "2097152", "bytes_max", "1073741824"));
  }

  @Override
  protected boolean keeps() {
    return false;
  }

  @Override
  protected int recordBytesMax() {
    return 2 << 20;
  }

  @Test
  void itIsNotTakenForOneOfTheWholeCluster() {
    assertThatThrownBy(() -> new MemoryProvider().read(new MapSettings(Map.of())))
        .hasMessageContaining("per_member: expected true: in memory each member has records of");
  }

  private static Write.Put put(String path, int bytes) {
    String data = "{\"x\":\"" + "y".repeat(bytes - 8) + "\"}";
    return new Write.Put(path, data.getBytes(StandardCharsets.UTF_8), null);
  }

  @Test
  void whatIsTooMuchIsRefusedUntilThereIsRoom() {
    Map<String, String> small = Map.of("per_member", "true", "bytes_max", "1048576");
    try (RecordStore store = opened(Path.of("unused"), small)) {
      for (int i = 0; i < 9; i++) store.write(put("/r/" + i, 100_000)).join();

      assertThatThrownBy(() -> store.write(put("/r/9", 200_000)).join())
          .isInstanceOf(CompletionException.class)
          .hasMessageContaining("memory is full")
          .hasMessageContaining("of 1048576 bytes are taken and /r/9 needs")
          .satisfies(
              e ->
                  assertThat(((StoreException) e.getCause()).kind())
                      .isEqualTo(StoreException.Kind.UNAVAILABLE));
      assertThat(store.get("/r/9").join()).isEmpty();
      store.write(put("/r/8", 50_000)).join();
      assertThat(store.remove("/r/*").join()).isEqualTo(9);
      for (int i = 0; i < 5; i++) store.write(put("/r/9", 900_000)).join();
      assertThat(store.count("*").join()).isEqualTo(1);
    }
  }
}
