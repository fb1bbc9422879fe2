package io.muster.registry.driver;

import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// The state of the group `meta`: a sorted map in memory, rebuilt from snapshot and log at start.
///
/// A command, format 1: `u8 format ‖ u8 kind (1 put, 2 put if absent, 3 remove) ‖ u16 key length ‖
/// key ‖ value`; its result is the value afterwards, empty for a removal. Kind 4 is a batch, see
/// [BatchCodec]. A snapshot is the file `registry`: `u8 format 2 ‖ u64 applied ‖ u32 count ‖ (UTF
/// key ‖ u64 index ‖ u32 length ‖ value)…`; format 1, which is read as well, has no index.
final class KeyValueState implements ReplicatedState {
  static final int FORMAT = 1;
  private static final int SNAPSHOT_FORMAT = 2;
  private static final String FILE = "registry";
  private final ConcurrentSkipListMap<String, Registry.Held> values = new ConcurrentSkipListMap<>();
  private final List<Watch> watches = new CopyOnWriteArrayList<>();

  /// Held while an entry is applied and while a snapshot is written or taken: a snapshot has an
  /// entry whole or not at all.
  private final ReentrantLock whole = new ReentrantLock();

  private volatile long applied;

  private record Watch(String prefix, Consumer<List<Registry.Change>> watcher) {}

  /// What a command does.
  enum Kind {
    PUT(1),
    PUT_IF_ABSENT(2),
    REMOVE(3),
    BATCH(4);

    final int id;

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

  Optional<byte[]> value(String key) {
    return Optional.ofNullable(values.get(key)).map(Registry.Held::value);
  }

  @Override
  public long appliedIndex() {
    return applied;
  }

  @Override
  public byte[][] apply(long index, byte[][] commands) {
    byte[][] results = new byte[commands.length][];
    whole.lock();
    try {
      for (int i = 0; i < commands.length; i++)
        results[i] = apply(index, ByteBuffer.wrap(commands[i]));
      applied = index;
    } finally {
      whole.unlock();
    }
    return results;
  }

  private byte[] apply(long index, ByteBuffer b) {
    int format = b.get();
    if (format != FORMAT) throw new IllegalArgumentException("registry command format " + format);
    List<Registry.Change> changes = new ArrayList<>(1);
    Kind kind = Kind.of(b.get());
    byte[] result = kind == Kind.BATCH ? batch(index, b, changes) : one(index, kind, b, changes);
    tell(changes);
    return result;
  }

  private byte[] one(long index, Kind kind, ByteBuffer b, List<Registry.Change> changes) {
    byte[] k = new byte[b.getShort() & 0xffff];
    b.get(k);
    byte[] v = new byte[b.remaining()];
    b.get(v);
    String key = new String(k, StandardCharsets.UTF_8);
    switch (kind) {
      case PUT -> put(key, v, index, changes);
      case PUT_IF_ABSENT -> {
        if (!values.containsKey(key)) put(key, v, index, changes);
      }
      case REMOVE -> remove(key, index, changes);
      case BATCH -> throw new IllegalArgumentException("a batch is no change of one key");
    }
    return value(key).orElse(new byte[0]);
  }

  private byte[] batch(long index, ByteBuffer b, List<Registry.Change> changes) {
    RegistryBatch batch = BatchCodec.read(b);
    if (!batch.conditions().stream().allMatch(this::holds)) {
      return new byte[] {(byte) (batch.steps().stream().allMatch(this::done) ? 1 : 0)};
    }
    for (RegistryBatch.Step step : batch.steps()) {
      switch (step) {
        case RegistryBatch.Step.Put p -> put(p.key(), p.value(), index, changes);
        case RegistryBatch.Step.Remove r -> remove(r.key(), index, changes);
        case RegistryBatch.Step.RemoveAll r -> {
          for (String key : List.copyOf(below(r.prefix()).keySet())) {
            remove(key, index, changes);
          }
        }
      }
    }
    return new byte[] {1};
  }

