package io.muster.registry.driver;

import io.muster.registry.Registry;
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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The state of the group `meta`: a sorted map in memory, rebuilt from snapshot and log at start.
///
/// A command, format 1: `u8 format ‖ u8 kind (1 put, 2 put if absent, 3 remove) ‖ u16 key length ‖
/// key ‖ value`; its result is the value afterwards, empty for a removal. A snapshot is the file
/// `registry`: `u8 format ‖ u64 applied ‖ u32 count ‖ (UTF key ‖ u32 length ‖ value)…`.
final class KeyValueState implements ReplicatedState {
  private static final int FORMAT = 1;
  private static final String FILE = "registry";
  private final ConcurrentSkipListMap<String, byte[]> values = new ConcurrentSkipListMap<>();
  private final List<Watch> watches = new CopyOnWriteArrayList<>();
  private volatile long applied;

  private record Watch(String prefix, Consumer<Registry.Change> watcher) {}

  /// What a command does.
  enum Kind {
    PUT(1),
    PUT_IF_ABSENT(2),
    REMOVE(3);

    private final int id;

    Kind(int id) {
      this.id = id;
    }

    static Kind of(int id) {
      for (Kind k : values()) if (k.id == id) return k;
      throw new IllegalArgumentException("registry command kind " + id);
    }
  }

  static byte[] command(Kind kind, String key, byte[] value) {
    byte[] k = key.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(4 + k.length + value.length)
        .put((byte) FORMAT)
        .put((byte) kind.id)
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
      Kind kind = Kind.of(b.get());
      byte[] k = new byte[b.getShort() & 0xffff];
      b.get(k);
      byte[] v = new byte[b.remaining()];
      b.get(v);
      String key = new String(k, StandardCharsets.UTF_8);
      byte[] before = values.get(key);
      switch (kind) {
        case PUT -> values.put(key, v);
        case PUT_IF_ABSENT -> values.putIfAbsent(key, v);
        case REMOVE -> values.remove(key);
      }
      byte[] after = values.get(key);
      if (after != before) tell(key, after);
      results[i] = after == null ? new byte[0] : after;
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
      Map<String, byte[]> loaded = new HashMap<>();
      for (int i = 0; i < n; i++) {
        String key = in.readUTF();
        loaded.put(key, in.readNBytes(in.readInt()));
      }
      replace(loaded);
      applied = index;
    }
  }

  /// Takes a snapshot's values; watchers are told what differs.
  private void replace(Map<String, byte[]> loaded) {
    for (String key : List.copyOf(values.keySet())) {
      if (loaded.containsKey(key)) continue;
      values.remove(key);
      tell(key, null);
    }
    loaded.forEach(
        (key, v) -> {
          byte[] before = values.put(key, v);
          if (!Arrays.equals(before, v)) tell(key, v);
        });
  }

  private void tell(String key, byte @Nullable [] value) {
    for (Watch w : watches) {
      if (key.startsWith(w.prefix)) w.watcher.accept(new Registry.Change(key, value));
    }
  }

  AutoCloseable watch(String prefix, Consumer<Registry.Change> watcher) {
    Watch w = new Watch(prefix, watcher);
    watches.add(w);
    return () -> watches.remove(w);
  }
}
