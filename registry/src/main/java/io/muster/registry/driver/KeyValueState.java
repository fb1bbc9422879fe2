package io.muster.registry.driver;

import io.muster.registry.ReplicatedState;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/// The state of the group `meta`: a sorted map in memory, rebuilt from snapshot and log at start.
///
/// A command, format 1: `u8 format ‖ u8 kind (1 put, 2 put if absent) ‖ u16 key length ‖ key ‖
/// value`; its result is the value afterwards. A snapshot is the file `registry`: `u8 format ‖ u64
/// applied ‖ u32 count ‖ (UTF key ‖ u32 length ‖ value)…`.
final class KeyValueState implements ReplicatedState {
  private static final int FORMAT = 1;
  private static final String FILE = "registry";
  private final ConcurrentSkipListMap<String, byte[]> values = new ConcurrentSkipListMap<>();
  private volatile long applied;

  static byte[] command(boolean ifAbsent, String key, byte[] value) {
    byte[] k = key.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(4 + k.length + value.length)
        .put((byte) FORMAT)
        .put((byte) (ifAbsent ? 2 : 1))
        .putShort((short) k.length)
        .put(k)
        .put(value)
        .array();
  }

  Map<String, byte[]> values() {
    return values;
  }

  @Override
  public long appliedIndex() {
    return applied;
  }

  @Override
  public byte[][] apply(long index, byte[][] commands) {
    byte[][] results = new byte[commands.length][];
    for (int i = 0; i < commands.length; i++) {
      ByteBuffer b = ByteBuffer.wrap(commands[i]);
      int format = b.get();
      if (format != FORMAT) throw new IllegalArgumentException("registry command format " + format);
      boolean ifAbsent = b.get() == 2;
      byte[] k = new byte[b.getShort() & 0xffff];
      b.get(k);
      byte[] v = new byte[b.remaining()];
      b.get(v);
      String key = new String(k, StandardCharsets.UTF_8);
      if (ifAbsent) values.putIfAbsent(key, v);
      else values.put(key, v);
      results[i] = values.getOrDefault(key, v);
    }
    applied = index;
    return results;
  }

  @Override
  public void save(Path directory) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(Files.newOutputStream(directory.resolve(FILE))))) {
      out.writeByte(FORMAT);
      out.writeLong(applied);
      out.writeInt(values.size());
      for (Map.Entry<String, byte[]> e : values.entrySet()) {
        out.writeUTF(e.getKey());
        out.writeInt(e.getValue().length);
        out.write(e.getValue());
      }
    }
  }

  @Override
  public void load(Path directory) throws IOException {
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(Files.newInputStream(directory.resolve(FILE))))) {
      int format = in.readByte();
      if (format != FORMAT) throw new IOException("registry snapshot format " + format);
      long index = in.readLong();
      int n = in.readInt();
      values.clear();
      for (int i = 0; i < n; i++) {
        String key = in.readUTF();
        values.put(key, in.readNBytes(in.readInt()));
      }
      applied = index;
    }
  }
}
