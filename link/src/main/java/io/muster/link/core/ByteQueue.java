package io.muster.link.core;

/// Bytes that wait, first in, first out, in one ring: however small the pieces in which they come,
/// they cost no more than their number. Grows by doubling; its user bounds it.
final class ByteQueue {
  private static final int FIRST = 256;
  private byte[] ring = {};
  private int head;
  private int size;

  int size() {
    return size;
  }

  void add(byte[] bytes, int from, int length) {
    if (size + length > ring.length) grow(size + length);
    int tail = (head + size) % Math.max(1, ring.length);
    int first = Math.min(length, ring.length - tail);
    System.arraycopy(bytes, from, ring, tail, first);
    System.arraycopy(bytes, from + first, ring, 0, length - first);
    size += length;
  }

  private void grow(int needed) {
    int capacity = Math.max(FIRST, ring.length);
    while (capacity < needed) capacity *= 2;
    byte[] larger = new byte[capacity];
    copy(larger, size);
    ring = larger;
    head = 0;
  }

  private void copy(byte[] to, int length) {
    int first = Math.min(length, ring.length - head);
    System.arraycopy(ring, head, to, 0, first);
    System.arraycopy(ring, 0, to, first, length - first);
  }

  /// The first bytes, at most `max`; none when nothing waits.
  byte[] take(int max) {
    byte[] taken = new byte[Math.min(max, size)];
    copy(taken, taken.length);
    size -= taken.length;
    head = size == 0 ? 0 : (head + taken.length) % ring.length;
    return taken;
  }

  void clear() {
    ring = new byte[0];
    head = 0;
    size = 0;
  }
}
