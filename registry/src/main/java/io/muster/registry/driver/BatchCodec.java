package io.muster.registry.driver;

import io.muster.registry.RegistryBatch;
import io.muster.registry.RegistryBatch.Condition;
import io.muster.registry.RegistryBatch.Step;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// A batch as a command of the registry: `u8 format ‖ u8 kind 4 ‖ u16 conditions ‖ … ‖ u16 steps ‖
/// …`. A condition is `u8 (1 present, 2 absent, 3 same) ‖ key [‖ value]`, a step `u8 (1 put, 2
/// remove, 3 remove all) ‖ key [‖ value]`; a key is `u16 length ‖ UTF-8`, a value `u32 length ‖
/// bytes`.
final class BatchCodec {
  private static final int COUNT_MAX = 0xffff;

  private BatchCodec() {}

  static byte[] command(RegistryBatch batch) {
    Out out = new Out();
    out.write(KeyValueState.FORMAT);
    out.write(KeyValueState.Kind.BATCH.id);
    out.count(batch.conditions().size());
    for (Condition c : batch.conditions()) {
      switch (c) {
        case Condition.Present p -> out.kind(1).key(p.key());
        case Condition.Absent a -> out.kind(2).key(a.key());
        case Condition.Same s -> out.kind(3).key(s.key()).value(s.value());
      }
    }
    out.count(batch.steps().size());
    for (Step step : batch.steps()) {
      switch (step) {
        case Step.Put p -> out.kind(1).key(p.key()).value(p.value());
        case Step.Remove r -> out.kind(2).key(r.key());
        case Step.RemoveAll r -> out.kind(3).key(r.prefix());
      }
    }
    return out.toByteArray();
  }

  /// @param b behind format and kind
  static RegistryBatch read(ByteBuffer b) {
    RegistryBatch batch = new RegistryBatch();
    for (int n = b.getShort() & 0xffff; n > 0; n--) {
      int kind = b.get();
      String key = key(b);
      switch (kind) {
        case 1 -> batch.onlyIfPresent(key);
        case 2 -> batch.onlyIfAbsent(key);
        case 3 -> batch.onlyIfStill(key, value(b));
        default -> throw new IllegalArgumentException("condition of a batch: kind " + kind);
      }
    }
    for (int n = b.getShort() & 0xffff; n > 0; n--) {
      int kind = b.get();
      String key = key(b);
      switch (kind) {
        case 1 -> batch.put(key, value(b));
        case 2 -> batch.remove(key);
        case 3 -> batch.removeAll(key);
        default -> throw new IllegalArgumentException("step of a batch: kind " + kind);
      }
    }
    return batch;
  }

  private static String key(ByteBuffer b) {
    byte[] k = new byte[b.getShort() & 0xffff];
    b.get(k);
    return new String(k, StandardCharsets.UTF_8);
  }

  private static byte[] value(ByteBuffer b) {
    byte[] v = new byte[b.getInt()];
    b.get(v);
    return v;
  }

  private static final class Out extends ByteArrayOutputStream {
    Out kind(int kind) {
      write(kind);
      return this;
    }

    void count(int n) {
      if (n > COUNT_MAX) {
        throw new IllegalArgumentException(
            "a batch of " + n + " conditions or steps: at most " + COUNT_MAX);
      }
      write(n >>> 8);
      write(n);
    }

    Out key(String key) {
      byte[] k = key.getBytes(StandardCharsets.UTF_8);
      count(k.length);
      writeBytes(k);
      return this;
    }

    void value(byte[] value) {
      writeBytes(ByteBuffer.allocate(4).putInt(value.length).array());
      writeBytes(value);
    }
  }
}
