package io.muster.registry.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// The newest term a member knows and whom it voted for in it. A member that forgets may vote twice
/// in a term, and two leaders be elected: so it is on disk before it is told to anybody, and a file
/// that is not whole is an error.
///
/// Format 1, big-endian: magic `MUSTERVT`, `u32` format, `u32` CRC-32C of all that follows, `u64`
/// term, name in UTF-8 to the end. Not thread-safe.
public final class VoteFile {
  private static final long MAGIC = 0x4d55535445525654L;
  private static final int FORMAT = 1;
  private static final int HEADER = 24;
  private static final int NAME_MAX = 1000;

  private final Path file;
  private long term;
  private String votedFor = "";

  private VoteFile(Path file) {
    this.file = file;
  }

  /// Reads what is there; nothing is term 0 without a vote.
  ///
  /// @param file in a directory that exists
  /// @throws LogCorruptException when it is there and not whole
  public static VoteFile open(Path file) throws IOException {
    VoteFile opened = new VoteFile(file);
    if (Files.exists(file)) opened.read();
    return opened;
  }

  private void read() throws IOException {
    long size = Files.size(file);
    if (size < HEADER || size > HEADER + NAME_MAX) {
      throw new LogCorruptException(file, 0, "it has " + size + " bytes, no vote has");
    }
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file));
    if (in.getLong(0) != MAGIC || in.getInt(12) != sum(in)) {
      throw new LogCorruptException(file, 0, "the term and vote in it are damaged");
    }
    if (in.getInt(8) != FORMAT) {
      throw new LogCorruptException(
          file,
          8,
          "its format is " + in.getInt(8) + ", this version of Muster reads format " + FORMAT);
    }
    term = in.getLong(16);
    votedFor = StandardCharsets.UTF_8.decode(in.slice(HEADER, in.limit() - HEADER)).toString();
  }

  private static int sum(ByteBuffer in) {
    CRC32C crc = new CRC32C();
    crc.update(in.slice(16, in.limit() - 16));
    return (int) crc.getValue();
  }

  public long term() {
    return term;
  }

  /// Empty when it voted for nobody.
  public String votedFor() {
    return votedFor;
  }

  /// Remembers; on disk when this returns.
  ///
  /// @param votedFor up to 1000 bytes
  public void set(long term, String votedFor) throws IOException {
    byte[] name = votedFor.getBytes(StandardCharsets.UTF_8);
    if (name.length > NAME_MAX) throw new IllegalArgumentException(votedFor);
    ByteBuffer out = ByteBuffer.allocate(HEADER + name.length);
    out.putLong(MAGIC).putInt(FORMAT).putInt(0).putLong(term).put(name).flip();
    out.putInt(12, sum(out));
    Path made = file.resolveSibling(file.getFileName() + ".tmp");
    try (FileChannel c =
        FileChannel.open(
            made,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      SegmentFiles.write(c, out, 0);
      c.force(true);
    }
    Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel c = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
      c.force(true);
    }
    this.term = term;
    this.votedFor = votedFor;
  }
}
