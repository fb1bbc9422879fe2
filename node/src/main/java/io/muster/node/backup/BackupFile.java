package io.muster.node.backup;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.driver.RocksLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// A backup as a file. Blocks; needs no member.
public final class BackupFile {
  private static final int MANIFEST_MAX = 16 << 20;
  private final Path file;

  public BackupFile(Path file) {
    this.file = file;
  }

  private MusterException invalid(String why) {
    return new MusterException(ErrorCode.BACKUP_INVALID, file + ": " + why);
  }

  /// Reads all of it: each file against its checksum, then what the files say against the manifest,
  /// by opening the store and decoding every record.
  ///
  /// @param scratch a directory that exists, with as much space as the backup holds; cleaned
  ///     afterwards
  /// @return what the backup says of itself
  /// @throws MusterException `backup_invalid` saying what is wrong and where
  public BackupManifest verify(Path scratch) {
    try {
      Path work = Files.createTempDirectory(scratch, ".muster-verify-");
      try {
        RocksLibrary.load(work.resolve("native"));
        Path into = Files.createDirectory(work.resolve("content"));
        return unpack(into);
      } finally {
        Snapshots.delete(work);
      }
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.BACKUP_INVALID, file + ": cannot be read (" + reason(e) + ")", e);
    }
  }

  /// Unpacks and verifies it into an empty directory, one folder per group. RocksDB's library must
  /// be loaded.
  BackupManifest unpack(Path into) throws IOException {
    if (!Files.isRegularFile(file)) throw invalid("there is no such file");
    try (ZipFile zip = new ZipFile(file.toFile())) {
      BackupManifest manifest = manifest(zip);
      Map<String, BackupManifest.File> listed = new HashMap<>();
      for (BackupManifest.File f : manifest.files()) listed.put(f.name(), f);
      for (ZipEntry e : zip.stream().toList()) {
        if (e.getName().equals(BackupManifest.NAME)) continue;
        BackupManifest.File expected = listed.remove(e.getName());
        if (expected == null || !BackupManifest.FILE_NAME.matcher(e.getName()).matches()) {
          throw invalid("'" + e.getName() + "' is not in its manifest");
        }
        unpack(zip, e, expected, into);
      }
      if (!listed.isEmpty()) throw invalid("expected " + listed.keySet() + ", which is missing");
      check(manifest, into);
      return manifest;
    } catch (ZipException e) {
      throw new MusterException(
          ErrorCode.BACKUP_INVALID,
          file
              + ": expected a whole backup, found a file that is damaged, cut off or none of"
              + " Muster's ("
              + reason(e)
              + ")",
          e);
    }
  }

  private BackupManifest manifest(ZipFile zip) throws IOException {
    ZipEntry entry = zip.getEntry(BackupManifest.NAME);
    if (entry == null) throw invalid("expected " + BackupManifest.NAME + " in it, found none");
    try (InputStream in = zip.getInputStream(entry)) {
      return BackupManifest.read(in.readNBytes(MANIFEST_MAX));
    }
  }

  private void unpack(ZipFile zip, ZipEntry entry, BackupManifest.File expected, Path into)
      throws IOException {
    Path to = into.resolve(entry.getName());
    Files.createDirectories(to.getParent());
    MessageDigest digest = Backups.sha256();
    long bytes = 0;
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = zip.getInputStream(entry);
        OutputStream out = Files.newOutputStream(to)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
        out.write(buffer, 0, n);
        bytes += n;
        if (bytes > expected.bytes()) break;
      }
    }
    String found = HexFormat.of().formatHex(digest.digest());
    if (bytes != expected.bytes() || !found.equals(expected.sha256())) {
      throw invalid(
          entry.getName()
              + ": expected "
              + expected.bytes()
              + " bytes with SHA-256 "
              + expected.sha256()
              + ", found "
              + bytes
              + " with "
              + found);
    }
  }

  private void check(BackupManifest manifest, Path into) {
    List<String> groups = manifest.groups().stream().map(BackupManifest.Group::group).toList();
    if (!groups.contains("meta")) throw invalid("expected the group meta in it, found " + groups);
    for (BackupManifest.Group g : manifest.groups()) {
      Snapshots.Content found;
      try {
        found = Snapshots.check(g.group(), into.resolve(g.group()));
      } catch (IOException e) {
        throw new MusterException(
            ErrorCode.BACKUP_INVALID, file + ": " + g.group() + ": " + reason(e), e);
      }
      if (found.count() == g.count() && found.index() <= g.index()) continue;
      throw invalid(
          g.group()
              + ": expected "
              + g.count()
              + " entries up to index "
              + g.index()
              + ", found "
              + found.count()
              + " up to "
              + found.index());
    }
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
