package io.muster.registry.driver;

import io.muster.registry.core.Packed;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// How the commands of one entry, or of one request to put some into an entry, ended.
///
/// On a link: `u8 kind`, then for [Done] `u64 index ‖ packed results`, else the reason as UTF-8.
sealed interface EntryResult {
  /// On a majority's disks and applied at the leader; one result per command.
  record Done(long index, byte[][] results) implements EntryResult {
    /// The results of `count` commands from the `from`th on.
    Done part(int from, int count) {
      return count == results.length && from == 0
          ? this
          : new Done(index, Arrays.copyOfRange(results, from, from + count));
    }
  }

  /// Not taken, and nothing that was sent after it was: may be put back.
  record NotDone(String why) implements EntryResult {}

  /// Not taken, though what came after it may have been: its proposers must be told.
  record Busy(String why) implements EntryResult {}

  /// Nobody knows.
  record Lost(String why) implements EntryResult {}

  default byte[] encode() {
    return switch (this) {
      case Done d -> {
        ByteBuffer packed = Packed.pack(List.of(d.results));
        yield ByteBuffer.allocate(9 + packed.remaining())
            .put((byte) 0)
            .putLong(d.index)
            .put(packed)
            .array();
      }
      case NotDone n -> text(1, n.why);
      case Lost l -> text(2, l.why);
      case Busy b -> text(3, b.why);
    };
  }

  private static byte[] text(int kind, String why) {
    byte[] utf8 = why.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + utf8.length).put((byte) kind).put(utf8).array();
  }

  static EntryResult decode(byte[] answer) {
    ByteBuffer b = ByteBuffer.wrap(answer);
    byte kind = b.get();
    if (kind == 0) return new Done(b.getLong(), Packed.unpack(b));
    String why = new String(answer, 1, answer.length - 1, StandardCharsets.UTF_8);
    return switch (kind) {
      case 1 -> new NotDone(why);
      case 3 -> new Busy(why);
      default -> new Lost(why);
    };
  }
}
