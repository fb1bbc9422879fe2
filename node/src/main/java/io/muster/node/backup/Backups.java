package io.muster.node.backup;

import io.muster.admin.Backup;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.link.Lineage;
import io.muster.registry.GroupSnapshot;
import io.muster.registry.driver.RaftGroups;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes backups in a running member, one at a time. Safe on any thread; blocks.
///
/// What is captured lies beside the data, the store's as hard links, until it has been sent:
/// meanwhile it takes the space of files that the store has replaced.
public final class Backups {
  private static final Logger log = LoggerFactory.getLogger(Backups.class);

  /// Whoever has read nothing for so long gives its place to the next who asks.
  private static final Duration STALL_MAX = Duration.ofMinutes(1);

  private final Path staging;
  private final RaftGroups groups;
  private final Origin origin;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Capture current;

  /// Who makes backups.
  public record Origin(String muster, String cluster, Lineage lineage, String member) {}

  /// @param staging a directory of its own on the disk of the data; what is in it is removed
  public Backups(Path staging, RaftGroups groups, Origin origin) {
    this.staging = staging;
    this.groups = groups;
    this.origin = origin;
  }

  /// Captures all groups as they are now.
  ///
  /// @return to be written once and closed
  /// @throws MusterException `backup_busy` while another one is being sent; those of
  ///     [RaftGroups#capture]
  public Backup capture() {
    lock.lock();
    try {
      Capture before = current;
      if (before != null && !before.giveWay()) {
        throw new MusterException(
            ErrorCode.BACKUP_BUSY, "a backup of this member is being sent already");
      }
      Instant made = Instant.now().truncatedTo(ChronoUnit.MILLIS);
      Snapshots.delete(staging);
      Files.createDirectories(staging);
      Capture capture = new Capture(made, groups.capture(staging));
      current = capture;
      return capture;
    } catch (IOException e) {
      throw new MusterException(ErrorCode.DATA_CORRUPT, staging + ": " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  private void closed(Capture capture) {
    lock.lock();
    try {
      if (current != capture) return;
      current = null;
      Snapshots.delete(staging);
    } catch (IOException e) {
      log.warn("backup_not_removed directory={} reason=\"{}\"", staging, e.toString());
    } finally {
      lock.unlock();
    }
  }

  /// One backup on its way.
  private final class Capture implements Backup {
    private final Instant made;
    private final List<GroupSnapshot> captured;
    private volatile @Nullable Thread writer;
    private volatile long movedNanos = System.nanoTime();

    Capture(Instant made, List<GroupSnapshot> captured) {
      this.made = made;
      this.captured = captured;
    }

    @Override
    public long bytes() {
      long sum = 0;
      try {
        for (GroupSnapshot g : captured) for (Path f : files(g)) sum += Files.size(f);
      } catch (IOException e) {
        throw new MusterException(ErrorCode.DATA_CORRUPT, staging + ": " + e.getMessage(), e);
      }
      return sum;
    }

    /// Ends this one when its reader has stalled.
    boolean giveWay() {
      if (System.nanoTime() - movedNanos < STALL_MAX.toNanos()) return false;
      Thread t = writer;
      // Interrupting a thread in a socket's write closes the socket.
      if (t != null) t.interrupt();
      log.warn("backup_stalled made={}", made);
      return true;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      writer = Thread.currentThread();
      try (ZipOutputStream zip = new ZipOutputStream(out)) {
        // The store's files are compressed already.
        zip.setLevel(Deflater.BEST_SPEED);
        List<BackupManifest.Group> held = new ArrayList<>();
        List<BackupManifest.File> written = new ArrayList<>();
        for (GroupSnapshot g : captured) {
          for (Path f : files(g)) written.add(write(zip, g.group(), f));
          long count = Snapshots.check(g.group(), g.directory()).count();
          held.add(new BackupManifest.Group(g.group(), g.index(), g.term(), count));
        }
        zip.putNextEntry(new ZipEntry(BackupManifest.NAME));
        zip.write(
            new BackupManifest(
                    BackupManifest.FORMAT,
                    origin.muster(),
                    origin.cluster(),
                    origin.lineage().text(),
                    origin.member(),
                    made.toString(),
                    held,
                    written)
                .json());
        zip.closeEntry();
        log.info("backup_sent made={} groups={}", made, held);
      } finally {
        writer = null;
      }
    }

    private BackupManifest.File write(ZipOutputStream zip, String group, Path file)
        throws IOException {
      String name = group + "/" + file.getFileName();
      MessageDigest digest = sha256();
      zip.putNextEntry(new ZipEntry(name));
      long bytes = 0;
      byte[] buffer = new byte[1 << 16];
      try (InputStream in = Files.newInputStream(file)) {
        DigestOutputStream out = new DigestOutputStream(zip, digest);
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          out.write(buffer, 0, n);
          bytes += n;
          movedNanos = System.nanoTime();
        }
      }
      zip.closeEntry();
      return new BackupManifest.File(name, bytes, HexFormat.of().formatHex(digest.digest()));
    }

    @Override
    public void close() {
      closed(this);
    }
  }

  private static List<Path> files(GroupSnapshot group) throws IOException {
    try (Stream<Path> all = Files.list(group.directory())) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
