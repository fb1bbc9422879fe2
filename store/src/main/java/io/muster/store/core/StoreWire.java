package io.muster.store.core;

import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.Write;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Store operations as calls between members, format 1.
///
/// A request: `u8 format ‖ u8 operation ‖ …` with, for get, count and remove, the path or pattern;
/// for list `u64 skip ‖ u64 limit ‖ u8 order ‖ pattern`; for writes a
/// [StoreCodec.Command]. An answer: `u8 status`, 0 followed by the result (get `u8 present ‖
/// record`, list `u32 count ‖ (u32 path length ‖ path ‖ u32 record length ‖ record)…`, count and
/// remove `u64`, put and merge a record), else the failure's kind and its text.
///
/// A list is asked on a link stream whose head is the request: its answer, the same bytes, may be
/// larger than a frame. Members that know no streams ask and answer by a call.
public final class StoreWire {
  private static final int FORMAT = 1;

  private StoreWire() {}

  /// An operation that travels.
  public sealed interface Operation {
    /// Whether doing it twice is as good as once, and no later write is in between.
    default boolean reads() {
      return true;
    }
  }

  public record Get(String path) implements Operation {}

  public record Listing(ListQuery query) implements Operation {}

  public record Count(String pattern) implements Operation {}

  public record Remove(String pattern) implements Operation {
    @Override
    public boolean reads() {
      return false;
    }
  }

  public record Change(Write write) implements Operation {
    @Override
    public boolean reads() {
      return false;
    }
  }

  public static byte[] encode(Operation operation) {
    return switch (operation) {
      case Get g -> text(1, g.path);
      case Count c -> text(2, c.pattern);
      case Remove r -> text(3, r.pattern);
      case Listing l -> {
        byte[] pattern = l.query.pattern().getBytes(StandardCharsets.UTF_8);
        ByteBuffer b = ByteBuffer.allocate(19 + pattern.length);
        b.put((byte) FORMAT).put((byte) 4).putLong(l.query.skip()).putLong(l.query.limit());
        b.put((byte) (l.query.order() == ListQuery.Order.PATH ? 0 : 1));
        yield b.put(pattern).array();
      }
      case Change c -> {
        byte[] command = StoreCodec.encode(StoreCodec.command(c.write, 0));
        yield ByteBuffer.allocate(2 + command.length)
            .put((byte) FORMAT)
            .put((byte) 5)
            .put(command)
            .array();
      }
    };
  }

  private static byte[] text(int operation, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(2 + utf8.length)
        .put((byte) FORMAT)
        .put((byte) operation)
        .put(utf8)
        .array();
  }

  /// @throws IllegalArgumentException when the bytes are no operation of a known format
  public static Operation decode(byte[] request) {
    try {
      ByteBuffer b = ByteBuffer.wrap(request);
      int format = b.get();
      if (format != FORMAT) throw new IllegalArgumentException("store call format " + format);
      int operation = b.get();
      return switch (operation) {
        case 1 -> new Get(rest(b));
        case 2 -> new Count(rest(b));
        case 3 -> new Remove(rest(b));
        case 4 -> {
          long skip = b.getLong();
          long limit = b.getLong();
          ListQuery.Order order =
              b.get() == 0 ? ListQuery.Order.PATH : ListQuery.Order.MODIFIED_THEN_PATH;
          yield new Listing(new ListQuery(rest(b), skip, limit, order));
        }
        case 5 -> {
          byte[] command = new byte[b.remaining()];
          b.get(command);
          StoreCodec.Command c = StoreCodec.decodeCommand(command);
          yield new Change(StoreCodec.write(c));
        }
        default -> throw new IllegalArgumentException("store operation " + operation);
      };
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a short store call", e);
    }
  }

