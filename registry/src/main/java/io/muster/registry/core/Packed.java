package io.muster.registry.core;

import java.nio.ByteBuffer;
import java.util.List;

/// Several commands in one log entry, format 1: `u8 format ‖ u32 count ‖ (u32 length ‖ bytes)…`.
/// Results of forwarded entries travel in the same form.
public final class Packed {
  private static final int FORMAT = 1;

  private Packed() {}

  public static ByteBuffer pack(List<byte[]> commands) {
    int size = 5;
    for (byte[] c : commands) size += 4 + c.length;
    ByteBuffer b = ByteBuffer.allocate(size).put((byte) FORMAT).putInt(commands.size());
    for (byte[] c : commands) b.putInt(c.length).put(c);
    return b.flip();
  }

  /// @throws IllegalArgumentException when the bytes are no entry of a known format
  public static byte[][] unpack(ByteBuffer entry) {
    ByteBuffer b = entry.slice();
    if (b.remaining() < 5)
      throw new IllegalArgumentException("an entry of " + b.remaining() + " bytes");
    int format = b.get();
    if (format != FORMAT) throw new IllegalArgumentException("entry format " + format);
    int count = b.getInt();
    if (count < 0 || count > b.remaining() / 4) {
      throw new IllegalArgumentException("an entry of " + count + " commands");
    }
    byte[][] commands = new byte[count][];
    for (int i = 0; i < count; i++) {
      int length = b.remaining() < 4 ? -1 : b.getInt();
      if (length < 0 || length > b.remaining()) {
        throw new IllegalArgumentException("a command of " + length + " bytes");
      }
      commands[i] = new byte[length];
      b.get(commands[i]);
    }
    return commands;
  }
}
