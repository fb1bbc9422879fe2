package io.muster.realtime.core;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The messages of the numbered streams, format 1: `u8 kind ‖ u64 stream ‖ u64 number ‖ u32 count ‖
/// (u32 length ‖ item)…`, the last two only where there are items.
public sealed interface StreamMessage {
  long stream();

  /// Sender: which stream is this, where shall I go on?
  record Hello(long stream) implements StreamMessage {}

  /// Receiver: the number expected next; 0 when nothing is known of this stream.
  record Welcome(long stream, long expected) implements StreamMessage {}

  /// Sender: forget the gap; these are all interests, go on at `next`.
  record Snapshot(long stream, long next, List<byte[]> interests) implements StreamMessage {}

  record Batch(long stream, long first, List<byte[]> items) implements StreamMessage {}

  /// Receiver: everything up to here has arrived.
  record Ack(long stream, long upTo) implements StreamMessage {}

  /// Receiver: there is a gap at this number.
  record Missed(long stream, long expected) implements StreamMessage {}

  default byte[] encode() {
    return switch (this) {
      case Hello h -> plain(1, h.stream, 0);
      case Welcome w -> plain(2, w.stream, w.expected);
      case Snapshot s -> withItems(3, s.stream, s.next, s.interests);
      case Batch b -> withItems(4, b.stream, b.first, b.items);
      case Ack a -> plain(5, a.stream, a.upTo);
      case Missed m -> plain(6, m.stream, m.expected);
    };
  }

  private static byte[] plain(int kind, long stream, long number) {
    return ByteBuffer.allocate(17).put((byte) kind).putLong(stream).putLong(number).array();
  }

  private static byte[] withItems(int kind, long stream, long number, List<byte[]> items) {
    int size = 21;
    for (byte[] i : items) size += 4 + i.length;
    ByteBuffer b = ByteBuffer.allocate(size).put((byte) kind).putLong(stream).putLong(number);
    b.putInt(items.size());
    for (byte[] i : items) b.putInt(i.length).put(i);
    return b.array();
  }

  /// @throws IllegalArgumentException when the bytes are no message
  static StreamMessage decode(byte[] bytes) {
    try {
      ByteBuffer b = ByteBuffer.wrap(bytes);
      int kind = b.get();
      long stream = b.getLong();
      long number = b.getLong();
      return switch (kind) {
        case 1 -> new Hello(stream);
        case 2 -> new Welcome(stream, number);
        case 3 -> new Snapshot(stream, number, items(b));
        case 4 -> new Batch(stream, number, items(b));
        case 5 -> new Ack(stream, number);
        case 6 -> new Missed(stream, number);
        default -> throw new IllegalArgumentException("stream message " + kind);
      };
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a short stream message", e);
    }
  }

  private static List<byte[]> items(ByteBuffer b) {
    int n = b.getInt();
    if (n < 0 || n > b.remaining() / 4) throw new IllegalArgumentException(n + " items");
    List<byte[]> items = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      int length = b.getInt();
      if (length < 0 || length > b.remaining()) {
        throw new IllegalArgumentException("an item of " + length + " bytes");
      }
      byte[] item = new byte[length];
      b.get(item);
      items.add(item);
    }
    return items;
  }
}
