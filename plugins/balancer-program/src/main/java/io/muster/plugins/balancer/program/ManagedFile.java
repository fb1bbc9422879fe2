package io.muster.plugins.balancer.program;

import io.muster.spi.balance.BalancerException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A file of a balancer that is replaced in one step: written beside its place as a candidate,
/// forced to disk, and renamed. A link is followed; mode, owner and group are kept.
///
/// For one thread.
public final class ManagedFile {
  private static final String NEW_FILE_MODE = "rw-r-----";
  private final Path path;
  private @Nullable Path candidate;
  private @Nullable String before;
  private boolean replaced;

  public ManagedFile(Path path) {
    this.path = path;
  }

  public Path path() {
    return path;
  }

  /// What it says now; empty where there is none.
  ///
  /// @throws BalancerException `RENDER` when it cannot be read
  public Optional<String> text() {
    try {
      return Optional.of(Files.readString(path));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new BalancerException(
          BalancerException.Step.RENDER, "could not read " + path + ": " + e, e);
    }
  }

  /// Writes a candidate beside the file, under a name that begins with a dot, so that no include of
  /// `*` or `*.conf` takes it.
  ///
  /// @throws BalancerException `WRITE`
  public Path candidate(String text) {
    try {
      Path real = real();
      Path parent = real.toAbsolutePath().getParent();
      Path file = real.resolveSibling("." + real.getFileName() + ".muster-new");
      if (parent == null || !Files.isDirectory(parent)) {
        throw new IOException("there is no directory " + parent);
      }
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      candidate = file;
      try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) out.write(bytes);
        out.force(true);
      }
      likeTheOld(real, file);
      return file;
    } catch (IOException e) {
      discard();
      throw new BalancerException(
          BalancerException.Step.WRITE, "could not write beside " + path + ": " + e, e);
    }
  }

  private Path real() throws IOException {
    return Files.exists(path) ? path.toRealPath() : path;
  }

  private static void likeTheOld(Path old, Path file) throws IOException {
    PosixFileAttributeView to = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (!Files.exists(old)) {
      to.setPermissions(PosixFilePermissions.fromString(NEW_FILE_MODE));
      return;
    }
    PosixFileAttributes like = Files.readAttributes(old, PosixFileAttributes.class);
    try {
      to.setGroup(like.group());
      to.setOwner(like.owner());
    } catch (FileSystemException e) {
      // Only root may give files away; the mode then lets nobody read who could not before.
      to.setPermissions(like.permissions());
      return;
    }
    to.setPermissions(like.permissions());
  }

  /// Renames the candidate into place.
  ///
  /// @throws BalancerException `WRITE`
  public void commit() {
    Path from = candidate;
    if (from == null) return;
    try {
      before = text().orElse(null);
      Files.move(from, real(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      candidate = null;
      replaced = true;
    } catch (IOException e) {
      discard();
      throw new BalancerException(
          BalancerException.Step.WRITE, "could not replace " + path + ": " + e, e);
    }
  }

  /// Throws the candidate away, if there is one; never fails.
  public void discard() {
    Path file = candidate;
    candidate = null;
    if (file != null) file.toFile().delete();
  }

  /// What is there counts from now on: [#takeBack] does nothing until the next [#commit].
  public void keep() {
    replaced = false;
    before = null;
  }

  /// Brings back what was there before the last [#commit].
  ///
  /// @throws BalancerException `WRITE`
  public void takeBack() {
    if (!replaced) return;
    String good = before;
    if (good != null) {
      candidate(good);
      commit();
    } else {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        throw new BalancerException(
            BalancerException.Step.WRITE, "could not remove " + path + ": " + e, e);
      }
    }
    keep();
  }
}
