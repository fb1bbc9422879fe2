package io.muster.cli;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `muster import`: what other systems kept.
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = "Takes over what another system kept.",
    subcommands = ImportCommand.Happn.class,
    footer = {"", "Example:  muster import happn --dry-run"})
final class ImportCommand extends CommandGroup {
  @Command(
      name = "happn",
      mixinStandardHelpOptions = true,
      description = {
        "Takes over users, groups, permissions and lookup tables that happn kept below"
            + " /_SYSTEM/_SECURITY in the store.",
        "With the store 'mongodb' those of an existing happn-cluster's collection lie there"
            + " already. Who is here already stays as they are, so that it may be repeated;"
            + " _ADMIN is not taken over."
      },
      footer = {
        "",
        "Passwords go over as hashes and are hashed anew at the next login. The records are not"
            + " changed: remove them when all is well.",
        "",
        "Exit codes: 0 all was taken over or is there; 1 something was not, and the report says"
            + " what; 2 usage; 3 not running.",
        "",
        "Example:  muster import happn --dry-run",
        "          muster import happn --json > report.json"
      })
  static final class Happn implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofHours(1);

    @Mixin AdminClient admin = new AdminClient();

    @Option(names = "--dry-run", description = "Only tell what would be done.")
    boolean dryRun;

    @Override
    public Integer call() {
      String path = "/v1/import/happn" + (dryRun ? "?dry_run" : "");
      JsonNode report = admin.send("POST", path, null, PATIENCE);
      int failed = 0;
      for (Map.Entry<String, JsonNode> e : report.path("counts").properties()) {
        failed += e.getValue().path("failed").asInt();
      }
      if (admin.json) System.out.println(report);
      else print(report);
      return failed == 0 ? Main.OK : Main.FAILURE;
    }

    private void print(JsonNode report) {
      AdminCommands.Table table =
          new AdminCommands.Table(
              "WHAT", "FOUND", dryRun ? "TO IMPORT" : "IMPORTED", "THERE", "FAILED");
      for (Map.Entry<String, JsonNode> e : report.path("counts").properties()) {
        JsonNode c = e.getValue();
        table.row(
            e.getKey(),
            c.path("found").asString(),
            c.path("imported").asString(),
            c.path("there").asString(),
            c.path("failed").asString());
      }
      table.print();
      for (JsonNode p : report.path("problems")) {
        System.out.println(p.path("path").asString() + ": " + p.path("reason").asString());
      }
      int more = report.path("problemsLeftOut").asInt();
      if (more > 0) System.out.println("and " + more + " more");
    }
  }
}
