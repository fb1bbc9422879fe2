package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.node.backup.BackupFile;
import io.muster.node.backup.BackupManifest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `muster backup`: all that the cluster's members keep, in one file.
@Command(
    name = "backup",
    mixinStandardHelpOptions = true,
    description = {
      "Writes all that the members keep into one file, and reads it back before it counts as made.",
      "Users, rights, settings and revocations, and the records of the embedded store, with"
          + " everything that was acknowledged before the command began. Records in a database of"
          + " their own are backed up there."
    },
    subcommands = BackupCommand.Verify.class,
    footer = {
      "",
      "The file holds records, password hashes and keys of users: keep it as secret as the data."
          + " Only its owner may read it. The cluster's secret, certificates and configuration"
          + " files are not in it.",
      "Any control member can be asked; the cluster goes on meanwhile. To verify it takes as much"
          + " space again beside FILE for a while.",
      "",
      "Exit codes: 0 made and verified; 1 not made; 2 usage; 3 not running.",
      "",
      "Example:  muster backup /backups/ -c muster.yaml",
      "          muster backup verify /backups/muster-prod-20261121T101500Z.zip"
    })
final class BackupCommand extends CommandGroup {
  @Mixin AdminClient admin = new AdminClient();

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description =
          "Where to write it; in a directory it gets a name of cluster and time. A file that exists"
              + " is left alone.")
  @Nullable Path target;

  @Override
  public Integer call() {
    if (target == null) return super.call();
    String cluster = admin.get("/v1/status").path("cluster").asString("cluster");
    Path file = file(target, cluster);
    Path part = file.resolveSibling(file.getFileName() + ".part");
    BackupManifest manifest;
    long bytes;
    try {
      bytes = fetch(part);
      manifest = new BackupFile(part).verify(parent(file));
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.BACKUP_INVALID,
          file + ": not written (" + e.getClass().getSimpleName() + ": " + e.getMessage() + ")",
          e);
    } finally {
      delete(part);
    }
    print(file, bytes, manifest, admin.json, "written and verified");
    return Main.OK;
  }

  private static Path parent(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }

  private static Path file(Path target, String cluster) {
    Path file = target;
    if (Files.isDirectory(target)) {
      String time = Instant.now().toString().replaceAll("\\.\\d+", "").replaceAll("[-:]", "");
      String name = cluster.replaceAll("[^A-Za-z0-9_.-]", "_");
      file = target.resolve("muster-" + name + "-" + time + ".zip");
    }
    if (Files.exists(file)) throw failed(file + " exists and is left alone; choose another name");
    if (!Files.isDirectory(parent(file))) throw failed(file + ": its directory does not exist");
    return file;
  }

  private static MusterException failed(String why) {
    return new MusterException(ErrorCode.BAD_REQUEST, why);
  }

  /// @return how many bytes have come
  private long fetch(Path part) throws IOException {
    HttpResponse<InputStream> answer =
        admin.stream("/v1/backup", "application/zip", Duration.ofMinutes(10));
    Files.deleteIfExists(part);
    Files.createFile(
        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    long total = answer.headers().firstValueAsLong("Muster-Backup-Bytes").orElse(0);
    boolean shown = !admin.json && Passwords.terminal().isPresent();
    long done = 0;
    try (InputStream in = answer.body();
        OutputStream out = Files.newOutputStream(part, StandardOpenOption.WRITE)) {
      byte[] buffer = new byte[1 << 16];
      long next = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        done += n;
        if (!shown || System.nanoTime() < next) continue;
        next = System.nanoTime() + 200_000_000;
        System.err.printf("\r%s received, at most %s to come   ", size(done), size(total - done));
      }
    }
    if (shown) System.err.printf("\r%s received, verifying%30s%n", size(done), "");
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    return done;
  }

  private static void delete(Path part) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      System.err.println("muster: " + part + " is left behind (" + e.getMessage() + ")");
    }
  }

  static String size(long bytes) {
    if (bytes < 1 << 20) return Math.max(0, bytes) / 1024 + " KiB";
    return String.format("%.1f MiB", bytes / 1048576.0);
  }

  /// What every command about a backup says of it.
  static Map<String, Object> row(BackupManifest m) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("format", m.format());
    row.put("cluster", m.cluster());
    row.put("lineage", m.lineage());
    row.put("member", m.member());
    row.put("muster", m.muster());
    row.put("made", m.made());
    row.put("groups", m.groups());
    return row;
  }

  private static void print(Path file, long bytes, BackupManifest m, boolean json, String what) {
    if (json) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("file", file.toString());
      row.put("bytes", bytes);
      row.put("verified", true);
      row.putAll(row(m));
      System.out.println(AdminClient.JSON.writeValueAsString(row));
      return;
    }
    System.out.printf("%s  %s, %s%n", file, size(bytes), what);
    describe(m);
  }

  static void describe(BackupManifest m) {
    System.out.printf(
        "cluster   %s, life %s, as member %s had it at %s%n",
        m.cluster(), m.lineage(), m.member(), m.made());
    for (BackupManifest.Group g : m.groups()) {
      System.out.printf(
          "%-8s  %d %s up to entry %d of term %d%n",
          g.group(), g.count(), g.group().equals("meta") ? "keys" : "records", g.index(), g.term());
    }
  }

  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = {
        "Reads a backup: every checksum, every record, against what it says of itself.",
        "Needs no member, and as much space as the backup holds beside it for a while."
      },
      footer = {
        "",
        "Exit codes: 0 it is whole; 1 it is not, and the message says where; 2 usage.",
        "",
        "Example:  muster backup verify /backups/muster-prod-20261121T101500Z.zip"
      })
  static final class Verify implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The backup.")
    Path file = Path.of("");

    @Option(names = "--json", description = "Output for programs.")
    boolean json;

    @Override
    public Integer call() throws IOException {
      if (!Files.isRegularFile(file)) throw failed(file + ": there is no such file");
      BackupManifest manifest = new BackupFile(file).verify(parent(file));
      print(file, Files.size(file), manifest, json, "verified");
      return Main.OK;
    }
  }
}
