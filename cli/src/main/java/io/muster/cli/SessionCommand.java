package io.muster.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `muster session`: who is logged in.
@Command(
    name = "session",
    mixinStandardHelpOptions = true,
    description = "Shows and ends the users' sessions on all members.",
    subcommands = {
      SessionCommand.ListSessions.class,
      SessionCommand.Activity.class,
      SessionCommand.Listeners.class,
      SessionCommand.End.class
    },
    footer = {"", "Example:  muster session list --user bob"})
final class SessionCommand extends CommandGroup {
  /// Which sessions of the cluster are asked for.
  static final class Which {
    @Option(
        names = "--user",
        paramLabel = "USER",
        description = "Only of these users: '*' is any run of characters.")
    @Nullable String user;

    @Option(
        names = "--limit",
        paramLabel = "N",
        description = "How many at most, 1000 unless given.")
    @Nullable Integer limit;

    JsonNode ask(AdminClient admin, String route) {
      String most = limit == null ? null : limit.toString();
      return admin.get(Asking.query(route, "user", user, "limit", most));
    }

    /// Says how many there are beyond those that were listed.
    static void left(JsonNode found, String listed) {
      long more = found.path("total").asLong() - found.path(listed).size();
      if (more > 0) System.out.println("and " + more + " more; see --limit");
    }
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = {
        "Lists sessions of all members.",
        "Exit code 1 when a member did not answer: its sessions are missing then."
      },
      footer = {"", "Example:  muster session list --user 'b*' --limit 100"})
  static final class ListSessions implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Mixin Which which = new Which();

    @Override
    public Integer call() {
      JsonNode found = which.ask(admin, "/v1/sessions");
      if (admin.json) System.out.println(found);
      else print(found);
      JsonNode unanswered = found.path("unanswered");
      if (unanswered.isEmpty()) return Main.OK;
      System.err.println(
          "muster: these members did not tell their sessions: " + Asking.joined(unanswered));
      return Main.FAILURE;
    }

    private static void print(JsonNode found) {
      AdminCommands.Table table =
          new AdminCommands.Table("ID", "USER", "MEMBER", "FROM", "FOR", "REQUESTS");
      long now = System.currentTimeMillis();
      for (JsonNode s : found.path("sessions")) {
        Duration age = Duration.ofMillis(Math.max(0, now - s.path("since").asLong()));
        table.row(
            s.path("id").asString(),
            s.path("username").asString(),
            s.path("member").asString(),
            s.path("address").asString(),
            DurationOption.words(age),
            Long.toString(s.path("requests").asLong()));
      }
      table.print();
      Which.left(found, "sessions");
    }
  }

  @Command(
      name = "activity",
      mixinStandardHelpOptions = true,
      description = {
        "Shows what each session asked last, the latest first.",
        "It is recorded while the cluster says so, see the second example, and forgotten when it"
            + " is switched off.",
        "Exit code 1 when a member did not answer, or records nothing."
      },
      footer = {
        "",
        "Example:  muster session activity --user 'b*'",
        "          muster settings set security.log_session_activity true"
      })
  static final class Activity implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Mixin Which which = new Which();

    @Override
    public Integer call() {
      JsonNode found = which.ask(admin, "/v1/activity");
      if (admin.json) System.out.println(found);
      else print(found);
      JsonNode unanswered = found.path("unanswered");
      if (!unanswered.isEmpty()) {
        System.err.println("muster: these members did not answer: " + Asking.joined(unanswered));
      }
      JsonNode silent = found.path("silent");
      if (!silent.isEmpty()) {
        System.err.println(
            "muster: nothing is recorded on "
                + Asking.joined(silent)
                + "; 'muster settings set security.log_session_activity true' begins it");
      }
      return unanswered.isEmpty() && silent.isEmpty() ? Main.OK : Main.FAILURE;
    }

    private static void print(JsonNode found) {
      AdminCommands.Table table =
          new AdminCommands.Table("SESSION", "USER", "MEMBER", "AGO", "ACTION", "PATH", "REFUSED");
      long now = System.currentTimeMillis();
      for (JsonNode a : found.path("activity")) {
        Duration ago = Duration.ofMillis(Math.max(0, now - a.path("at").asLong()));
        table.row(
            a.path("session").asString(),
            a.path("username").asString(),
            a.path("member").asString(),
            DurationOption.words(ago),
            a.path("action").asString(),
            a.path("path").asString(),
            a.path("authorized").asBoolean() ? "-" : a.path("reason").asString());
      }
      table.print();
      Which.left(found, "activity");
    }
  }

  @Command(
      name = "listeners",
      mixinStandardHelpOptions = true,
      description = "Shows what a session listens to, on whichever member it is.",
      footer = {"", "Example:  muster session listeners 8c1f"})
  static final class Listeners implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "ID", description = "As 'muster session list' tells it.")
    String id = "";

    @Override
    public Integer call() {
      JsonNode found = admin.get(Asking.query("/v1/listeners", "session", id));
      if (admin.json) {
        System.out.println(found);
        return Main.OK;
      }
      AdminCommands.Table table =
          new AdminCommands.Table("REFERENCE", "EVENTS", "PATTERN", "DEPTH", "NARROWED", "AS");
      for (JsonNode l : found.path("listeners")) {
        String pattern = l.path("pattern").asString();
        table.row(
            l.path("reference").asString(),
            l.path("action").asString(),
            pattern,
            pattern.endsWith("**") ? Integer.toString(l.path("depth").asInt()) : "-",
            l.path("narrowed").asBoolean() ? "yes" : "no",
            l.path("as").asString().isEmpty() ? "-" : l.path("as").asString());
      }
      table.print();
      return Main.OK;
    }
  }

  @Command(
      name = "end",
      mixinStandardHelpOptions = true,
      description = {
        "Ends a session, on whichever member it is.",
        "Its user may log in again; 'muster token revoke --session' makes the token useless."
      },
      footer = {"", "Example:  muster session end 8c1f --reason maintenance"})
  static final class End implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "ID", description = "As 'muster session list' tells it.")
    String id = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "What the client is told.")
    @Nullable String reason;

    @Override
    public Integer call() {
      String route = Asking.query(Asking.named("/v1/sessions", id), "reason", reason);
      JsonNode ended = admin.send("DELETE", route, null);
      System.out.println(
          admin.json ? ended.toString() : "ended on member " + ended.path("member").asString());
      return Main.OK;
    }
  }
}
