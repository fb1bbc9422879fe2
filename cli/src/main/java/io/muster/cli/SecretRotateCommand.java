package io.muster.cli;

import io.muster.node.secrets.SecretFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `muster secret rotate`: the whole of replacing the cluster's secret while members run, or one
/// step of it on one machine's files.
@Command(
    name = "rotate",
    mixinStandardHelpOptions = true,
    description = {
      "Replaces the cluster's secret while all members run: each takes the new one from the file"
          + " beside its own, FILE.new where cluster.secret_file is FILE.",
      "All members accept the new one, then all use it, then none accepts the old one. A step"
          + " begins when every member has confirmed the one before; links stay up, nobody is"
          + " restarted. Only fingerprints travel, never a secret."
    },
    footer = {
      "",
      "All members of the cluster must be here. What stopped half-way goes on when the command is"
          + " repeated; 'muster secret status' shows who holds what.",
      "",
      "Where members may not write their files, do it with STEP on each machine, and after each"
          + " step 'muster secret reload' there: accept (the new one is accepted beside the old"
          + " one) on all, then switch (the new one is used, the old one still accepted) on all,"
          + " then drop. A step that is done already does nothing; one that comes too early is"
          + " refused.",
      "FILE of --secret is what cluster.secret_file names, that of --before what"
          + " cluster.secret_before_file names, else the same with .before.",
      "",
      "Exit codes: 0 done; 1 refused with nothing changed, or done in part and the message says how"
          + " far; 2 usage; 3 not running.",
      "",
      "Example:  muster secret generate --out /etc/muster/secret.new",
      "          muster secret rotate -c muster.yaml",
      "          muster secret rotate accept --new /etc/muster/secret.new"
          + " --secret /etc/muster/secret --before /etc/muster/secret.before"
    })
final class SecretRotateCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /// What is done.
  enum Step {
    ACCEPT,
    SWITCH,
    DROP
  }

  @Mixin AdminClient admin = new AdminClient();

  @Parameters(
      paramLabel = "STEP",
      arity = "0..1",
      description = "Only this on the files given: accept, switch or drop.")
  @Nullable Step step;

  @Option(
      names = "--new",
      paramLabel = "FILE",
      description = "With STEP: the new secret, the same on all machines.")
  @Nullable Path fresh;

  @Option(names = "--secret", paramLabel = "FILE", description = "With STEP: the one in use.")
  @Nullable Path secret;

  @Option(
      names = "--before",
      paramLabel = "FILE",
      description = "With STEP: the other one that is accepted; made by accept where it is absent.")
  @Nullable Path before;

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    Step one = step;
    if (one == null) {
      if (fresh != null || secret != null || before != null) {
        throw wrong("--new, --secret and --before: only with STEP; members know their files");
      }
      return rotate();
    }
    if (fresh == null || secret == null || before == null) {
      throw wrong("STEP: expected --new, --secret and --before with it");
    }
    SecretFiles files = new SecretFiles(secret, before, fresh, true);
    boolean changed =
        switch (one) {
          case ACCEPT -> files.accept(false);
          case SWITCH -> files.turn();
          case DROP -> files.drop();
        };
    print(one, changed);
    return Main.OK;
  }

  private ParameterException wrong(String why) {
    return new ParameterException(spec.commandLine(), why);
  }

  private int rotate() {
    JsonNode done = admin.send("POST", "/v1/secret", null, PATIENCE);
    if (admin.json) {
      System.out.println(done);
      return Main.OK;
    }
    for (JsonNode s : done.path("steps")) {
      System.out.printf("%-6s  %s%n", s.path("step").asString(), Asking.joined(s.path("members")));
    }
    String fingerprint = done.path("fingerprint").asString();
    System.out.println(
        done.path("steps").isEmpty()
            ? "all members use " + fingerprint + " already; no new secret lies beside it"
            : "all members use " + fingerprint + " and accept no other");
    return Main.OK;
  }

  private void print(Step done, boolean changed) {
    String name = done.name().toLowerCase(Locale.ROOT);
    if (admin.json) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("step", name);
      row.put("changed", changed);
      System.out.println(AdminClient.JSON.writeValueAsString(row));
      return;
    }
    String now = "reload this member ('muster secret reload')";
    String next =
        switch (done) {
          case ACCEPT -> now + "; when all have done so: switch";
          case SWITCH -> now + "; when all have done so: drop";
          case DROP -> now + "; the old secret is worth nothing then";
        };
    System.out.println(name + (changed ? ": done; " : ": was done already; ") + next);
  }
}
