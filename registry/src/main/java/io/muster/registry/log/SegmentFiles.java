package io.muster.registry.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files of one log's directory: names, spare files, and what has to be forced when one is made
/// or goes.
///
/// A file is filled with zeros before it is used, or was used before: to force what lies within
/// blocks that a file has already takes one write of the disk, what changes the file's blocks or
/// size takes a second one.
final class SegmentFiles {
  private static final Logger log = LoggerFactory.getLogger(SegmentFiles.class);
  private static final String SUFFIX = ".log";
  private static final String SPARE = "spare-";
  private static final int SPARES_MAX = 4;
  private static final int FILL = 256 << 10;

  private final Path directory;
  private final int segmentBytes;
  private final LinkedBlockingDeque<Path> spares = new LinkedBlockingDeque<>(SPARES_MAX);
  private volatile @Nullable Thread preparing;

  SegmentFiles(Path directory, int segmentBytes) {
    this.directory = directory;
    this.segmentBytes = segmentBytes;
  }

  int segmentBytes() {
    return segmentBytes;
  }

  /// The segments' files in the order of their indexes; spare files are remembered, what was never
  /// finished is removed.
  List<Path> list() throws IOException {
    Files.createDirectories(directory);
    List<Path> all;
    try (Stream<Path> files = Files.list(directory)) {
      all = files.sorted().toList();
    }
    for (Path file : all) {
      String name = name(file);
      if (name.endsWith(".tmp")) Files.delete(file);
      if (name.startsWith(SPARE) && !(Files.size(file) == segmentBytes && spares.offer(file))) {
        Files.delete(file);
      }
    }
    return all.stream().filter(f -> name(f).matches("\\d{20}\\.log")).toList();
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  static long firstIndex(Path file) {
    return Long.parseLong(name(file).substring(0, 20));
  }

  private Path path(long first) {
    return directory.resolve("%020d%s".formatted(first, SUFFIX));
  }

  /// A file ready for records from `first` on, durable by its name, in place of one that has that
  /// name.
  ///
  /// @param bytes how large it has to be at least
  /// @param batch of the next record to be appended
  /// @param records what to copy into it; its salt is that of the segment
  Segment create(long first, int bytes, int batch, Copy records) throws IOException {
    Path made = bytes <= segmentBytes ? spares.poll() : null;
    if (made == null) made = zeros(bytes);
    long salt = ThreadLocalRandom.current().nextLong();
    Segment segment = new Segment(path(first), salt, first, (int) Files.size(made));
    try (FileChannel c = FileChannel.open(made, StandardOpenOption.WRITE)) {
      write(c, Segment.header(salt, first, batch), 0);
      records.into(segment, c);
      c.force(true);
    }
    Files.move(
        made, segment.file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    force();
    return segment;
  }

  /// Copies records into a segment that is being made.
  @FunctionalInterface
  interface Copy {
    void into(Segment segment, FileChannel channel) throws IOException;
  }

  static void write(FileChannel c, ByteBuffer bytes, long at) throws IOException {
    long next = at;
    while (bytes.hasRemaining()) next += c.write(bytes, next);
  }

  private Path zeros(int bytes) throws IOException {
    Path file = Files.createTempFile(directory, "segment", ".tmp");
    try (FileChannel c = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect(Math.min(bytes, FILL));
      for (int at = 0; at < bytes; at += zeros.capacity()) {
        write(c, zeros.clear().limit(Math.min(zeros.capacity(), bytes - at)), at);
      }
      c.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
    return file;
  }

  /// Makes a spare file in the background unless there is one, so that the next segment need not be
  /// waited for. What goes wrong is left to whoever needs the file.
  void prepare() {
    Thread running = preparing;
    if (!spares.isEmpty() || (running != null && running.isAlive())) return;
    preparing = Thread.ofPlatform().name("log-spare").daemon(true).start(this::prepareNow);
  }

  private void prepareNow() {
    try {
      keep(zeros(segmentBytes));
    } catch (IOException | RuntimeException e) {
      log.debug("log_spare_failed directory={}", directory, e);
    }
  }

  /// Waits for the file that is being made, if any: nobody else may be here when it comes.
  void close() {
    Thread running = preparing;
    if (running == null) return;
    boolean interrupted = false;
    while (running.isAlive()) {
      try {
        running.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
  }

  private void keep(Path file) throws IOException {
    Path spare = directory.resolve(SPARE + Long.toHexString(System.nanoTime()) + SUFFIX);
    if (spares.remainingCapacity() == 0) {
      Files.delete(file);
      return;
    }
    Files.move(file, spare, StandardCopyOption.ATOMIC_MOVE);
    if (!spares.offer(spare)) Files.delete(spare);
  }

  /// Takes a segment out of the log; its file may be used again.
  void retire(Segment segment) throws IOException {
    segment.close();
    if (segment.capacity == segmentBytes) keep(segment.file);
    else Files.delete(segment.file);
  }

  /// Makes what was renamed or removed durable.
  void force() throws IOException {
    try (FileChannel c = FileChannel.open(directory, StandardOpenOption.READ)) {
      c.force(true);
    }
  }

  /// The whole file.
  static ByteBuffer read(Path file, @Nullable ByteBuffer reuse) throws IOException {
    int size = Math.toIntExact(Files.size(file));
    ByteBuffer in = reuse != null && reuse.capacity() >= size ? reuse : ByteBuffer.allocate(size);
    in.clear().limit(size);
    try (FileChannel c = FileChannel.open(file, StandardOpenOption.READ)) {
      while (in.hasRemaining()) {
        if (c.read(in) < 0) throw new LogCorruptException(file, in.position(), "it became shorter");
      }
    }
    return in.flip();
  }
}
