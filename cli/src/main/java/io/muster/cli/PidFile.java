package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A file with the id of the process that holds it: a lock as long as the process lives, however it
/// ends, so that a file left behind is told from one that is held.
final class PidFile {
  private static final int TRIES = 5;
  private final Path file;
  private final FileChannel channel;

  private PidFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// Takes the file for this process; its directory is made on demand.
  ///
  /// @throws MusterException `bootstrap_failed` when another process holds it
  static PidFile claim(Path file) {
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) Files.createDirectories(directory);
      for (int i = 0; i < TRIES; i++) {
        FileChannel channel =
            FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        if (lock(channel) == null) {
          String holder = read(channel);
          channel.close();
          throw new MusterException(
              ErrorCode.BOOTSTRAP_FAILED,
              "--pid-file: an instance is already running: process "
                  + holder
                  + " holds "
                  + file
                  + "; stop it with 'muster stop --pid-file "
                  + file
                  + "'");
        }
        // Whoever held it may have removed the file between our opening and locking it. Its
        // contents must not be read here to find out: closing any channel gives the lock up.
        channel.truncate(0);
        channel.write(ByteBuffer.wrap((pid() + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
        if (Files.exists(file) && Files.size(file) == channel.size()) {
          return new PidFile(file, channel);
        }
        channel.close();
      }
      throw new IOException("it comes and goes");
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.BOOTSTRAP_FAILED, "--pid-file: " + file + " cannot be written (" + e + ")", e);
    }
  }

  /// The process that holds the file; empty when nobody does. Not for the process that holds it
  /// itself: looking would give up its lock.
  static Optional<ProcessHandle> holder(Path file) {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (lock(channel) != null) return Optional.empty();
      return ProcessHandle.of(Long.parseLong(read(channel)));
    } catch (NoSuchFileException | NumberFormatException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, "--pid-file: " + file + " cannot be read (" + e + ")", e);
    }
  }

  private static long pid() {
    return ProcessHandle.current().pid();
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(32);
    channel.read(buffer, 0);
    return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII).strip();
  }

  /// Removes the file and gives it up; for the end of the process.
  void remove() {
    try {
      Files.deleteIfExists(file);
      channel.close();
    } catch (IOException e) {
      System.err.println("muster: warning: " + file + " is left behind (" + e + ")");
    }
  }
}