  private static String rest(ByteBuffer b) {
    byte[] utf8 = new byte[b.remaining()];
    b.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  // --- answers

  public static byte[] found(Optional<PathRecord> record) {
    byte[] bytes = record.map(r -> StoreCodec.encode(r, true)).orElse(new byte[0]);
    return ok(1 + bytes.length).put((byte) (record.isPresent() ? 1 : 0)).put(bytes).array();
  }

  public static Optional<PathRecord> found(String path, byte[] answer) {
    ByteBuffer b = opened(answer);
    if (b.get() == 0) return Optional.empty();
    byte[] bytes = new byte[b.remaining()];
    b.get(bytes);
    return Optional.of(StoreCodec.decodeRecord(path, bytes, null));
  }

  public static byte[] number(long n) {
    return ok(8).putLong(n).array();
  }

  public static long number(byte[] answer) {
    return opened(answer).getLong();
  }

  /// The answer to a list as one piece.
  public static byte[] listed(List<PathRecord> records) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      listed(records, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /// Writes the answer to a list, record by record; many small writes.
  public static void listed(List<PathRecord> records, OutputStream to) throws IOException {
    DataOutputStream out = new DataOutputStream(to);
    out.writeByte(0);
    out.writeInt(records.size());
    for (PathRecord r : records) {
      byte[] path = r.path().getBytes(StandardCharsets.UTF_8);
      byte[] record = StoreCodec.encode(r, true);
      out.writeInt(path.length);
      out.write(path);
      out.writeInt(record.length);
      out.write(record);
    }
    out.flush();
  }

  public static List<PathRecord> listed(byte[] answer) {
    return listed(new ByteArrayInputStream(answer));
  }

  /// Reads the answer to a list up to its end.
  ///
  /// @throws StoreException what the answer says, or `FAILED` when it is none
  public static List<PathRecord> listed(InputStream answer) {
    DataInputStream in = new DataInputStream(answer);
    try {
      int status = in.read();
      if (status != 0) throw failure(status, new String(in.readAllBytes(), StandardCharsets.UTF_8));
      int count = in.readInt();
      List<PathRecord> all = new ArrayList<>(Math.clamp(count, 0, 10_000));
      for (int i = 0; i < count; i++) {
        String path = new String(counted(in), StandardCharsets.UTF_8);
        all.add(StoreCodec.decodeRecord(path, counted(in), null));
      }
      if (in.read() >= 0) throw malformed("more than it counts", null);
      return Collections.unmodifiableList(all);
    } catch (IOException | IllegalArgumentException | BufferUnderflowException e) {
      throw malformed(String.valueOf(e.getMessage()), e);
    }
  }

  /// Bytes behind their length; no length is believed before the bytes are there.
  private static byte[] counted(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0) throw new IOException("a length of " + length);
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) throw new EOFException("ends too early");
    return bytes;
  }

  private static StoreException malformed(String why, @Nullable Throwable cause) {
    return new StoreException(StoreException.Kind.FAILED, "a malformed list: " + why, cause);
  }

  /// @param withData whether the caller does not know the data already
  public static byte[] written(PathRecord record, boolean withData) {
    byte[] bytes = StoreCodec.encode(record, withData);
    return ok(bytes.length).put(bytes).array();
  }

  public static PathRecord written(Write write, byte[] answer) {
    ByteBuffer b = opened(answer);
    byte[] bytes = new byte[b.remaining()];
    b.get(bytes);
    byte[] known = write instanceof Write.Put p ? p.data() : null;
    return StoreCodec.decodeRecord(write.path(), bytes, known);
  }

  public static byte[] failed(StoreException e) {
    byte[] why = String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8);
    int status =
        switch (e.kind()) {
          case UNAVAILABLE -> 1;
          case UNKNOWN -> 2;
          case REFUSED -> 3;
          case FAILED -> 4;
        };
    return ByteBuffer.allocate(1 + why.length).put((byte) status).put(why).array();
  }

  private static ByteBuffer ok(int length) {
    return ByteBuffer.allocate(1 + length).put((byte) 0);
  }

  /// @throws StoreException what the answer says, or `FAILED` when it says nothing known
  private static ByteBuffer opened(byte[] answer) {
    ByteBuffer b = ByteBuffer.wrap(answer);
    int status = b.hasRemaining() ? b.get() : 4;
    if (status == 0) return b;
    throw failure(status, rest(b));
  }

  private static StoreException failure(int status, String why) {
    StoreException.Kind kind =
        switch (status) {
          case 1 -> StoreException.Kind.UNAVAILABLE;
          case 2 -> StoreException.Kind.UNKNOWN;
          case 3 -> StoreException.Kind.REFUSED;
          default -> StoreException.Kind.FAILED;
        };
    return new StoreException(kind, why, null);
  }
}
