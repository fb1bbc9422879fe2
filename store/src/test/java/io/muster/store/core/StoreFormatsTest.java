package io.muster.store.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.store.Criteria;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.Write;
import io.muster.testing.Golden;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What lies on disks and in logs of released versions is read for ever: the bytes of each format
/// as they were written then.
class StoreFormatsTest {
  private static final Golden GOLDEN = Golden.of(StoreFormatsTest.class, "formats.txt");

  private static byte[] json(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, StoreCodec.Command> commands() {
    Map<String, StoreCodec.Command> all = new LinkedHashMap<>();
    long now = 1_767_225_600_000L;
    Write put = new Write.Put("/a/b", json("{\"v\":1}"), "bob");
    all.put("command.1.put", StoreCodec.command(put, now));
    Write merge = new Write.Merge("/ä", json("{\"w\":[true,null]}"), null);
    all.put("command.1.merge", StoreCodec.command(merge, now));
    Write add = new Write.Increment("/count", "visits", 2.5, "bob");
    all.put("command.1.increment", StoreCodec.command(add, now));
    all.put("command.1.remove", StoreCodec.removal("/a/*", Criteria.ANY, now));
    Write absent = new Write.Put("/a", json("{}"), "bob", Write.When.ABSENT);
    all.put("command.2.absent", StoreCodec.command(absent, now));
    return all;
  }

  @Test
  void commandsAreReadAsTheyWereWritten() {
    commands()
        .forEach(
            (name, c) -> {
              byte[] stored = GOLDEN.bytes(name, () -> StoreCodec.encode(c));
              StoreCodec.Command read = StoreCodec.decodeCommand(stored);
              assertThat(read).as(name).usingRecursiveComparison().isEqualTo(c);
              assertThat(StoreCodec.encode(c)).as(name).isEqualTo(stored);
            });
  }

  @Test
  void recordsAreReadAsTheyWereWritten() {
    PathRecord r = new PathRecord("/a/b", json("{\"v\":1}"), 1000, 2000, "bob", null, 7);
    byte[] stored = GOLDEN.bytes("record.1", () -> StoreCodec.encode(r, true));

    assertThat(StoreCodec.decodeRecord("/a/b", stored, null))
        .usingRecursiveComparison()
        .isEqualTo(r);
    assertThat(StoreCodec.encode(r, true)).isEqualTo(stored);
  }
}
