package io.muster.cli;

import io.muster.node.MusterSettings;
import io.muster.node.backup.Restore;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `muster restore`: a new cluster begins with a backup.
@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    description = {
      "Makes the data directory of the first member of a new cluster from a backup, verified"
          + " before.",
      "Offline, and only where member.data_dir is empty or absent. The member votes alone until"
          + " others join with empty directories of their own."
    },
    footer = {
      "",
      "The new cluster lives a life of its own: members with data of the old one are refused by"
          + " name, and so are those of another restore. Tokens that were revoked after the backup"
          + " was made are valid again.",
      "",
      "Exit codes: 0 restored; 1 refused, nothing was changed; 2 usage or configuration.",
      "",
      "Example:  muster restore /backups/muster-prod-20261121T101500Z.zip -c a.yaml",
      "          muster start -c a.yaml"
    })
final class RestoreCommand implements Callable<Integer> {
  @Mixin SettingsOptions settings = new SettingsOptions();

  @Parameters(paramLabel = "FILE", description = "The backup.")
  Path file = Path.of("");

  @Option(names = "--json", description = "Output for programs.")
  boolean json;

  @Override
  public Integer call() {
    MusterSettings read = MusterSettings.read(settings.load());
    Restore.Restored r = Restore.run(file, read);
    if (json) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("restored", true);
      row.put("dataDir", read.member().dataDir().toString());
      row.put("address", r.address().toString());
      row.put("life", String.join(",", r.lives()));
      row.put("backup", BackupCommand.row(r.manifest()));
      System.out.println(AdminClient.JSON.writeValueAsString(row));
      return Main.OK;
    }
    BackupCommand.describe(r.manifest());
    System.out.printf("restored  into %s, life %s%n", read.member().dataDir(), r.lives().getLast());
    System.out.printf(
        "next      start this member (%s), then the others with empty data directories%n",
        r.address());
    return Main.OK;
  }
}
