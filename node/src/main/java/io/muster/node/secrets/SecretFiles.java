package io.muster.node.secrets;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;

/// The files of one machine that hold the cluster's secret, and the three steps that replace it:
/// accept, switch, drop. Each step may be repeated; one that comes too early is refused and changes
/// nothing.
///
/// @param used what `cluster.secret_file` names
/// @param before the other secret that is accepted; absent where only one is
/// @param fresh where the new secret is put
/// @param lasting whether `before` is there also when only one secret is accepted, with the same
///     text: as `cluster.secret_before_file` wants it
public record SecretFiles(Path used, Path before, Path fresh, boolean lasting) {
  /// Shorter ones are refused.
  public static final int SHORTEST = 16;

  /// The files beside `used`: `.before` unless another one is configured, and `.new`.
  public static SecretFiles beside(Path used, Optional<Path> before) {
    return new SecretFiles(
        used,
        before.orElseGet(() -> with(used, ".before")),
        with(used, ".new"),
        before.isPresent());
  }

  private static Path with(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  /// What they hold now: the one in use first, then the other one that is accepted, if any.
  ///
  /// @throws MusterException `bad_request` when a file cannot be read
  public List<Secret> held() {
    Secret first = read(used);
    Secret other = other(first);
    return same(first, other) ? List.of(first) : List.of(first, other);
  }

  /// The new secret, where there is one.
  ///
  /// @throws MusterException `bad_request` when it is too short or cannot be read
  public Optional<Secret> waiting() {
    return Files.exists(fresh) ? Optional.of(next()) : Optional.empty();
  }

  /// Why the files cannot be written here, in words; empty when they can.
  public Optional<String> objection() {
    for (Path file : List.of(used, before)) {
      Path directory = file.toAbsolutePath().getParent();
      if (directory == null || !Files.isWritable(directory)) {
        return Optional.of("this member may not write in " + directory);
      }
    }
    return Optional.empty();
  }

  /// Accepts the new secret beside the one in use.
  ///
  /// @param replace whether the other one that is accepted may be a third, which nobody uses
  /// @return whether something changed
  public boolean accept(boolean replace) {
    Secret next = next();
    Secret now = read(used);
    Secret other = other(now);
    if (same(now, next)) throw refused(used + " is the new one already; the next step is drop");
    if (same(other, next)) return false;
    if (!same(other, now) && !replace) {
      throw refused(
          before + ": expected the secret in use or the new one, found a third; drop it first");
    }
    write(before, next);
    return true;
  }

  /// Uses the new secret, and accepts the old one still.
  ///
  /// @return whether something changed
  public boolean turn() {
    Secret next = next();
    Secret now = read(used);
    if (same(now, next)) return false;
    if (!same(other(now), next)) {
      throw refused(before + " is not the new one; the next step is accept");
    }
    // A crash between both leaves what was there before accept, which then is done once more.
    write(before, now);
    write(used, next);
    return true;
  }

  /// Accepts nothing but the new secret.
  ///
  /// @return whether something changed
  public boolean drop() {
    Secret next = next();
    Secret now = read(used);
    if (!same(now, next)) throw refused(used + " is not the new one; the next step is switch");
    if (same(other(now), next)) return false;
    forget(next);
    return true;
  }

  /// Accepts nothing but what is in use, and puts the file of the new one away.
  ///
  /// @return whether something changed
  boolean settle() {
    Secret now = read(used);
    boolean changed = !same(other(now), now);
    if (changed) forget(now);
    try {
      return Files.deleteIfExists(fresh) || changed;
    } catch (IOException e) {
      throw unwritable(fresh, e);
    }
  }

  private void forget(Secret only) {
    if (lasting) {
      write(before, only);
      return;
    }
    try {
      Files.deleteIfExists(before);
    } catch (IOException e) {
      throw unwritable(before, e);
    }
  }

  private Secret next() {
    Secret next = read(fresh);
    if (next.reveal().length() < SHORTEST) {
      throw refused(fresh + ": expected " + SHORTEST + " characters or more");
    }
    return next;
  }

  private Secret other(Secret now) {
    return Files.exists(before) ? read(before) : now;
  }

  private static boolean same(Secret a, Secret b) {
    return MessageDigest.isEqual(a.bytes(), b.bytes());
  }

  /// The first line, as settings read it.
  private static Secret read(Path file) {
    try {
      String line = Files.readString(file).lines().findFirst().orElse("").strip();
      if (line.isEmpty()) throw refused(file + ": expected a secret, found an empty line");
      return new Secret(line);
    } catch (IOException e) {
      throw refused(file + " cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }

  /// Whole or not at all, also when the machine loses its power.
  private static void write(Path file, Secret secret) {
    Path next = with(file, ".writing");
    try {
      Files.deleteIfExists(next);
      Files.createFile(
          next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try (FileChannel out = FileChannel.open(next, StandardOpenOption.WRITE)) {
        ByteBuffer text = StandardCharsets.UTF_8.encode(secret.reveal() + "\n");
        while (text.hasRemaining()) out.write(text);
        out.force(true);
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private static MusterException unwritable(Path file, IOException e) {
    return new MusterException(
        ErrorCode.BAD_REQUEST, file + " cannot be written (" + e.getMessage() + ")", e);
  }

  private static MusterException refused(String why) {
    return new MusterException(ErrorCode.BAD_REQUEST, why);
  }
}