  private boolean holds(RegistryBatch.Condition condition) {
    byte[] there = value(condition.key()).orElse(null);
    return switch (condition) {
      case RegistryBatch.Condition.Present _ -> there != null;
      case RegistryBatch.Condition.Absent _ -> there == null;
      case RegistryBatch.Condition.Same s -> Arrays.equals(there, s.value());
    };
  }

  private boolean done(RegistryBatch.Step step) {
    return switch (step) {
      case RegistryBatch.Step.Put p -> Arrays.equals(value(p.key()).orElse(null), p.value());
      case RegistryBatch.Step.Remove r -> !values.containsKey(r.key());
      case RegistryBatch.Step.RemoveAll r -> below(r.prefix()).isEmpty();
    };
  }

  private void put(String key, byte[] value, long index, List<Registry.Change> changes) {
    values.put(key, new Registry.Held(value, index));
    changes.add(new Registry.Change(key, value, index));
  }

  private void remove(String key, long index, List<Registry.Change> changes) {
    if (values.remove(key) != null) changes.add(new Registry.Change(key, null, index));
  }

  /// Everything whose key begins so; a view.
  Map<String, Registry.Held> below(String prefix) {
    ConcurrentNavigableMap<String, Registry.Held> from = values.tailMap(prefix, true);
    // No key has the last character of all.
    return prefix.isEmpty() ? from : from.headMap(prefix + '\uffff', false);
  }

  @Override
  public long save(Path directory) throws IOException {
    whole.lock();
    try {
      write(directory);
      return applied;
    } finally {
      whole.unlock();
    }
  }

  private void write(Path directory) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(Files.newOutputStream(directory.resolve(FILE))))) {
      out.writeByte(SNAPSHOT_FORMAT);
      out.writeLong(applied);
      out.writeInt(values.size());
      for (Map.Entry<String, Registry.Held> e : values.entrySet()) {
        out.writeUTF(e.getKey());
        out.writeLong(e.getValue().index());
        out.writeInt(e.getValue().value().length);
        out.write(e.getValue().value());
      }
    }
  }

  @Override
  public void load(Path directory) throws IOException {
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(Files.newInputStream(directory.resolve(FILE))))) {
      int format = in.readByte();
      if (format != 1 && format != SNAPSHOT_FORMAT) {
        throw new IOException("registry snapshot format " + format);
      }
      long index = in.readLong();
      int n = in.readInt();
      Map<String, Registry.Held> loaded = new HashMap<>();
      for (int i = 0; i < n; i++) {
        String key = in.readUTF();
        long set = format == 1 ? 0 : in.readLong();
        loaded.put(key, new Registry.Held(in.readNBytes(in.readInt()), set));
      }
      whole.lock();
      try {
        replace(loaded, index);
        applied = index;
      } finally {
        whole.unlock();
      }
    }
  }

  /// Takes a snapshot's values; watchers are told what differs.
  private void replace(Map<String, Registry.Held> loaded, long index) {
    List<Registry.Change> changes = new ArrayList<>();
    for (String key : List.copyOf(values.keySet())) {
      if (!loaded.containsKey(key)) remove(key, index, changes);
    }
    loaded.forEach(
        (key, held) -> {
          if (Arrays.equals(value(key).orElse(null), held.value())) values.put(key, held);
          else put(key, held.value(), held.index(), changes);
        });
    tell(changes);
  }

  private void tell(List<Registry.Change> changes) {
    if (changes.isEmpty()) return;
    for (Watch w : watches) {
      List<Registry.Change> seen =
          changes.stream().filter(c -> c.key().startsWith(w.prefix)).toList();
      if (!seen.isEmpty()) w.watcher.accept(seen);
    }
  }

  AutoCloseable watch(String prefix, Consumer<List<Registry.Change>> watcher) {
    Watch w = new Watch(prefix, watcher);
    watches.add(w);
    return () -> watches.remove(w);
  }
}
