package io.muster.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `muster audit`: who changed what through administration.
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    description = {
      "Shows who changed what through administration, on any member, the newest first.",
      "The cluster keeps the last 1000 changes. Passwords, tokens and what is in records are not"
          + " among them."
    },
    footer = {
      "",
      "WHO is what the asking side calls itself, and not proved: commands give the name of the user"
          + " of the machine, the dashboard what was entered at its login. FROM is where the"
          + " request came from.",
      "",
      "Example:  muster audit",
      "          muster audit --what settings/ --limit 20",
      "          muster audit --by ann --json -c muster.yaml"
    })
final class AuditCommand implements Callable<Integer> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

  @Mixin AdminClient admin = new AdminClient();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "How many at most, 1 to 1000. Default: ${DEFAULT-VALUE}.")
  int limit;

  @Option(names = "--by", paramLabel = "NAME", description = "Only changes of this name.")
  @Nullable String by;

  @Option(
      names = "--what",
      paramLabel = "TEXT",
      description = "Only changes whose description contains this, such as settings/.")
  @Nullable String what;

  @Override
  public Integer call() {
    String path = "/v1/audit?limit=" + limit + parameter("by", by) + parameter("what", what);
    JsonNode all = admin.get(path);
    if (admin.json) {
      System.out.println(all);
      return Main.OK;
    }
    AdminCommands.Table table =
        new AdminCommands.Table("INDEX", "TIME", "WHO", "ROLE", "FROM", "MEMBER", "WHAT");
    for (JsonNode e : all.path("entries")) {
      long more = e.path("count").asLong() - 1;
      table.row(
          e.path("index").asString(),
          TIME.format(Instant.ofEpochMilli(e.path("at").asLong()).atZone(ZoneId.systemDefault())),
          e.path("by").asString().isEmpty() ? "-" : e.path("by").asString(),
          e.path("role").asString(),
          e.path("from").asString(),
          e.path("member").asString(),
          e.path("what").asString() + (more > 0 ? " and " + more + " more" : ""));
      if (!e.path("before").isNull() || !e.path("after").isNull()) {
        table.note(value(e.path("before")) + " -> " + value(e.path("after")));
      }
    }
    table.print();
    return Main.OK;
  }

  private static String value(JsonNode value) {
    return value.isNull() ? "-" : value.isString() ? value.asString() : value.toString();
  }

  private static String parameter(String name, @Nullable String value) {
    if (value == null) return "";
    return "&" + name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
  }
}
