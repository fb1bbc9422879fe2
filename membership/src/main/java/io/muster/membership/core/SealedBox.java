package io.muster.membership.core;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Seals datagrams with AES-256-GCM under a ring of keys: the first seals, all open, so a secret
/// can be rotated while members run.
///
/// Format 1: `u8 format ‖ u32 salt ‖ u64 counter ‖ ciphertext ‖ 16 tag`. Salt and counter are the
/// nonce: the salt is random per process, the counter never repeats; the format byte is
/// authenticated. A datagram that comes twice, or is older than the last 64 of its sender, is
/// dropped. Confined to one thread, but for [#keys].
public final class SealedBox {
  static final int FORMAT = 1;
  static final int HEADER = 13;
  static final int OVERHEAD = HEADER + 16;
  private static final int SENDERS_MAX = 4096;

  private static final class Window {
    long highest;
    long seen;
  }

  private volatile List<SecretKeySpec> ring;
  private final int salt;
  private final Cipher cipher;
  private long counter;
  private final Map<Integer, Window> windows =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Window> eldest) {
          return size() > SENDERS_MAX;
        }
      };

  /// @param keys of 32 bytes, the current one first
  /// @param salt random, new for each process
  public SealedBox(List<byte[]> keys, int salt) {
    this.ring = ring(keys);
    this.salt = salt;
    try {
      this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Takes other keys from now on; any thread.
  ///
  /// @param keys of 32 bytes, the current one first
  public void keys(List<byte[]> keys) {
    ring = ring(keys);
  }

  private static List<SecretKeySpec> ring(List<byte[]> keys) {
    return keys.stream().map(k -> new SecretKeySpec(k, "AES")).toList();
  }

  public byte[] seal(byte[] plain) {
    ByteBuffer out = ByteBuffer.allocate(plain.length + OVERHEAD);
    out.put((byte) FORMAT).putInt(salt).putLong(++counter);
    try {
      prepare(Cipher.ENCRYPT_MODE, ring.getFirst(), out.array());
      cipher.doFinal(plain, 0, plain.length, out.array(), HEADER);
      return out.array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The plain bytes; empty when the datagram is not of this cluster, was changed, or came before.
  public Optional<byte[]> open(byte[] bytes, int length) {
    if (length < OVERHEAD || bytes[0] != FORMAT) return Optional.empty();
    for (SecretKeySpec key : ring) {
      try {
        prepare(Cipher.DECRYPT_MODE, key, bytes);
        byte[] plain = cipher.doFinal(bytes, HEADER, length - HEADER);
        ByteBuffer head = ByteBuffer.wrap(bytes, 1, 12);
        return fresh(head.getInt(), head.getLong()) ? Optional.of(plain) : Optional.empty();
      } catch (GeneralSecurityException e) {
        // Another key of the ring, or nobody of ours.
      }
    }
    return Optional.empty();
  }

  private void prepare(int mode, SecretKeySpec key, byte[] bytes) throws GeneralSecurityException {
    cipher.init(mode, key, new GCMParameterSpec(128, bytes, 1, 12));
    cipher.updateAAD(bytes, 0, 1);
  }

  private boolean fresh(int sender, long count) {
    Window w = windows.computeIfAbsent(sender, _ -> new Window());
    if (count > w.highest) {
      long shift = count - w.highest;
      w.seen = shift >= 64 ? 1 : w.seen << shift | 1;
      w.highest = count;
      return true;
    }
    long back = w.highest - count;
    if (back >= 64 || (w.seen & 1L << back) != 0) return false;
    w.seen |= 1L << back;
    return true;
  }
}
