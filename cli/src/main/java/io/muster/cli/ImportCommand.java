package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `muster import`: what other systems kept.
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = "Takes over what another system kept.",
    subcommands = {ImportCommand.Happn.class, ImportCommand.Records.class},
    footer = {
      "",
      "Example:  muster import happn --source old.yaml --dry-run",
      "          muster import records --source old.yaml --path '/plant/*'"
    })
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

    @Option(
        names = "--source",
        paramLabel = "FILE",
        description = "Settings of the store to take them from; else this cluster's own.")
    @Nullable Path source;

    @Override
    public Integer call() {
      String path = "/v1/import/happn" + (dryRun ? "?dry_run" : "");
      String body =
          source == null
              ? null
              : AdminClient.JSON.createObjectNode().put("source", read(source)).toString();
      JsonNode report = admin.send("POST", path, body, PATIENCE);
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
      problems(report);
    }
  }

  /// The settings of another store, as the member asked will read them.
  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.SETTING_INVALID,
          "--source: expected a file with the settings of a store, found " + e,
          e);
    }
  }

  @Command(
      name = "records",
      mixinStandardHelpOptions = true,
      description = {
        "Copies the records of another store, such as the collection of a happn-cluster, into the"
            + " cluster's own. That store is only read.",
        "What is here already stays as it is, so that it may be repeated and goes on where it"
            + " ended; nobody gets events. Below /_SYSTEM/ and /SYSTEM/DEPLOYMENT/ nothing is"
            + " copied: users and rights are taken over by 'muster import happn'."
      },
      footer = {
        "",
        "FILE has the keys of 'store' in a member's settings, read by the member that is asked:",
        "",
        "    provider: mongodb",
        "    url: mongodb://db1,db2/?replicaSet=rs0",
        "    database: happn-cluster",
        "    collection: happn-cluster",
        "    user: muster",
        "    password_file: /etc/muster/old-db",
        "",
        "Copies are as old as the import: 'created' and 'modified' begin anew. Ctrl-C ends it.",
        "",
        "Exit codes: 0 all was copied or is there; 1 something was not, and the report says what;"
            + " 2 usage; 3 not running.",
        "",
        "Example:  muster import records --source old.yaml --dry-run",
        "          muster import records --source old.yaml --path '/plant/*' --path '/users/*'"
      })
  static final class Records implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Option(
        names = "--source",
        paramLabel = "FILE",
        required = true,
        description = "Settings of the store to copy from.")
    Path source = Path.of("");

    @Option(
        names = "--path",
        paramLabel = "PATTERN",
        description = "Only these, * for any run of characters; may be repeated. Else all.")
    List<String> paths = new ArrayList<>();

    @Option(
        names = "--after",
        paramLabel = "PATH",
        description = "Only what comes behind this path, as the message of one that stopped says.")
    String after = "";

    @Option(names = "--replace", description = "Write over records that are here already.")
    boolean replace;

    @Option(names = "--dry-run", description = "Only tell what would be done.")
    boolean dryRun;

    @Override
    public Integer call() {
      ObjectNode body = AdminClient.JSON.createObjectNode().put("source", read(source));
      if (!paths.isEmpty()) paths.forEach(body.putArray("paths")::add);
      body.put("after", after).put("replace", replace);
      String route = "/v1/import/records" + (dryRun ? "?dry_run" : "");
      try (BufferedReader in =
          new BufferedReader(
              new InputStreamReader(admin.begin(route, body.toString()), StandardCharsets.UTF_8))) {
        for (String text = in.readLine(); text != null; text = in.readLine()) {
          JsonNode line = AdminClient.JSON.readTree(text);
          if (line.has("report")) return reported(line.path("report"));
          if (line.has("problem")) {
            System.err.println(line.path("problem").path("detail").asString(""));
            return Main.FAILURE;
          }
          progress(line.path("progress"));
        }
      } catch (IOException e) {
        throw new Main.NotRunning(lost(" (" + e.getMessage() + ")"));
      }
      throw new Main.NotRunning(lost(""));
    }

    private String lost(String why) {
      return admin.asked() + ": the answer broke off" + why + "; repeat it, it goes on";
    }

    private void progress(JsonNode line) {
      if (admin.json || !Passwords.terminal().isPresent()) return;
      JsonNode c = line.path("counts");
      System.err.printf(
          "\r%d looked at, %d %s, up to %s\u001b[K",
          c.path("found").asLong(),
          c.path("imported").asLong(),
          dryRun ? "to copy" : "copied",
          line.path("after").asString(""));
    }

    private int reported(JsonNode report) {
      JsonNode c = report.path("counts");
      if (admin.json) {
        System.out.println(report);
      } else {
        if (Passwords.terminal().isPresent()) System.err.println();
        AdminCommands.Table table =
            new AdminCommands.Table(
                "FOUND", dryRun ? "TO COPY" : "COPIED", "BYTES", "THERE", "FAILED", "LEFT OUT");
        table.row(
            c.path("found").asString(),
            c.path("imported").asString(),
            c.path("bytes").asString(),
            c.path("there").asString(),
            c.path("failed").asString(),
            c.path("leftOut").asString());
        table.print();
        problems(report);
      }
      return c.path("failed").asLong() == 0 ? Main.OK : Main.FAILURE;
    }
  }

  private static void problems(JsonNode report) {
    for (JsonNode p : report.path("problems")) {
      System.out.println(p.path("path").asString() + ": " + p.path("reason").asString());
    }
    int more = report.path("problemsLeftOut").asInt();
    if (more > 0) System.out.println("and " + more + " more");
  }
}
