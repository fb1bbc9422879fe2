package io.muster.realtime.core;

import io.muster.realtime.Action;
import io.muster.realtime.Publication;
import io.muster.realtime.Receipt;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What travels in the streams between members, format 1: publications, changes of interest,
/// reports on publications that recipients confirm, and what keeps histories whole.
///
/// `u8 kind` then, for interest: `u8 set ‖ u8 remove ‖ u16 depth ‖ text pattern`; for publications
/// `u8 action ‖ u8 consistency ‖ u64 eventId ‖ u64 created ‖ u64 modified ‖ u64 timestamp ‖ text
/// path ‖ text session ‖ text origin ‖ text originId ‖ u32 targets (text…) ‖ bytes meta ‖ bytes
/// change ‖ bytes data`; for reports `u8 complete ‖ u32 successful ‖ u32 failed ‖ u32 skipped ‖ u32
/// acknowledged ‖ text publication`; for publications that are kept `u64 origin ‖ u64 number`
/// before the publication; for heads `u64 origin ‖ u64 number ‖ u64 rules ‖ u64 question ‖ u8
/// over`; for questions `u64 question`. Texts and bytes have a u32 length, -1 for none; targets
/// likewise.
public final class Items {
  private static final int NO_TARGETS = -1;
  private static final byte PUBLISHED = 3;
  private static final byte KEPT = 5;
  private static final byte HEAD = 6;
  private static final byte QUESTION = 7;

  private Items() {}

  /// One piece of a stream.
  public sealed interface Item {}

  /// Somebody here wants events of a pattern, or nobody does any more.
  public record Interest(boolean wanted, String pattern, boolean set, boolean remove, int depth)
      implements Item {}

  public record Published(Publication publication) implements Item {}

  /// How a publication went here that came from the member this is sent to.
  public record Report(String publication, Receipt receipt) implements Item {}

  /// A publication that all members keep, numbered by its origin.
  public record Kept(long origin, long number, Publication publication) implements Item {}

  /// The last number of the sender's life, after all it sent before.
  ///
  /// @param rules of what it keeps, see [HistoryRules#sum]
  /// @param question that it answers, 0 for none
  /// @param over whether the sender will not number any more
  public record Head(long origin, long number, long rules, long question, boolean over)
      implements Item {}

  /// Asks for a head; questions of one member grow.
  public record Question(long number) implements Item {}

  /// Whether the first byte of an item says that its sender waits for its confirmation.
  public static boolean urgent(byte[] item) {
    return item.length > 0 && item[0] != PUBLISHED && item[0] != HEAD && item[0] != QUESTION;
  }

  public static byte[] encode(Item item) {
    return switch (item) {
      case Interest i -> {
        byte[] pattern = utf8(i.pattern);
        yield ByteBuffer.allocate(9 + pattern.length)
            .put((byte) (i.wanted ? 1 : 2))
            .put((byte) (i.set ? 1 : 0))
            .put((byte) (i.remove ? 1 : 0))
            .putShort((short) i.depth)
            .putInt(pattern.length)
            .put(pattern)
            .array();
      }
      case Published p -> encode(PUBLISHED, 0, 0, p.publication);
      case Kept k -> encode(KEPT, k.origin, k.number, k.publication);
      case Head h ->
          ByteBuffer.allocate(34)
              .put(HEAD)
              .putLong(h.origin)
              .putLong(h.number)
              .putLong(h.rules)
              .putLong(h.question)
              .put((byte) (h.over ? 1 : 0))
              .array();
      case Question q -> ByteBuffer.allocate(9).put(QUESTION).putLong(q.number).array();
      case Report r -> {
        byte[] id = utf8(r.publication);
        yield ByteBuffer.allocate(22 + id.length)
            .put((byte) 4)
            .put((byte) (r.receipt.complete() ? 1 : 0))
            .putInt(r.receipt.successful())
            .putInt(r.receipt.failed())
            .putInt(r.receipt.skipped())
            .putInt(r.receipt.acknowledged())
            .putInt(id.length)
            .put(id)
            .array();
      }
    };
  }

