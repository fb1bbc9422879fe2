package io.muster.link.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Small helpers for the fixed-order binary messages of links: big-endian numbers, texts with a
/// 16-bit length.
final class Wire {
  private final ByteBuffer buffer;

  private Wire(ByteBuffer buffer) {
    this.buffer = buffer;
  }

  static Wire writer(int capacity) {
    return new Wire(ByteBuffer.allocate(capacity));
  }

  static Wire reader(byte[] bytes) {
    return new Wire(ByteBuffer.wrap(bytes));
  }

  Wire u8(int v) {
    buffer.put((byte) v);
    return this;
  }

  Wire u16(int v) {
    buffer.putShort((short) v);
    return this;
  }

  Wire u32(int v) {
    buffer.putInt(v);
    return this;
  }

  Wire u64(long v) {
    buffer.putLong(v);
    return this;
  }

  Wire raw(byte[] v) {
    buffer.put(v);
    return this;
  }

  Wire text(String v) {
    byte[] utf8 = v.getBytes(StandardCharsets.UTF_8);
    return u16(utf8.length).raw(utf8);
  }

  byte[] done() {
    byte[] all = new byte[buffer.position()];
    buffer.flip().get(all);
    return all;
  }

  int u8() {
    need(1);
    return buffer.get() & 0xff;
  }

  int u16() {
    need(2);
    return buffer.getShort() & 0xffff;
  }

  int u32() {
    need(4);
    return buffer.getInt();
  }

  long u64() {
    need(8);
    return buffer.getLong();
  }

  byte[] raw(int n) {
    need(n);
    byte[] v = new byte[n];
    buffer.get(v);
    return v;
  }

  String text(int max) {
    int n = u16();
    if (n > max) throw new HandshakeException("a text of " + n + " bytes, at most " + max);
    return new String(raw(n), StandardCharsets.UTF_8);
  }

  /// Whether something follows: a newer peer says more than an older one.
  boolean more() {
    return buffer.hasRemaining();
  }

  private void need(int n) {
    if (buffer.remaining() < n) throw new HandshakeException("a message ends too early");
  }
}
