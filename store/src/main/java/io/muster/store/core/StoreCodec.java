package io.muster.store.core;

import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaJson;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.Write;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Commands, results and records as bytes.
///
/// A command, format 1: `u8 format ‖ u8 kind ‖ u64 epoch ms ‖ text by ‖ text path ‖ data`; one with
/// a condition or criteria, format 2: `… ‖ text path ‖ u8 condition ‖ u32 length ‖ criteria ‖ data`
/// with the criteria as [CriteriaJson] writes them, length 0 for none. A record, format 1: `u8
/// format ‖ u64 created ‖ u64 modified ‖ u64 version ‖ text createdBy ‖ text modifiedBy ‖ data`.
/// The data of an increment is `f64 amount ‖ UTF-8 of the gauge`. A result of a write is a record's
/// bytes, without data where it is the command's; of a removal `u64 count`; of a command that does
/// not fit what is stored `u8 255 ‖ UTF-8 of why`, of one whose condition is not met `u8 254 ‖
/// UTF-8 of why`. A text is `u16 length ‖ UTF-8`, length 65535 for none.
public final class StoreCodec {
  private static final int FORMAT = 1;
  private static final int CONDITIONAL = 2;
  private static final int NONE = 0xffff;
  private static final byte REFUSED = (byte) 0xff;
  private static final byte UNMET = (byte) 0xfe;
  private static final byte[] NOTHING = {};

  private StoreCodec() {}

  /// What a command does.
  public enum Kind {
    PUT,
    MERGE,
    REMOVE,
    INCREMENT
  }

  /// @param now epoch milliseconds
  /// @param when of a write, else `ALWAYS`
  /// @param criteria of a removal, written; no bytes for any record
  public record Command(
      Kind kind,
      long now,
      @Nullable String by,
      String path,
      Write.When when,
      byte[] criteria,
      byte[] data) {
    /// Of a write.
    public Command(
        Kind kind, long now, @Nullable String by, String path, Write.When when, byte[] data) {
      this(kind, now, by, path, when, NOTHING, data);
    }
  }

  /// The removal of a pattern's records.
  ///
  /// @param now epoch milliseconds
  public static Command removal(String pattern, Criteria criteria, long now) {
    byte[] written =
        criteria.equals(Criteria.ANY) ? NOTHING : JsonText.write(CriteriaJson.write(criteria));
    return new Command(Kind.REMOVE, now, null, pattern, Write.When.ALWAYS, written, NOTHING);
  }

  /// The criteria of a command.
  ///
  /// @throws IllegalArgumentException when they cannot be read
  public static Criteria criteria(Command c) {
    return c.criteria.length == 0
        ? Criteria.ANY
        : CriteriaJson.read(JsonText.read(c.criteria), CriteriaJson.OWN);
  }

  /// @param now epoch milliseconds
  public static Command command(Write write, long now) {
    return switch (write) {
      case Write.Put p -> new Command(Kind.PUT, now, p.by(), p.path(), p.when(), p.data());
      case Write.Merge m -> new Command(Kind.MERGE, now, m.by(), m.path(), m.when(), m.data());
      case Write.Increment i -> {
        byte[] gauge = utf8(i.gauge());
        byte[] data =
            ByteBuffer.allocate(8 + gauge.length).putDouble(i.amount()).put(gauge).array();
        yield new Command(Kind.INCREMENT, now, i.by(), i.path(), i.when(), data);
      }
    };
  }

  /// The write that a command stands for.
  ///
  /// @throws IllegalArgumentException when it is none
  public static Write write(Command c) {
    return switch (c.kind()) {
      case PUT -> new Write.Put(c.path(), c.data(), c.by(), c.when());
      case MERGE -> new Write.Merge(c.path(), c.data(), c.by(), c.when());
      case INCREMENT -> {
        if (c.data().length < 8) throw new IllegalArgumentException("a short increment");
        ByteBuffer b = ByteBuffer.wrap(c.data());
        double amount = b.getDouble();
        yield new Write.Increment(
            c.path(), new String(rest(b), StandardCharsets.UTF_8), amount, c.by());
      }
      case REMOVE -> throw new IllegalArgumentException("a removal is no write");
    };
  }

  public static byte[] encode(Command c) {
    byte[] path = utf8(c.path);
    byte[] by = c.by == null ? null : utf8(c.by);
    boolean plain = c.when == Write.When.ALWAYS && c.criteria.length == 0;
    ByteBuffer b =
        ByteBuffer.allocate(
            (plain ? 10 : 15 + c.criteria.length)
                + 2
                + (by == null ? 0 : by.length)
                + 2
                + path.length
                + c.data.length);
    b.put((byte) (plain ? FORMAT : CONDITIONAL)).put((byte) c.kind.ordinal()).putLong(c.now);
    text(b, by);
    text(b, path);
    if (!plain) {
      b.put((byte) c.when.ordinal()).putInt(c.criteria.length).put(c.criteria);
    }
    return b.put(c.data).array();
  }

