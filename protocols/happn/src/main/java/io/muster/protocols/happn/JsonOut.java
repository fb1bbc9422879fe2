package io.muster.protocols.happn;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A growing buffer of JSON text in UTF-8, written by hand: frames have few shapes and are the hot
/// path.
final class JsonOut {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private byte[] buffer;
  private int n;

  JsonOut(int capacity) {
    buffer = new byte[Math.max(64, capacity)];
  }

  JsonOut clear() {
    n = 0;
    if (buffer.length > 1 << 20) buffer = new byte[1 << 10];
    return this;
  }

  private void room(int more) {
    if (buffer.length - n < more) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, n + more));
    }
  }

  JsonOut raw(char ascii) {
    room(1);
    buffer[n++] = (byte) ascii;
    return this;
  }

  @SuppressWarnings("deprecation")
  JsonOut raw(String ascii) {
    int length = ascii.length();
    room(length);
    ascii.getBytes(0, length, buffer, n);
    n += length;
    return this;
  }

  JsonOut raw(byte[] bytes) {
    return raw(bytes, 0, bytes.length);
  }

  JsonOut raw(byte[] bytes, int from, int to) {
    room(to - from);
    System.arraycopy(bytes, from, buffer, n, to - from);
    n += to - from;
    return this;
  }

  JsonOut number(long v) {
    return raw(Long.toString(v));
  }

  /// A JSON string with quotes.
  JsonOut string(String s) {
    int length = s.length();
    room(length + 2);
    int start = n;
    buffer[n++] = '"';
    for (int i = 0; i < length; i++) {
      char c = s.charAt(i);
      if (c < 0x20 || c == '"' || c == '\\' || c > 0x7e) {
        n = start;
        return escaped(s);
      }
      buffer[n++] = (byte) c;
    }
    buffer[n++] = '"';
    return this;
  }

  private JsonOut escaped(String s) {
    raw('"');
    byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
    room(utf8.length * 6 + 1);
    for (byte b : utf8) {
      if (b == '"' || b == '\\') {
        buffer[n++] = '\\';
        buffer[n++] = b;
      } else if (b >= 0 && b < 0x20) {
        buffer[n++] = '\\';
        buffer[n++] = 'u';
        buffer[n++] = '0';
        buffer[n++] = '0';
        buffer[n++] = HEX[b >> 4];
        buffer[n++] = HEX[b & 15];
      } else {
        buffer[n++] = b;
      }
    }
    return raw('"');
  }

  byte[] array() {
    return buffer;
  }

  int length() {
    return n;
  }

  byte[] toBytes() {
    return Arrays.copyOf(buffer, n);
  }
}
