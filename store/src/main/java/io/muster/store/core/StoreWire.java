package io.muster.store.core;

import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaJson;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.SortKey;
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
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Store operations as calls between members, format 1.
///
/// A request: `u8 format ‖ u8 operation ‖ …` with, for get, count and remove, the path or pattern;
/// for list `u64 skip ‖ u64 limit ‖ u8 order ‖ pattern`; for writes a [StoreCodec.Command]. With
/// criteria or another order: for count and remove `u32 length ‖ criteria ‖ pattern`, for list `u64
/// skip ‖ u64 limit ‖ u32 length ‖ criteria ‖ u32 length ‖ sort keys ‖ pattern`, both as JSON, the
/// keys as `[["data.a",1],["meta.created",-1]]`. An answer: `u8 status`, 0 followed by the result
/// (get `u8 present ‖ record`, list `u32 count ‖ (u32 path length ‖ path ‖ u32 record length ‖
/// record)…`, count and remove `u64`, put and merge a record), else the failure's kind and its
/// text.
///
/// A list is asked on a link stream whose head is the request: its answer, the same bytes, may be
/// larger than a frame. A request beyond [#HEAD_BYTES_MAX] comes as the stream's bytes, and its
/// head is the operation 9 alone. Members that know no streams ask and answer by a call.
public final class StoreWire {
  private static final int FORMAT = 1;

  /// What fits the head of a stream.
  public static final int HEAD_BYTES_MAX = 16_000;

  /// Largest request that comes on a stream: criteria at all their bounds, each character escaped.
  public static final int REQUEST_BYTES_MAX = 1 << 20;

  /// The head of a stream on which the request follows.
  private static final byte[] FOLLOWS = {FORMAT, 9};

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

  public record Count(String pattern, Criteria criteria) implements Operation {}

  public record Remove(String pattern, Criteria criteria) implements Operation {
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
      case Count c when any(c.criteria) -> text(2, c.pattern);
      case Count c -> criteria(7, c.pattern, c.criteria);
      case Remove r when any(r.criteria) -> text(3, r.pattern);
      case Remove r -> criteria(8, r.pattern, r.criteria);
      case Listing l when !any(l.query.criteria()) || order(l.query.sort()) < 0 -> query(l.query);
      case Listing l -> {
        byte[] pattern = l.query.pattern().getBytes(StandardCharsets.UTF_8);
        ByteBuffer b = ByteBuffer.allocate(19 + pattern.length);
        b.put((byte) FORMAT).put((byte) 4).putLong(l.query.skip()).putLong(l.query.limit());
        b.put((byte) order(l.query.sort()));
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

  private static boolean any(Criteria criteria) {
    return criteria.equals(Criteria.ANY);
  }

  /// The orders that every release knows by number, or -1.
  private static int order(List<SortKey> sort) {
    return sort.isEmpty() ? 0 : sort.equals(List.of(SortKey.BY_MODIFIED)) ? 1 : -1;
  }

  private static byte[] criteria(int operation, String pattern, Criteria criteria) {
    byte[] written = JsonText.write(CriteriaJson.write(criteria));
    byte[] text = pattern.getBytes(StandardCharsets.UTF_8);
    ByteBuffer b = ByteBuffer.allocate(6 + written.length + text.length);
    b.put((byte) FORMAT).put((byte) operation);
    return b.putInt(written.length).put(written).put(text).array();
  }

  private static byte[] query(ListQuery q) {
    byte[] written = JsonText.write(CriteriaJson.write(q.criteria()));
    byte[] sort = JsonText.write(sort(q.sort()));
    byte[] text = q.pattern().getBytes(StandardCharsets.UTF_8);
    ByteBuffer b = ByteBuffer.allocate(26 + written.length + sort.length + text.length);
    b.put((byte) FORMAT).put((byte) 6).putLong(q.skip()).putLong(q.limit());
    return b.putInt(written.length).put(written).putInt(sort.length).put(sort).put(text).array();
  }

  private static JsonValue sort(List<SortKey> keys) {
    return new JsonValue.Arr(
        keys.stream()
            .<JsonValue>map(
                k ->
                    new JsonValue.Arr(
                        List.of(
                            new JsonValue.Text(CriteriaJson.name(k.field())),
                            new JsonValue.Whole(
                                k.direction() == SortKey.Direction.ASCENDING ? 1 : -1))))
            .toList());
  }

  private static List<SortKey> sort(JsonValue json) {
    if (!(json instanceof JsonValue.Arr all)) throw new IllegalArgumentException("no sort keys");
    List<SortKey> keys = new ArrayList<>();
    for (JsonValue key : all.elements()) {
      if (!(key instanceof JsonValue.Arr a)
          || a.elements().size() != 2
          || !(a.elements().getFirst() instanceof JsonValue.Text name)
          || !(a.elements().getLast() instanceof JsonValue.Whole way)) {
        throw new IllegalArgumentException("no sort key");
      }
      keys.add(
          new SortKey(
              CriteriaJson.OWN.apply(name.value()),
              way.value() > 0 ? SortKey.Direction.ASCENDING : SortKey.Direction.DESCENDING));
    }
    return keys;
  }

  private static Criteria criteria(ByteBuffer b) {
    return CriteriaJson.read(JsonText.read(counted(b)), CriteriaJson.OWN);
  }

  private static byte[] counted(ByteBuffer b) {
    int length = b.getInt();
    if (length < 0 || length > b.remaining()) throw new BufferUnderflowException();
    byte[] bytes = new byte[length];
    b.get(bytes);
    return bytes;
  }

  /// The head with which a stream is opened for a request.
  public static byte[] head(byte[] request) {
    return request.length <= HEAD_BYTES_MAX ? request : FOLLOWS.clone();
  }

  /// Whether a stream's head says that the request follows.
  public static boolean follows(byte[] head) {
    return Arrays.equals(head, FOLLOWS);
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
        case 2 -> new Count(rest(b), Criteria.ANY);
        case 3 -> new Remove(rest(b), Criteria.ANY);
        case 4 -> {
          long skip = b.getLong();
          long limit = b.getLong();
          List<SortKey> sort = b.get() == 0 ? List.of() : List.of(SortKey.BY_MODIFIED);
          yield new Listing(new ListQuery(rest(b), Criteria.ANY, sort, skip, limit));
        }
        case 5 -> {
          byte[] command = new byte[b.remaining()];
          b.get(command);
          StoreCodec.Command c = StoreCodec.decodeCommand(command);
          yield new Change(StoreCodec.write(c));
        }
        case 6 -> {
          long skip = b.getLong();
          long limit = b.getLong();
          Criteria criteria = criteria(b);
          List<SortKey> sort = sort(JsonText.read(counted(b)));
          yield new Listing(new ListQuery(rest(b), criteria, sort, skip, limit));
        }
        case 7 -> {
          Criteria criteria = criteria(b);
          yield new Count(rest(b), criteria);
        }
        case 8 -> {
          Criteria criteria = criteria(b);
          yield new Remove(rest(b), criteria);
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
          case UNMET -> 5;
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
          case 5 -> StoreException.Kind.UNMET;
          default -> StoreException.Kind.FAILED;
        };
    return new StoreException(kind, why, null);
  }
}