  /// @throws IllegalArgumentException when the bytes are no command of a known format
  public static Command decodeCommand(byte[] bytes) {
    try {
      ByteBuffer b = ByteBuffer.wrap(bytes);
      int format = b.get();
      if (format != FORMAT && format != CONDITIONAL) {
        throw new IllegalArgumentException("format " + format);
      }
      Kind kind = one(Kind.values(), b.get());
      long now = b.getLong();
      String by = text(b);
      String path = text(b);
      if (path == null) throw new IllegalArgumentException("a command without path");
      if (format == FORMAT) {
        return new Command(kind, now, by, path, Write.When.ALWAYS, rest(b));
      }
      Write.When when = one(Write.When.values(), b.get());
      int length = b.getInt();
      if (length < 0 || length > b.remaining()) {
        throw new IllegalArgumentException("criteria of " + length + " bytes");
      }
      byte[] criteria = new byte[length];
      b.get(criteria);
      return new Command(kind, now, by, path, when, criteria, rest(b));
    } catch (java.nio.BufferUnderflowException e) {
      throw new IllegalArgumentException("a short command", e);
    }
  }

  private static <T> T one(T[] all, int ordinal) {
    if (ordinal < 0 || ordinal >= all.length) {
      throw new IllegalArgumentException("number " + ordinal + " of " + all.length);
    }
    return all[ordinal];
  }

  /// The result of a command that does not fit what is stored; every replica refuses it alike.
  public static byte[] refusal(String why) {
    return refusal(REFUSED, why);
  }

  /// The result of a write whose condition is not met.
  public static byte[] unmet(String why) {
    return refusal(UNMET, why);
  }

  private static byte[] refusal(byte kind, String why) {
    byte[] text = utf8(why);
    return ByteBuffer.allocate(1 + text.length).put(kind).put(text).array();
  }

  /// @return the failure, when a result is a refusal, else null
  public static @Nullable StoreException refused(byte[] result) {
    if (result.length == 0 || (result[0] != REFUSED && result[0] != UNMET)) return null;
    return new StoreException(
        result[0] == REFUSED ? StoreException.Kind.REFUSED : StoreException.Kind.UNMET,
        new String(result, 1, result.length - 1, StandardCharsets.UTF_8),
        null);
  }

  public static byte[] encode(PathRecord r, boolean withData) {
    byte[] createdBy = r.createdBy() == null ? null : utf8(r.createdBy());
    byte[] modifiedBy = r.modifiedBy() == null ? null : utf8(r.modifiedBy());
    ByteBuffer b =
        ByteBuffer.allocate(
            25
                + 4
                + (createdBy == null ? 0 : createdBy.length)
                + (modifiedBy == null ? 0 : modifiedBy.length)
                + (withData ? r.data().length : 0));
    b.put((byte) FORMAT).putLong(r.created()).putLong(r.modified()).putLong(r.version());
    text(b, createdBy);
    text(b, modifiedBy);
    if (withData) b.put(r.data());
    return b.array();
  }

  /// @param data what to use where the bytes end before the data, or null to take what is there
  public static PathRecord decodeRecord(String path, byte[] bytes, byte @Nullable [] data) {
    try {
      ByteBuffer b = ByteBuffer.wrap(bytes);
      format(b);
      long created = b.getLong();
      long modified = b.getLong();
      long version = b.getLong();
      String createdBy = text(b);
      String modifiedBy = text(b);
      return new PathRecord(
          path, data != null ? data : rest(b), created, modified, createdBy, modifiedBy, version);
    } catch (java.nio.BufferUnderflowException e) {
      throw new IllegalArgumentException("a short record at " + path, e);
    }
  }

  private static void format(ByteBuffer b) {
    int format = b.get();
    if (format != FORMAT) throw new IllegalArgumentException("format " + format);
  }

  private static void text(ByteBuffer b, byte @Nullable [] utf8) {
    if (utf8 == null) b.putShort((short) NONE);
    else b.putShort((short) utf8.length).put(utf8);
  }

  private static @Nullable String text(ByteBuffer b) {
    int n = b.getShort() & 0xffff;
    if (n == NONE) return null;
    if (n > b.remaining()) throw new IllegalArgumentException("a text of " + n + " bytes");
    byte[] utf8 = new byte[n];
    b.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static byte[] rest(ByteBuffer b) {
    byte[] rest = new byte[b.remaining()];
    b.get(rest);
    return rest;
  }

  private static byte[] utf8(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }
}