  private static byte[] encode(byte kind, long keptBy, long number, Publication p) {
    byte[] path = utf8(p.path());
    byte[] session = utf8(p.session());
    byte[] origin = p.origin() == null ? null : utf8(p.origin());
    byte[] originId = p.originId() == null ? null : utf8(p.originId());
    List<String> targets = p.targets();
    int size = 3 + 32 + 4 * 4 + 4 + 12 + (kind == KEPT ? 16 : 0) + path.length + session.length;
    size += length(origin) + length(originId) + length(p.meta()) + length(p.change());
    size += p.data().length;
    List<byte[]> encoded = new ArrayList<>();
    if (targets != null) {
      for (String t : targets) {
        byte[] utf8 = utf8(t);
        encoded.add(utf8);
        size += 4 + utf8.length;
      }
    }
    ByteBuffer b = ByteBuffer.allocate(size);
    b.put(kind);
    if (kind == KEPT) b.putLong(keptBy).putLong(number);
    b.put((byte) p.action().ordinal()).put((byte) p.consistency());
    b.putLong(p.eventId()).putLong(p.created()).putLong(p.modified()).putLong(p.timestamp());
    bytes(b, path);
    bytes(b, session);
    bytes(b, origin);
    bytes(b, originId);
    b.putInt(targets == null ? NO_TARGETS : encoded.size());
    for (byte[] t : encoded) bytes(b, t);
    bytes(b, p.meta());
    bytes(b, p.change());
    bytes(b, p.data());
    return b.array();
  }

  private static int length(byte @Nullable [] b) {
    return b == null ? 0 : b.length;
  }

  /// @throws IllegalArgumentException when the bytes are no item
  public static Item decode(byte[] item) {
    try {
      ByteBuffer b = ByteBuffer.wrap(item);
      int kind = b.get();
      if (kind == 1 || kind == 2) {
        boolean set = b.get() == 1;
        boolean remove = b.get() == 1;
        int depth = b.getShort() & 0xffff;
        return new Interest(kind == 1, need(text(b)), set, remove, depth);
      }
      if (kind == 4) {
        boolean complete = b.get() == 1;
        Receipt receipt = new Receipt(b.getInt(), b.getInt(), b.getInt(), b.getInt(), complete);
        return new Report(need(text(b)), receipt);
      }
      if (kind == HEAD) {
        return new Head(b.getLong(), b.getLong(), b.getLong(), b.getLong(), b.get() == 1);
      }
      if (kind == QUESTION) return new Question(b.getLong());
      if (kind != PUBLISHED && kind != KEPT) {
        throw new IllegalArgumentException("item kind " + kind);
      }
      long keptBy = kind == KEPT ? b.getLong() : 0;
      long number = kind == KEPT ? b.getLong() : 0;
      int action = b.get();
      if (action < 0 || action >= Action.values().length) {
        throw new IllegalArgumentException("action " + action);
      }
      int consistency = b.get();
      long eventId = b.getLong();
      long created = b.getLong();
      long modified = b.getLong();
      long timestamp = b.getLong();
      String path = need(text(b));
      String session = need(text(b));
      String origin = text(b);
      String originId = text(b);
      int n = b.getInt();
      if (n < NO_TARGETS || n > b.remaining() / 4)
        throw new IllegalArgumentException(n + " targets");
      List<String> targets = null;
      if (n != NO_TARGETS) {
        targets = new ArrayList<>();
        for (int i = 0; i < n; i++) targets.add(need(text(b)));
      }
      byte[] meta = bytes(b);
      byte[] change = bytes(b);
      byte[] data = bytes(b);
      if (data == null) throw new IllegalArgumentException("a publication without data");
      Publication p =
          new Publication(
              Action.values()[action],
              path,
              data,
              change,
              session,
              eventId,
              created,
              modified,
              timestamp,
              consistency,
              meta,
              origin,
              originId,
              targets,
              true);
      return kind == KEPT ? new Kept(keptBy, number, p) : new Published(p);
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a short item", e);
    }
  }

  private static String need(@Nullable String s) {
    if (s == null) throw new IllegalArgumentException("a text is missing");
    return s;
  }

  private static void bytes(ByteBuffer b, byte @Nullable [] v) {
    if (v == null) b.putInt(-1);
    else b.putInt(v.length).put(v);
  }

  private static byte @Nullable [] bytes(ByteBuffer b) {
    int n = b.getInt();
    if (n == -1) return null;
    if (n < 0 || n > b.remaining()) throw new IllegalArgumentException("a length of " + n);
    byte[] v = new byte[n];
    b.get(v);
    return v;
  }

  private static @Nullable String text(ByteBuffer b) {
    byte[] v = bytes(b);
    return v == null ? null : new String(v, StandardCharsets.UTF_8);
  }

  private static byte[] utf8(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }
}
