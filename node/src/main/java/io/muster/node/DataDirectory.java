package io.muster.node;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A member's directory: its lock, its identity and its incarnation.
final class DataDirectory implements AutoCloseable {
  /// There while a recovery exchanges the data; holds when it began.
  static final String RECOVERING = "recovering";

  private static final String LEFT = "left";
  private final Path path;
  private final FileChannel channel;
  private final MemberId id;
  private final long incarnation;

  /// Makes the directory if need be and takes its lock.
  ///
  /// @throws MusterException `data_corrupt` naming the path, `member_left` when its member has left
  DataDirectory(Path path) {
    this(path, false);
  }

  /// The directory of a member whose cluster is to be recovered; it must be there.
  ///
  /// @throws MusterException as the constructor does
  static DataDirectory forRecovery(Path path) {
    return new DataDirectory(path, true);
  }

  private DataDirectory(Path path, boolean recovery) {
    this.path = path.toAbsolutePath().normalize();
    try {
      Files.createDirectories(this.path);
      channel =
          FileChannel.open(
              this.path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (tryLock() == null) {
        throw new IOException("another process uses it");
      }
      refuseWhenLeft();
      if (!recovery) refuseWhenRecovering();
      id = readId();
      incarnation = nextIncarnation();
    } catch (IOException | IllegalArgumentException e) {
      throw new MusterException(
          ErrorCode.DATA_CORRUPT,
          "member.data_dir: " + this.path + " cannot be used (" + e.getMessage() + ")",
          e);
    }
  }

  private void refuseWhenLeft() throws IOException {
    Path file = path.resolve(LEFT);
    if (!Files.exists(file)) return;
    channel.close();
    throw new MusterException(
        ErrorCode.MEMBER_LEFT,
        "member.data_dir: "
            + path
            + " belongs to a member that left its cluster ("
            + Files.readString(file).strip()
            + ") and is out of date since. Remove the directory or move it away: with an empty one"
            + " a new member joins");
  }

  private void refuseWhenRecovering() throws IOException {
    if (!Files.exists(path.resolve(RECOVERING))) return;
    channel.close();
    throw new IOException("a recovery of it was interrupted: run `muster recover` again");
  }

  /// From now on no member starts with this directory until [#recovered].
  ///
  /// @param began what [#recovering] gives, also after a crash
  void recovering(String began) throws IOException {
    write(path.resolve(RECOVERING), began);
  }

  /// When the recovery under way began.
  String recovering() throws IOException {
    return Files.readString(path.resolve(RECOVERING)).strip();
  }

  void recovered() throws IOException {
    Files.delete(path.resolve(RECOVERING));
  }

  /// Deletes a directory with all that is in it; harmless when there is none.
  static void delete(Path root) throws IOException {
    if (!Files.exists(root)) return;
    try (Stream<Path> all = Files.walk(root)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(p);
    }
  }

  /// From now on no member starts with this directory.
  ///
  /// @param how in a few words, for whoever tries
  void retire(String how) throws IOException {
    write(path.resolve(LEFT), how);
  }

  private @Nullable FileLock tryLock() throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private MemberId readId() throws IOException {
    Path file = path.resolve("member.id");
    if (Files.exists(file)) return new MemberId(Files.readString(file).strip());
    MemberId made = MemberId.random(new SecureRandom());
    write(file, made.hex());
    return made;
  }

  /// Grows with each start, also when the clock went back.
  private long nextIncarnation() throws IOException {
    Path file = path.resolve("incarnation");
    long last = Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
    long next = Math.max(last + 1_000_000, System.currentTimeMillis());
    write(file, Long.toString(next));
    return next;
  }

  private static void write(Path file, String text) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(
        next,
        text + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.SYNC,
        StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  Path path() {
    return path;
  }

  MemberId id() {
    return id;
  }

  long incarnation() {
    return incarnation;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // The process ends, and the lock with it.
    }
  }
}
