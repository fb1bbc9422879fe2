package io.muster.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// Commands that ask a running member.
final class AdminCommands {
  private AdminCommands() {}

  @Command(
      name = "status",
      mixinStandardHelpOptions = true,
      description = "Shows whether a member is ready, and why not.",
      footer = {"", "Example:  muster status", "          muster status --json -c muster.yaml"})
  static final class StatusCommand implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Override
    public Integer call() {
      JsonNode s = admin.get("/v1/status");
      JsonNode groups = admin.get("/v1/registry").path("groups");
      if (admin.json) {
        System.out.println(s);
        return Main.OK;
      }
      System.out.printf("member   %s (%s)%n", s.path("name").asString(), s.path("id").asString());
      System.out.printf("cluster  %s%n", s.path("cluster").asString());
      System.out.printf(
          "process  muster %s, pid %d, up %s%n",
          s.path("version").asString(),
          s.path("pid").asLong(),
          DurationOption.words(Duration.ofMillis(s.path("uptimeMillis").asLong())));
      System.out.printf("state    %s%n", s.path("state").asString());
      System.out.printf("clients  %s%n", ports(s.path("clientPorts")));
      System.out.printf("peers    %s%n", s.path("peers").asString());
      for (JsonNode g : groups) {
        System.out.printf(
            "group    %-8s %-9s leader %s, voters %d, applied %d of %d%n",
            g.path("group").asString(),
            g.path("role").asString(),
            g.path("leader").asString(),
            g.path("voters").size(),
            g.path("applied").asLong(),
            g.path("committed").asLong());
        String failure = g.path("failure").asString("");
        if (!failure.isEmpty()) System.out.printf("         stopped here: %s%n", failure);
      }
      return Main.OK;
    }

    private static String ports(JsonNode ports) {
      if (ports.isEmpty()) return "no port open yet";
      return "port " + String.join(", ", ports.valueStream().map(JsonNode::asString).toList());
    }
  }

  @Command(
      name = "members",
      mixinStandardHelpOptions = true,
      description = {
        "Lists the members as one of them sees them.",
        "Shows how long each has been in its state; below a suspect stands who has had no answer"
            + " from it, and for how long."
      },
      footer = {
        "",
        "States: alive; suspect (does not answer, and may still refute it); failed (given up); left"
            + " (said good-bye). The last two are listed for an hour. The incarnation grows with"
            + " each start of a member and each suspicion it refuted.",
        "",
        "Example:  muster members",
        "          muster members --json -c muster.yaml"
      },
      subcommands = Forget.class)
  static final class Members implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Override
    public Integer call() {
      JsonNode all = admin.get("/v1/members");
      if (admin.json) {
        System.out.println(all);
        return Main.OK;
      }
      Table table = new Table("NAME", "STATE", "FOR", "ADDRESS", "ROLES", "SERVICE", "INCARNATION");
      for (JsonNode m : all.path("members")) {
        table.row(
            m.path("name").asString(),
            m.path("state").asString(),
            duration(m.path("inStateMillis")),
            m.path("address").asString(),
            String.join(",", m.path("roles").valueStream().map(JsonNode::asString).toList()),
            m.path("service").asString(),
            m.path("incarnation").asString());
        if (m.path("suspectedBy").isEmpty()) continue;
        table.note(
            "suspected by "
                + String.join(
                    "; ", m.path("suspectedBy").valueStream().map(Members::doubt).toList()));
      }
      table.print();
      return Main.OK;
    }

    private static String doubt(JsonNode d) {
      return d.path("name").asString()
          + ", no answer for "
          + duration(d.path("silentMillis"))
          + (d.path("refused").asBoolean() ? " and connections refused" : "");
    }

    private static String duration(JsonNode millis) {
      return DurationOption.words(Duration.ofMillis(millis.asLong()));
    }
  }

  @Command(
      name = "forget",
      mixinStandardHelpOptions = true,
      description = {
        "Takes a member that will not come back out of the cluster: its vote, its copy of the"
            + " data, its name.",
        "Needs a majority of the others; refused while the member is here."
      },
      footer = {
        "",
        "Needed before a machine that lost its disk may come back: without its data it has"
            + " forgotten what it promised, so its old self is forgotten first and it joins anew.",
        "",
        "Example:  muster members forget db3"
      })
  static final class Forget implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "NAME", description = "The member's name, or its id.")
    String name = "";

    @Override
    public Integer call() {
      String path = "/v1/members/" + URLEncoder.encode(name, StandardCharsets.UTF_8);
      JsonNode answer = admin.send("DELETE", path.replace("+", "%20"), null);
      System.out.println(admin.json ? answer.toString() : "forgotten " + name);
      return Main.OK;
    }
  }

  @Command(
      name = "stop",
      mixinStandardHelpOptions = true,
      description = {
        "Stops a member in order: clients first, then leadership, then good-bye.",
        "Returns when it has stopped. It keeps its vote, and votes again once it is started:"
            + " 'muster leave' gives the vote up."
      },
      footer = {
        "",
        "Exit codes: 0 it has stopped; 1 it has not within --timeout; 2 usage; 3 not running.",
        "",
        "Example:  muster stop",
        "          muster stop -c muster.yaml"
      })
  static final class Stop implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Option(
        names = "--timeout",
        paramLabel = "S",
        defaultValue = "30s",
        converter = DurationOption.class,
        description =
            "How long to wait for it, in seconds or as 500ms or 2m; 0 does not wait"
                + " (${DEFAULT-VALUE}).")
    Duration timeout = Duration.ofSeconds(30);

    @Option(
        names = "--pid-file",
        paramLabel = "FILE",
        description = "Send TERM to the process that holds this file instead of asking a member.")
    @Nullable Path pidFile;

    @Override
    public Integer call() {
      if (pidFile != null) return StopByPid.stop(pidFile, timeout, admin.json);
      JsonNode answer = admin.send("POST", "/v1/stop", null);
      if (timeout.isZero()) {
        System.out.println(admin.json ? answer.toString() : "stopping");
        return Main.OK;
      }
      if (!admin.awaitEnd(answer.path("pid").asLong(), timeout)) {
        System.err.println(
            "muster: "
                + admin.asked()
                + " is still stopping after "
                + DurationOption.words(timeout)
                + "; its log says what it waits for");
        return Main.FAILURE;
      }
      System.out.println(admin.json ? "{\"stopped\":true}" : "stopped");
      return Main.OK;
    }
  }

  /// Columns as wide as what stands in them.
  static final class Table {
    private final List<String[]> rows = new ArrayList<>();

    Table(String... heads) {
      rows.add(heads);
    }

    void row(String... cells) {
      rows.add(cells);
    }

    /// A line below the latest row, indented.
    void note(String text) {
      rows.add(new String[] {text});
    }

    void print() {
      int[] widths = new int[rows.getFirst().length];
      for (String[] r : rows) {
        if (r.length == 1) continue;
        for (int i = 0; i < r.length; i++) widths[i] = Math.max(widths[i], r[i].length());
      }
      for (String[] r : rows) {
        StringBuilder line = new StringBuilder(r.length == 1 ? "  " + r[0] : "");
        for (int i = 0; r.length > 1 && i < r.length; i++) {
          line.append(r[i]).repeat(' ', widths[i] - r[i].length() + 2);
        }
        System.out.println(line.toString().stripTrailing());
      }
    }
  }
}
