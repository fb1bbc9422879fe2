package io.muster.bench.core;

import java.nio.charset.StandardCharsets;

/// What every payload begins with: when the message was due, who sent it, and which of its sender's
/// messages on its topic it is.
///
/// Hexadecimal text of fixed width, so that it passes through JSON unchanged and is found without
/// parsing. Little state, no thread: [#find] looks for it in the first bytes of a frame.
public final class Stamp {
  private static final byte[] MARK = "mb~".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final int TIME = 16;
  private static final int SENDER = 6;
  private static final int SEQUENCE = 11;

  /// Bytes a stamp takes.
  public static final int LENGTH = 3 + TIME + SENDER + SEQUENCE;

  /// The largest sender number that fits.
  public static final int SENDER_MAX = (1 << (4 * SENDER)) - 1;

  private Stamp() {}

  /// Writes a stamp over `to[at]` and what follows.
  ///
  /// @param dueNanos of the clock that the reader will compare it with
  /// @param sender 0 to [#SENDER_MAX]
  /// @param sequence from 1, below 2⁴⁴
  public static void write(byte[] to, int at, long dueNanos, int sender, long sequence) {
    System.arraycopy(MARK, 0, to, at, MARK.length);
    hex(to, at + 3, TIME, dueNanos);
    hex(to, at + 3 + TIME, SENDER, sender);
    hex(to, at + 3 + TIME + SENDER, SEQUENCE, sequence);
  }

  private static void hex(byte[] to, int at, int digits, long value) {
    for (int i = at + digits - 1; i >= at; i--, value >>>= 4) to[i] = DIGITS[(int) value & 15];
  }

  /// Where the first whole stamp in `[from, to)` begins, or -1.
  public static int find(byte[] in, int from, int to) {
    for (int i = from; i <= to - LENGTH; i++) {
      if (in[i] == 'm' && in[i + 1] == 'b' && in[i + 2] == '~') return i;
    }
    return -1;
  }

  /// When the message was due.
  public static long dueNanos(byte[] in, int at) {
    return value(in, at + 3, TIME);
  }

  /// Who sent it.
  public static int sender(byte[] in, int at) {
    return (int) value(in, at + 3 + TIME, SENDER);
  }

  /// Which of its sender's messages it is, from 1.
  public static long sequence(byte[] in, int at) {
    return value(in, at + 3 + TIME + SENDER, SEQUENCE);
  }

  private static long value(byte[] in, int from, int digits) {
    long v = 0;
    for (int i = from; i < from + digits; i++) {
      int c = in[i];
      v = (v << 4) | (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return v;
  }
}
