package io.muster.registry.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.testing.Seeds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The log against a map of what it should hold, and against disks that lose and damage things.
class SegmentLogTest {
  private static final int SMALL = 4 << 10;
  private static final int SECTOR = 512;

  @TempDir Path home;

  private SegmentLog open(Path directory) throws IOException {
    return SegmentLog.open(directory, SMALL / 2, SMALL);
  }

  private static LogRecord record(long index, long term, byte[] payload) {
    return new LogRecord(index, term, payload.length % 3, ByteBuffer.wrap(payload));
  }

  private static List<LogRecord> records(Random random, long from, int count, int sizeMax) {
    List<LogRecord> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] payload = new byte[random.nextInt(sizeMax)];
      random.nextBytes(payload);
      all.add(record(from + i, 1 + from / 50, payload));
    }
    return all;
  }

  private static void same(SegmentLog log, TreeMap<Long, LogRecord> model, long first, long last)
      throws IOException {
    assertThat(log.last()).isEqualTo(last);
    assertThat(log.first()).isLessThanOrEqualTo(first);
    for (LogRecord r : model.tailMap(first).values()) {
      assertThat(log.read(r.index())).isEqualTo(r);
    }
    assertThat(log.read(last + 1)).isNull();
    assertThat(log.read(log.first() - 1)).isNull();
  }

  @Test
  void itHoldsWhatAMapWouldHoldThroughAnyChangesAndReopenings() throws IOException {
    Random random = Seeds.random(21);
    for (int round = 0; round < 10; round++) {
      Path directory = home.resolve("r" + round);
      TreeMap<Long, LogRecord> model = new TreeMap<>();
      long first = 1;
      long last = 0;
      SegmentLog log = open(directory);
      for (int step = 0; step < 120; step++) {
        switch (random.nextInt(12)) {
          case 0 -> {
            first = Math.max(first, first + random.nextInt(40) - 5);
            log.truncatePrefix(first);
            model.headMap(first).clear();
            last = Math.max(last, first - 1);
          }
          case 1 -> {
            last = Math.max(first - 1, last - random.nextInt(20));
            log.truncateSuffix(last);
            model.tailMap(last + 1).clear();
          }
          case 2 -> {
            if (random.nextInt(8) > 0) continue;
            first = last + 1 + random.nextInt(100);
            last = first - 1;
            log.reset(first);
            model.clear();
          }
          case 3 -> {
            log.close();
            log = open(directory);
          }
          default -> {
            int sizeMax = random.nextInt(6) == 0 ? 3 * SMALL : 300;
            List<LogRecord> more = records(random, last + 1, 1 + random.nextInt(9), sizeMax);
            log.append(more);
            more.forEach(r -> model.put(r.index(), r));
            last += more.size();
          }
        }
        same(log, model, first, last);
      }
      log.close();
    }
  }

  @Test
  void aPowerCutLeavesAFirstPartOfTheLastBatchAndNothingEverComesBack() throws IOException {
    Random random = Seeds.random(22);
    for (int round = 0; round < 60; round++) {
      Path directory = home.resolve("c" + round);
      TreeMap<Long, LogRecord> model = new TreeMap<>();
      long last = 0;
      try (SegmentLog log = open(directory)) {
        for (int i = random.nextInt(12); i >= 0; i--) {
          List<LogRecord> more = records(random, last + 1, 1 + random.nextInt(6), 400);
          log.append(more);
          more.forEach(r -> model.put(r.index(), r));
          last += more.size();
          if (random.nextInt(4) == 0) log.truncatePrefix(last - random.nextInt(4));
        }
      }
      long forced = last;
      for (int crash = 0; crash < 3; crash++) {
        Map<Path, byte[]> before = files(directory);
        List<LogRecord> torn = records(random, forced + 1, 1 + random.nextInt(4), 900);
        try (SegmentLog victim = open(directory)) {
          victim.append(torn);
        }
        Map<Path, byte[]> after = files(directory);
        // Only one file can have been written without having been forced: the newest.
        Path newest = new TreeSet<>(segments(after)).last();
        if (before.containsKey(newest)) {
          Files.write(newest, mixed(random, before.get(newest), after.get(newest)));
        } else {
          byte[] unwritten = after.get(newest).clone();
          java.util.Arrays.fill(unwritten, Segment.HEADER, unwritten.length, (byte) 0);
          Files.write(newest, mixed(random, unwritten, after.get(newest)));
        }
        try (SegmentLog survivor = open(directory)) {
          assertThat(survivor.last()).isBetween(forced, forced + torn.size());
          for (LogRecord r : torn) {
            if (r.index() <= survivor.last()) model.put(r.index(), r);
          }
          forced = survivor.last();
          same(survivor, model, survivor.first(), forced);
        }
      }
    }
  }

  private static byte[] mixed(Random random, byte[] before, byte[] after) {
    byte[] mixed = before.clone();
    for (int at = 0; at < mixed.length; at += SECTOR) {
      int length = Math.min(SECTOR, mixed.length - at);
      if (random.nextBoolean()) System.arraycopy(after, at, mixed, at, length);
    }
    // The header was forced before any record was written.
    System.arraycopy(after, 0, mixed, 0, Segment.HEADER);
    return mixed;
  }

  private static List<Path> segments(Map<Path, byte[]> files) {
    return files.keySet().stream()
        .filter(f -> f.getFileName().toString().matches("\\d+\\.log"))
        .toList();
  }

  private static Map<Path, byte[]> files(Path directory) throws IOException {
    Map<Path, byte[]> all = new HashMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        try {
          all.put(file, Files.readAllBytes(file));
        } catch (java.nio.file.NoSuchFileException e) {
          // A spare file that was being made has its name by now.
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return all;
  }

  /// A log of several files, each record a batch of its own.
  private Path filled() throws IOException {
    Path directory = home.resolve("log");
    try (SegmentLog log = open(directory)) {
      for (int i = 1; i <= 40; i++) log.append(List.of(record(i, 1, new byte[300])));
    }
    return directory;
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 0x40;
    Files.write(file, bytes);
  }

  @Test
  void damageInAnOlderFileIsNamedWithFileByteAndEntry() throws IOException {
    Path directory = filled();
    Path oldest = new TreeSet<>(segments(files(directory))).first();
    flip(oldest, Segment.HEADER + 2 * Segment.sizeOf(300) + 100);

    assertThatThrownBy(() -> open(directory))
        .isInstanceOf(LogCorruptException.class)
        .hasMessage(
            oldest
                + " at byte "
                + (Segment.HEADER + 2 * Segment.sizeOf(300))
                + ": entry 3 is damaged or missing, the next file begins with entry 6");
  }

  @Test
  void damageInTheNewestFileIsNoTornEndWhenLaterBatchesAreWhole() throws IOException {
    Path directory = filled();
    Path newest = new TreeSet<>(segments(files(directory))).last();
    flip(newest, Segment.HEADER + 60);

    assertThatThrownBy(() -> open(directory))
        .isInstanceOf(LogCorruptException.class)
        .hasMessageContaining(newest + " at byte " + Segment.HEADER + ": entry ")
        .hasMessageContaining("had been forced to disk, is whole");
  }

  @Test
  void aMissingFileADamagedHeaderAndAnotherFormatAreNamed() throws IOException {
    Path directory = filled();
    List<Path> all = List.copyOf(new TreeSet<>(segments(files(directory))));
    Path second = all.get(1);
    Path aside = home.resolve("aside");
    Files.move(second, aside, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> open(directory))
        .hasMessageContaining("is damaged or missing, the next file begins with entry ");
    Files.move(aside, second);
    flip(second, 20);
    assertThatThrownBy(() -> open(directory))
        .hasMessage(second + " at byte 0: its header is damaged");
    flip(second, 20);
    open(directory).close();

    byte[] newer = Files.readAllBytes(second);
    newer[11] = 2;
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(newer, 0, 12);
    crc.update(newer, 16, Segment.HEADER - 16);
    ByteBuffer.wrap(newer).putInt(12, (int) crc.getValue());
    Files.write(second, newer);
    assertThatThrownBy(() -> open(directory))
        .hasMessageContaining("its format is 2, this version of Muster reads format 1");
  }

  @Test
  void damageThatComesWhileItIsOpenIsFoundByTheReader() throws IOException {
    try (SegmentLog log = open(filled())) {
      Path oldest = new TreeSet<>(segments(files(home.resolve("log")))).first();
      flip(oldest, Segment.HEADER + Segment.RECORD_HEADER + 7);

      assertThatThrownBy(() -> log.read(1)).hasMessageContaining("entry 1 is damaged");
      assertThat(log.read(2)).isNotNull();
    }
  }

  @Test
  void filesAreUsedAgainAndTheirOldRecordsStayDead() throws IOException {
    Path directory = home.resolve("log");
    try (SegmentLog log = open(directory)) {
      for (int i = 1; i <= 400; i++) {
        log.append(List.of(record(i, 1, new byte[300])));
        if (i % 20 == 0) log.truncatePrefix(i - 5);
      }
      assertThat(files(directory)).hasSizeLessThan(12);
    }
    try (SegmentLog log = open(directory)) {
      assertThat(log.last()).isEqualTo(400);
      assertThat(log.first()).isBetween(380L, 395L);
    }
  }

  @Test
  void whoReadsWhileInterruptedGetsItsAnswerAndSpoilsNobodysReading() throws IOException {
    try (SegmentLog log = open(filled())) {
      Thread.currentThread().interrupt();

      assertThat(log.read(3)).isNotNull();

      assertThat(Thread.interrupted()).isTrue();
      assertThat(log.read(4)).isNotNull();
    }
  }

  @Test
  void afterAFailedWriteNothingIsTakenUntilItIsOpenedAgain() throws IOException {
    Path directory = filled();
    try (SegmentLog log = open(directory)) {
      // Nothing can be made in a directory that has gone.
      Path gone = home.resolve("gone");
      Files.move(directory, gone);
      byte[] large = new byte[2 * SMALL];
      assertThatThrownBy(() -> log.append(List.of(record(41, 1, large))))
          .isInstanceOf(IOException.class);
      Files.move(gone, directory);

      assertThatThrownBy(() -> log.append(List.of(record(41, 1, new byte[1]))))
          .hasMessageContaining("writing failed before");
    }
    try (SegmentLog log = open(directory)) {
      assertThat(log.last()).isEqualTo(40);
      log.append(List.of(record(41, 1, new byte[1])));
    }
  }

  @Test
  void anIndexOutOfTurnIsRefused() throws IOException {
    try (SegmentLog log = open(home.resolve("log"))) {
      assertThatThrownBy(() -> log.append(List.of(record(2, 1, new byte[1]))))
          .hasMessage("entry 2 after 0");
    }
  }

  @Test
  void recordsOfOtherKindsAreTold() throws IOException {
    Path directory = home.resolve("log");
    try (SegmentLog log = open(directory)) {
      for (int i = 1; i <= 5; i++) {
        log.append(List.of(new LogRecord(i, 7, i == 3 ? 2 : 0, ByteBuffer.allocate(8))));
      }
    }
    try (SegmentLog log = open(directory)) {
      assertThat(log.marks()).containsExactly(new SegmentLog.Mark(3, 2));
    }
  }

  @Test
  void aFileOfFormatOneIsReadByEveryLaterVersion() throws IOException {
    Path directory = Files.createDirectories(home.resolve("log"));
    try (var golden = SegmentLogTest.class.getResourceAsStream("format-1.log")) {
      Files.copy(golden, directory.resolve("00000000000000000001.log"));
    }
    try (SegmentLog log = open(directory)) {
      assertThat(log.read(1)).isEqualTo(new LogRecord(1, 3, 2, text("voters")));
      assertThat(log.read(2)).isEqualTo(new LogRecord(2, 3, 0, text("first command")));
      assertThat(log.read(3)).isEqualTo(new LogRecord(3, 4, 1, text("")));
      assertThat(log.last()).isEqualTo(3);
    }
  }

  private static ByteBuffer text(String s) {
    return ByteBuffer.wrap(s.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }
}
