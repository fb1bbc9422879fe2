package io.muster.registry.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A log of numbered records that survives crashes: what [#append] returned from is there after a
/// power cut, what it did not return from is there as a first part or not at all.
///
/// After a crash the end of the last file may be torn. What is damaged there is cut off if no force
/// can have covered it; anything else that is damaged ends [#open], and never silently the log.
///
/// Reads by any thread; changes one at a time. After a write that failed, all further changes fail:
/// nobody can tell what the disk has.
public final class SegmentLog implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(SegmentLog.class);

  /// The first file is small: most groups of a small cluster never need a second.
  private static final int FIRST_BYTES = 1 << 20;
  private static final int SEGMENT_BYTES = 8 << 20;
  private static final int BUFFER_BYTES = 256 << 10;

  /// A record that was in the log when it was opened and whose kind is not 0.
  public record Mark(long index, int kind) {}

  private final Path directory;
  private final SegmentFiles files;
  private final int firstBytes;
  private final ReentrantLock writer = new ReentrantLock();
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final TreeMap<Long, Segment> segments = new TreeMap<>();
  private final List<Mark> marks = new ArrayList<>();
  private final CRC32C crc = new CRC32C();
  private ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private @Nullable FileChannel out;
  /// Of the next record.
  private int batch = 1;
  private long firstKept = 1;
  private final AtomicLong grown = new AtomicLong();
  private volatile @Nullable IOException broken;

  private SegmentLog(Path directory, int firstBytes, int segmentBytes) {
    this.directory = directory;
    this.firstBytes = firstBytes;
    this.files = new SegmentFiles(directory, segmentBytes);
  }

  /// Opens the log of a directory, which is made when absent.
  ///
  /// @throws LogCorruptException naming file, byte and entry, when something is damaged that a
  ///     crash does not explain, or entries are missing
  public static SegmentLog open(Path directory) throws IOException {
    return open(directory, FIRST_BYTES, SEGMENT_BYTES);
  }

  static SegmentLog open(Path directory, int firstBytes, int segmentBytes) throws IOException {
    SegmentLog opened = new SegmentLog(directory, firstBytes, segmentBytes);
    try {
      opened.recover();
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
    return opened;
  }

  // --- recovery

  private void recover() throws IOException {
    List<Path> found = files.list();
    ByteBuffer whole = null;
    for (int i = 0; i < found.size(); i++) {
      Path file = found.get(i);
      whole = SegmentFiles.read(file, whole);
      Segment s = Segment.of(file, whole);
      if (s.first != SegmentFiles.firstIndex(file)) {
        throw new LogCorruptException(file, 24, "it begins with entry " + s.first);
      }
      scan(s, whole);
      grown.addAndGet(s.end);
      segments.put(s.first, s);
      boolean newest = i == found.size() - 1;
      if (newest) tail(s, whole);
      else if (SegmentFiles.firstIndex(found.get(i + 1)) != s.last() + 1) {
        throw new LogCorruptException(
            file,
            s.end,
            "entry "
                + (s.last() + 1)
                + " is damaged or missing, the next file begins with entry "
                + SegmentFiles.firstIndex(found.get(i + 1)));
      }
    }
    if (segments.isEmpty()) begin(1);
    firstKept = segments.firstEntry().getValue().first;
    openTail();
  }

  private void scan(Segment s, ByteBuffer whole) {
    batch = Segment.nextBatch(whole);
    int at = Segment.HEADER;
    while (s.valid(whole, at, crc) && Segment.indexAt(whole, at) == s.last() + 1) {
      batch = Segment.batchAt(whole, at) + 1;
      int kind = Segment.kindAt(whole, at);
      if (kind != 0) marks.add(new Mark(s.last() + 1, kind));
      int next = at + Segment.sizeOf(whole.getInt(at));
      s.add(at, next);
      at = next;
    }
  }

  /// Looks at what follows the last whole record of the newest file.
  private void tail(Segment s, ByteBuffer whole) throws IOException {
    boolean torn = false;
    for (int at = s.end; at + Segment.RECORD_HEADER <= whole.limit(); at += 8) {
      if (whole.getLong(at + 8) <= s.last() || !s.valid(whole, at, crc)) continue;
      torn = true;
      // Records of the batch that comes next may have been on their way; those of the batch after
      // that were only written when all before had been forced.
      if (Segment.batchAt(whole, at) > batch) {
        throw new LogCorruptException(
            s.file,
            s.end,
            "entry "
                + (s.last() + 1)
                + " is damaged, while entry "
                + Segment.indexAt(whole, at)
                + ", which was written after it had been forced to disk, is whole");
      }
    }
    if (!torn) return;
    // What a torn batch left may not come to life behind records written later.
    log.info("log_tail_cut file={} last={} at={}", s.file, s.last(), s.end);
    replace(s, s.last());
  }

  private void begin(long first) throws IOException {
    segments.put(first, files.create(first, firstBytes, batch, (_, _) -> {}));
  }

  private Segment active() {
    return segments.lastEntry().getValue();
  }

  private void openTail() throws IOException {
    if (out != null) out.close();
    out = FileChannel.open(active().file, StandardOpenOption.WRITE);
  }

  // --- reading

  /// What was found at the beginning, in the order of the log.
  public List<Mark> marks() {
    return List.copyOf(marks);
  }

  /// The first index that is in the log, or would be if it had any.
  public long first() {
    lock.readLock().lock();
    try {
      return firstKept;
    } finally {
      lock.readLock().unlock();
    }
  }

  /// The last index in the log; `first() - 1` when it is empty.
  public long last() {
    lock.readLock().lock();
    try {
      return segments.isEmpty() ? 0 : active().last();
    } finally {
      lock.readLock().unlock();
    }
  }

  /// The record of an index, null when the log does not have it.
  ///
  /// @throws LogCorruptException when it is damaged
  public @Nullable LogRecord read(long index) throws IOException {
    lock.readLock().lock();
    try {
      Map.Entry<Long, Segment> e = segments.floorEntry(index);
      if (index < firstKept || e == null || index > e.getValue().last()) return null;
      return e.getValue().read(index, new CRC32C());
    } finally {
      lock.readLock().unlock();
    }
  }

  /// Bytes of records appended since it was opened, and of those that were there then. Never less
  /// than before: what grows is meant, not what is there.
  public long grown() {
    return grown.get();
  }

  // --- writing

  /// Appends records and forces them to disk.
  ///
  /// @param records with indexes from `last() + 1` on, each below 1 GiB
  /// @throws IOException when they are not, or when the disk refuses; some may be in the log then
  public void append(List<LogRecord> records) throws IOException {
    writer.lock();
    try {
      check();
      long next = last() + 1;
      for (LogRecord r : records) {
        if (r.index() != next++) {
          throw new IllegalArgumentException("entry " + r.index() + " after " + (next - 2));
        }
      }
      appendChecked(records);
    } catch (IOException e) {
      throw fail(e);
    } finally {
      writer.unlock();
    }
  }

  private void appendChecked(List<LogRecord> records) throws IOException {
    Segment s = active();
    int written = s.end;
    List<int[]> added = new ArrayList<>(records.size());
    buffer.clear();
    for (LogRecord r : records) {
      int size = Segment.sizeOf(r.payload().remaining());
      if (size > s.capacity - written - buffer.position()) {
        written = spill(written);
        seal(s, added);
        s = roll(size);
        written = s.end;
      } else if (size > buffer.remaining()) {
        written = spill(written);
      }
      if (size > buffer.capacity()) buffer = ByteBuffer.allocateDirect(size);
      int at = written + buffer.position();
      s.put(buffer, r, batch, crc);
      added.add(new int[] {at, at + size});
    }
    spill(written);
    seal(s, added);
    if (buffer.capacity() > 4 * BUFFER_BYTES) buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    if (s.end > s.capacity / 2) files.prepare();
  }

  private FileChannel out() throws IOException {
    FileChannel c = out;
    if (c == null) throw new IOException(directory + ": the log is closed");
    return c;
  }

  private int spill(int at) throws IOException {
    int length = buffer.flip().remaining();
    SegmentFiles.write(out(), buffer, at);
    buffer.clear();
    return at + length;
  }

  /// Forces what was written to the segment, then shows it to readers.
  private void seal(Segment s, List<int[]> added) throws IOException {
    if (added.isEmpty()) return;
    out().force(false);
    batch++;
    grown.addAndGet(added.getLast()[1] - added.getFirst()[0]);
    lock.writeLock().lock();
    try {
      for (int[] each : added) s.add(each[0], each[1]);
    } finally {
      lock.writeLock().unlock();
    }
    added.clear();
  }

  private Segment roll(int recordBytes) throws IOException {
    Segment full = active();
    // A record that is larger than a segment gets a file of its own size.
    int bytes = Math.max(files.segmentBytes(), Segment.HEADER + recordBytes);
    Segment next = files.create(full.last() + 1, bytes, batch, (_, _) -> {});
    lock.writeLock().lock();
    try {
      if (full.last() < full.first) segments.remove(full.first);
      segments.put(next.first, next);
    } finally {
      lock.writeLock().unlock();
    }
    openTail();
    return next;
  }

  /// Forgets the records before `kept`; those of a file that has later ones stay on disk and may be
  /// there again when the log is opened. With `kept` beyond the end the log is empty and goes on
  /// from there.
  public void truncatePrefix(long kept) throws IOException {
    writer.lock();
    lock.writeLock().lock();
    try {
      check();
      if (kept > last() + 1) {
        beginAnew(kept);
        return;
      }
      if (kept <= firstKept) return;
      firstKept = kept;
      boolean gone = false;
      while (segments.size() > 1 && segments.firstEntry().getValue().last() < kept) {
        files.retire(segments.pollFirstEntry().getValue());
        gone = true;
      }
      if (gone) files.force();
    } catch (IOException e) {
      throw fail(e);
    } finally {
      lock.writeLock().unlock();
      writer.unlock();
    }
  }

  /// Removes the records after `kept`, for good when it returns.
  public void truncateSuffix(long kept) throws IOException {
    writer.lock();
    lock.writeLock().lock();
    try {
      check();
      if (kept >= last()) return;
      if (kept < firstKept - 1) {
        beginAnew(kept + 1);
        return;
      }
      // From the end, so that a crash leaves no gap.
      while (segments.size() > 1 && active().first > kept) {
        files.retire(segments.pollLastEntry().getValue());
        files.force();
      }
      replace(active(), kept);
      openTail();
    } catch (IOException e) {
      throw fail(e);
    } finally {
      lock.writeLock().unlock();
      writer.unlock();
    }
  }

  /// Removes all records; the next one gets the index `next`.
  public void reset(long next) throws IOException {
    writer.lock();
    lock.writeLock().lock();
    try {
      check();
      beginAnew(next);
    } catch (IOException e) {
      throw fail(e);
    } finally {
      lock.writeLock().unlock();
      writer.unlock();
    }
  }

  private void beginAnew(long next) throws IOException {
    while (!segments.isEmpty()) {
      files.retire(segments.pollLastEntry().getValue());
      files.force();
    }
    begin(next);
    firstKept = next;
    openTail();
  }

  /// Puts a copy of a segment's records up to `kept` in its place.
  private void replace(Segment old, long kept) throws IOException {
    List<LogRecord> records = new ArrayList<>();
    for (long i = old.first; i <= kept; i++) records.add(old.read(i, crc));
    Segment copy =
        files.create(
            old.first,
            old.capacity,
            batch,
            (made, channel) -> {
              ByteBuffer bytes = ByteBuffer.allocate(old.end);
              for (LogRecord r : records) {
                int at = Segment.HEADER + bytes.position();
                made.put(bytes, r, batch - 1, crc);
                made.add(at, Segment.HEADER + bytes.position());
              }
              SegmentFiles.write(channel, bytes.flip(), Segment.HEADER);
            });
    old.close();
    segments.put(copy.first, copy);
  }

  private void check() throws IOException {
    IOException b = broken;
    if (b != null) throw new IOException(directory + ": writing failed before: " + b, b);
  }

  private IOException fail(IOException e) {
    if (broken == null) broken = e;
    return e;
  }

  @Override
  public void close() throws IOException {
    writer.lock();
    lock.writeLock().lock();
    try {
      if (out != null) out.close();
      out = null;
      for (Segment s : segments.values()) s.close();
      files.close();
    } finally {
      lock.writeLock().unlock();
      writer.unlock();
    }
  }
}
