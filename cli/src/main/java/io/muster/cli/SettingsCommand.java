package io.muster.cli;

import io.muster.node.ClusterCatalogue;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `muster settings`: what the cluster holds for all its members.
@Command(
    name = "settings",
    mixinStandardHelpOptions = true,
    description = {
      "Shows and changes what the cluster holds for all its members.",
      "What one member is configured with is its own affair: 'muster config export'."
    },
    subcommands = {
      SettingsCommand.Get.class,
      SettingsCommand.Set.class,
      SettingsCommand.Unset.class
    },
    footer = {
      "",
      "Example:  muster settings get",
      "          muster settings set log.level debug",
      "          muster settings unset log.level"
    })
final class SettingsCommand extends CommandGroup {
  /// For completion.
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ClusterCatalogue.ALL.stream().map(s -> s.name()).iterator();
    }
  }

  private static String route(String name) {
    return "/v1/settings/" + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String words(String change) {
    return switch (change) {
      case "never" -> "never";
      case "at_start" -> "at start";
      default -> "any time";
    };
  }

  @Command(
      name = "get",
      mixinStandardHelpOptions = true,
      description = {
        "Lists all settings of the cluster, or tells all about one.",
        "FROM says whether the cluster holds the value, or the member asked goes by its own"
            + " configuration."
      },
      footer = {
        "",
        "Changes: any time (at once, on all members); at start (members that start must be"
            + " configured with it); never (kept since the cluster was founded).",
        "",
        "Example:  muster settings get",
        "          muster settings get log.level --json"
      })
  static final class Get implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(
        paramLabel = "NAME",
        arity = "0..1",
        completionCandidates = Names.class,
        description = "Of one setting, such as log.level.")
    @Nullable String name;

    @Override
    public Integer call() {
      JsonNode found = admin.get(name == null ? "/v1/settings" : route(name));
      if (admin.json) {
        System.out.println(found);
      } else if (name != null) {
        one(found);
      } else {
        AdminCommands.Table table =
            new AdminCommands.Table("NAME", "VALUE", "FROM", "CHANGES", "MEANING");
        for (JsonNode s : found.path("settings")) {
          table.row(
              s.path("name").asString(),
              s.path("value").asString(),
              s.path("source").asString(),
              words(s.path("change").asString()),
              s.path("meaning").asString());
        }
        table.print();
      }
      return Main.OK;
    }

    private static void one(JsonNode s) {
      System.out.printf(
          "setting  %s, %s%nvalue    %s%n",
          s.path("name").asString(), s.path("meaning").asString(), s.path("value").asString());
      System.out.printf(
          "from     %s%n",
          s.path("source").asString().equals("cluster")
              ? "the cluster; this member is configured with " + s.path("memberValue").asString()
              : "this member's own configuration");
      System.out.printf(
          "range    %s; %s where nothing is configured%n",
          s.path("range").asString(), s.path("fallback").asString());
      System.out.printf("changes  %s%n", words(s.path("change").asString()));
    }
  }

  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = {
        "Changes a setting for the whole cluster.",
        "One that changes any time takes effect on all members within a second, above what they"
            + " are configured with, and stays until it is set again or unset."
      },
      footer = {
        "",
        "A setting that changes at start binds members that start from now on; those that run"
            + " keep theirs. Stop all control members, configure the new value, start them.",
        "",
        "Example:  muster settings set gateway.queue_bytes_max 64MiB"
      })
  static final class Set implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(
        index = "0",
        paramLabel = "NAME",
        completionCandidates = Names.class,
        description = "Of the setting, such as log.level.")
    String name = "";

    @Parameters(
        index = "1",
        paramLabel = "VALUE",
        description = "As it would be written in a member's settings.")
    String value = "";

    @Override
    public Integer call() {
      String body = AdminClient.JSON.writeValueAsString(Map.of("value", value));
      JsonNode now = admin.send("PUT", route(name), body);
      System.out.println(admin.json ? now.toString() : said(now));
      return Main.OK;
    }

    private static String said(JsonNode now) {
      String text = now.path("name").asString() + " is " + now.path("value").asString();
      boolean later =
          now.path("change").asString().equals("at_start")
              && !now.path("memberValue").asString().equals(now.path("value").asString());
      return later
          ? text
              + " for members that start from now on; this one runs with "
              + now.path("memberValue").asString()
          : text;
    }
  }

  @Command(
      name = "unset",
      mixinStandardHelpOptions = true,
      description = "Takes a setting back: each member goes by its own configuration again.",
      footer = {"", "Example:  muster settings unset log.level"})
  static final class Unset implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(
        paramLabel = "NAME",
        completionCandidates = Names.class,
        description = "Of the setting, such as log.level.")
    String name = "";

    @Override
    public Integer call() {
      JsonNode now = admin.send("DELETE", route(name), null);
      System.out.println(
          admin.json
              ? now.toString()
              : now.path("name").asString()
                  + " is "
                  + now.path("value").asString()
                  + ", as this member is configured");
      return Main.OK;
    }
  }
}
