package io.muster.registry.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.registry.RegistryBatch;
import io.muster.registry.core.Packed;
import io.muster.registry.driver.KeyValueState.Kind;
import io.muster.testing.Golden;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What lies in logs and snapshots of released versions is read for ever.
class RegistryFormatsTest {
  private static final Golden GOLDEN = Golden.of(RegistryFormatsTest.class, "formats.txt");
  @TempDir Path directory;

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bytes(ByteBuffer b) {
    byte[] all = new byte[b.remaining()];
    b.get(all);
    return all;
  }

  @Test
  void anEntryOfCommandsIsAppliedAsItWas() {
    List<byte[]> commands =
        List.of(
            KeyValueState.command(Kind.PUT, "a/1", utf8("one")),
            KeyValueState.command(Kind.PUT_IF_ABSENT, "a/1", utf8("two")),
            KeyValueState.command(Kind.PUT, "a/2", utf8("gone")),
            KeyValueState.command(Kind.REMOVE, "a/2", new byte[0]),
            BatchCodec.command(
                new RegistryBatch()
                    .onlyIfPresent("a/1")
                    .onlyIfAbsent("a/3")
                    .onlyIfStill("a/1", utf8("one"))
                    .put("a/3", utf8("drei"))
                    .put("b/1", utf8("x"))
                    .remove("a/9")
                    .removeAll("b/")));
    byte[] stored = GOLDEN.bytes("entry.1", () -> bytes(Packed.pack(commands)));
    KeyValueState state = new KeyValueState();

    state.apply(5, Packed.unpack(ByteBuffer.wrap(stored)));

    assertThat(state.below("")).containsOnlyKeys("a/1", "a/3");
    assertThat(state.value("a/3")).contains(utf8("drei"));
    assertThat(bytes(Packed.pack(commands))).isEqualTo(stored);
  }

  @Test
  void aSnapshotIsLoadedAsItWas() throws Exception {
    KeyValueState made = new KeyValueState();
    made.apply(9, new byte[][] {KeyValueState.command(Kind.PUT, "ü/1", utf8("one"))});
    byte[] stored = GOLDEN.bytes("snapshot.2", () -> saved(made));

    KeyValueState state = loaded(stored);

    assertThat(state.appliedIndex()).isEqualTo(9);
    assertThat(state.value("ü/1")).contains(utf8("one"));
    assertThat(state.below("").get("ü/1").index()).isEqualTo(9);
    assertThat(saved(made)).isEqualTo(stored);
  }

  @Test
  void aSnapshotWithoutIndexesIsLoaded() throws Exception {
    byte[] stored =
        GOLDEN.bytes(
            "snapshot.1",
            () -> {
              throw new IllegalStateException("nobody writes format 1 any more");
            });

    KeyValueState state = loaded(stored);

    assertThat(state.appliedIndex()).isEqualTo(9);
    assertThat(state.value("ü/1")).contains(utf8("one"));
    assertThat(state.below("").get("ü/1").index()).isZero();
  }

  private KeyValueState loaded(byte[] stored) throws IOException {
    KeyValueState state = new KeyValueState();
    Files.write(directory.resolve("registry"), stored);
    state.load(directory);
    return state;
  }

  private byte[] saved(KeyValueState state) {
    try {
      state.save(directory);
      return Files.readAllBytes(directory.resolve("registry"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
