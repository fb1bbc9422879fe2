package io.muster.node.backup;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.link.Lineage;
import io.muster.node.MusterSettings;
import io.muster.registry.driver.GroupFiles;
import io.muster.registry.driver.RegistrySnapshot;
import io.muster.registry.driver.RocksLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// Makes the data directory of the first member of a new cluster from a backup. Blocks; the member
/// does not run yet.
///
/// The new cluster lives a life of its own ([Lineage]): members with data of the old one, or of
/// another restore of the same backup, are refused. Who was registered is not any more.
public final class Restore {
  private static final String WORK = "restoring";

  private Restore() {}

  /// What has been made.
  ///
  /// @param lives that the data went through, from the oldest to the one that begins with it
  /// @param address of the first member, which alone votes until others join
  public record Restored(BackupManifest manifest, List<String> lives, Address address) {
    public Restored {
      lives = List.copyOf(lives);
    }
  }

  /// A name for a life that nobody has had.
  public static String life() {
    byte[] random = new byte[6];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  /// Where members reach the one with these settings.
  ///
  /// @throws MusterException `setting_invalid` when its port is not known before it starts
  public static Address address(MusterSettings settings) {
    if (settings.link().port() == 0) {
      throw new MusterException(
          ErrorCode.SETTING_INVALID,
          "link.port: expected a fixed port, found 0; the others find this member by it");
    }
    return settings.link().advertised(settings.link().port());
  }

  /// Verifies the backup and restores it.
  ///
  /// @throws MusterException `backup_invalid`, `restore_refused`, `setting_invalid`; nothing is
  ///     left behind then but what a crash leaves, in `<data_dir>/restoring`
  public static Restored run(Path backup, MusterSettings settings) {
    Path data = settings.member().dataDir().toAbsolutePath().normalize();
    if (!settings.member().roles().contains(Role.CONTROL)) {
      throw refused("member.roles: expected control among them, for the first member votes");
    }
    Address address = address(settings);
    mustBeEmpty(data);
    try {
      Path work = Files.createDirectories(data.resolve(WORK));
      try {
        RocksLibrary.load(data.resolve("native"));
        Path content = Files.createDirectory(work.resolve("content"));
        BackupManifest manifest = new BackupFile(backup).unpack(content);
        RegistrySnapshot.strikeMembers(content.resolve("meta"));
        Path raft = work.resolve("raft");
        GroupFiles groups = new GroupFiles(raft);
        for (BackupManifest.Group g : manifest.groups()) {
          groups.begin(g.group(), address, Math.max(1, g.index()), content.resolve(g.group()));
        }
        Lineage lineage = Lineage.parse(manifest.lineage()).next(life());
        groups.found(address, lineage);
        Files.move(raft, data.resolve("raft"), StandardCopyOption.ATOMIC_MOVE);
        return new Restored(manifest, lineage.lives(), address);
      } finally {
        Snapshots.delete(work);
      }
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.RESTORE_REFUSED,
          data + ": cannot be written (" + e.getMessage() + "); remove it and try again",
          e);
    }
  }

  private static void mustBeEmpty(Path data) {
    if (!Files.exists(data)) return;
    try (Stream<Path> all = Files.list(data)) {
      // What the last attempt unpacked of the program itself is no data.
      List<String> found =
          all.map(p -> p.getFileName().toString()).filter(n -> !n.equals("native")).toList();
      if (found.isEmpty()) return;
      throw refused(
          "member.data_dir: expected "
              + data
              + " to be empty or absent, found "
              + found
              + "; a backup is restored into a new cluster only: name another directory, or move"
              + " this one away");
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.RESTORE_REFUSED, data + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private static MusterException refused(String why) {
    return new MusterException(ErrorCode.RESTORE_REFUSED, why);
  }
}
