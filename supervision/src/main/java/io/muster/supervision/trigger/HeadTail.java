package io.muster.supervision.trigger;

import java.nio.charset.StandardCharsets;

/// The beginning and the end of what a command prints: 8 KiB of each. Used by one thread.
final class HeadTail {
  static final int PART = 8 << 10;
  private final byte[] head = new byte[PART];
  private final byte[] tail = new byte[PART];
  private int headLength;
  private int tailAt;
  private long total;

  void add(byte[] bytes, int length) {
    int first = Math.min(length, PART - headLength);
    System.arraycopy(bytes, 0, head, headLength, first);
    headLength += first;
    // Of more than the tail holds only the end can stay.
    for (int i = Math.max(first, length - PART); i < length; i++) {
      tail[tailAt] = bytes[i];
      tailAt = (tailAt + 1) % PART;
    }
    total += length;
  }

  /// As text, with a line that says what was left out.
  String text() {
    long after = total - headLength;
    if (after <= 0) return text(head, headLength);
    if (after <= PART) {
      byte[] all = new byte[headLength + (int) after];
      System.arraycopy(head, 0, all, 0, headLength);
      // A long piece may have gone round: only the last of it is in the ring, in order.
      int start = Math.floorMod(tailAt - (int) after, PART);
      for (int i = 0; i < after; i++) all[headLength + i] = tail[(start + i) % PART];
      return text(all, all.length);
    }
    byte[] end = new byte[PART];
    for (int i = 0; i < PART; i++) end[i] = tail[(tailAt + i) % PART];
    return text(head, headLength)
        + "\n… "
        + (after - PART)
        + " bytes left out …\n"
        + text(end, PART);
  }

  private static String text(byte[] bytes, int length) {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
