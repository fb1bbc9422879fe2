package io.muster.registry.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// One file of the log: a header, then records, then whatever was there before.
///
/// Format 1, big-endian. Header (40 bytes): magic `MUSTERLG`, `u32` format, `u32` CRC-32C of the
/// other fields, `u64` salt, `u64` index of the first record, `u64` batch of the next. Record:
/// `u32` length of the payload, `u32` CRC-32C of salt, length and all that follows, `u64` index,
/// `u64` term, `u32` batch, `u32` kind, payload, zeros to a multiple of 8. Batch counts the forces
/// of the log: a record of a later batch proves that all earlier batches had reached the disk.
///
/// The salt is chosen anew each time a file is put to use, so that what an earlier use left behind
/// is never taken for a record.
final class Segment implements Closeable {
  static final int HEADER = 40;
  static final int RECORD_HEADER = 32;
  static final int FORMAT = 1;
  static final long MAGIC = 0x4d55535445524c47L;

  final Path file;
  final long salt;
  final long first;
  final int capacity;

  /// Where the next record begins.
  int end = HEADER;

  private int[] offsets = new int[256];
  private int count;
  private @Nullable FileChannel reading;

  Segment(Path file, long salt, long first, int capacity) {
    this.file = file;
    this.salt = salt;
    this.first = first;
    this.capacity = capacity;
  }

  /// The index of the last record; `first - 1` when there is none.
  long last() {
    return first + count - 1;
  }

  /// A record ends at `end`: the next one begins there.
  void add(int offset, int end) {
    if (count == offsets.length) offsets = Arrays.copyOf(offsets, count * 2);
    offsets[count++] = offset;
    this.end = end;
  }

  int offset(long index) {
    return offsets[(int) (index - first)];
  }

  static int sizeOf(int payloadLength) {
    return (RECORD_HEADER + payloadLength + 7) & ~7;
  }

  /// The header of a segment about to be used.
  ///
  /// @param batch of the first record to come
  static ByteBuffer header(long salt, long first, int batch) {
    ByteBuffer h = ByteBuffer.allocate(HEADER);
    h.putLong(MAGIC).putInt(FORMAT).putInt(0).putLong(salt).putLong(first).putLong(batch).flip();
    return h.putInt(12, headerSum(h));
  }

  private static int headerSum(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.slice(0, 12));
    crc.update(header.slice(16, HEADER - 16));
    return (int) crc.getValue();
  }

  /// The segment that a header tells of.
  ///
  /// @param whole the file
  static Segment of(Path file, ByteBuffer whole) throws LogCorruptException {
    if (whole.limit() < HEADER) throw new LogCorruptException(file, 0, "it has no header");
    if (whole.getLong(0) != MAGIC || whole.getInt(12) != headerSum(whole)) {
      throw new LogCorruptException(file, 0, "its header is damaged");
    }
    if (whole.getInt(8) != FORMAT) {
      throw new LogCorruptException(
          file,
          8,
          "its format is " + whole.getInt(8) + ", this version of Muster reads format " + FORMAT);
    }
    return new Segment(file, whole.getLong(16), whole.getLong(24), whole.limit());
  }

  /// Appends a record to `out`, whose position is a multiple of 8.
  void put(ByteBuffer out, LogRecord r, int batch, CRC32C crc) {
    int at = out.position();
    int length = r.payload().remaining();
    out.putInt(length).putInt(0).putLong(r.index()).putLong(r.term());
    out.putInt(batch).putInt(r.kind()).put(r.payload().duplicate());
    while ((out.position() & 7) != 0) out.put((byte) 0);
    out.putInt(at + 4, sum(out, at, length, crc));
  }

  static int nextBatch(ByteBuffer whole) {
    return (int) whole.getLong(32);
  }

  private int sum(ByteBuffer in, int at, int length, CRC32C crc) {
    crc.reset();
    for (int shift = 56; shift >= 0; shift -= 8) crc.update((int) (salt >>> shift));
    for (int shift = 24; shift >= 0; shift -= 8) crc.update(length >>> shift);
    crc.update(in.slice(at + 8, RECORD_HEADER - 8 + length));
    return (int) crc.getValue();
  }

  /// Whether a whole record of this use of the file lies at `at`.
  boolean valid(ByteBuffer in, int at, CRC32C crc) {
    if (in.limit() - at < RECORD_HEADER) return false;
    int length = in.getInt(at);
    long index = in.getLong(at + 8);
    // The smallest index is 1, so zeros are no record; and what cannot be one costs no sum.
    return length >= 0
        && length <= in.limit() - at - RECORD_HEADER
        && index >= first
        && index - first <= capacity / RECORD_HEADER
        && in.getInt(at + 4) == sum(in, at, length, crc);
  }

  static long indexAt(ByteBuffer in, int at) {
    return in.getLong(at + 8);
  }

  static int batchAt(ByteBuffer in, int at) {
    return in.getInt(at + 24);
  }

  static int kindAt(ByteBuffer in, int at) {
    return in.getInt(at + 28);
  }

  static LogRecord recordAt(ByteBuffer in, int at) {
    ByteBuffer payload = in.slice(at + RECORD_HEADER, in.getInt(at));
    return new LogRecord(indexAt(in, at), in.getLong(at + 16), kindAt(in, at), payload);
  }

  /// Reads a record that this segment holds. Any thread.
  LogRecord read(long index, CRC32C crc) throws IOException {
    int at = offset(index);
    int after = index == last() ? end : offset(index + 1);
    ByteBuffer in = ByteBuffer.allocate(after - at);
    fill(in, at);
    if (!valid(in, 0, crc) || indexAt(in, 0) != index) {
      throw new LogCorruptException(file, at, "entry " + index + " is damaged");
    }
    return recordAt(in, 0);
  }

  /// Whoever is interrupted while it reads takes the channel with it: others open another.
  private void fill(ByteBuffer in, int at) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          in.clear();
          FileChannel channel = channel();
          while (in.hasRemaining()) {
            if (channel.read(in, at + in.position()) < 0) {
              throw new LogCorruptException(file, at, "it ends within an entry");
            }
          }
          return;
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
        } catch (ClosedChannelException e) {
          // Another reader was interrupted.
        }
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }

  private synchronized FileChannel channel() throws IOException {
    FileChannel c = reading;
    if (c == null || !c.isOpen()) {
      c = FileChannel.open(file, StandardOpenOption.READ);
      reading = c;
    }
    return c;
  }

  @Override
  public synchronized void close() throws IOException {
    if (reading != null) reading.close();
    reading = null;
  }
}
