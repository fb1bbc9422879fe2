package io.muster.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `muster data`: records by path.
@Command(
    name = "data",
    mixinStandardHelpOptions = true,
    description = "Reads, writes and watches records by path.",
    subcommands = {
      DataCommand.Get.class,
      DataCommand.Set.class,
      DataCommand.Remove.class,
      DataCommand.Count.class,
      WatchCommand.class
    },
    footer = {
      "",
      "Example:  muster data set /sensors/1 '{\"t\":21.5}'",
      "          muster data get '/sensors/*'",
      "          muster data watch '/sensors/*'"
    })
final class DataCommand extends CommandGroup {
  private static String route(String path) {
    try {
      String slashed = path.startsWith("/") ? path : "/" + path;
      return "/v1/data" + new URI(null, null, slashed, null).toASCIIString();
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("not a path: " + path, e);
    }
  }

  @Command(
      name = "get",
      mixinStandardHelpOptions = true,
      description = "Prints a record, or all records of a pattern with '*'.",
      footer = {"", "Example:  muster data get '/sensors/*'"})
  static final class Get implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(
        paramLabel = "PATH",
        description = "Of a record, or a pattern: '*' is any run of characters.")
    String path = "";

    @Override
    public Integer call() {
      JsonNode found = admin.get(route(path));
      if (admin.json) {
        System.out.println(found);
      } else if (found.has("records")) {
        for (JsonNode r : found.path("records")) {
          System.out.printf("%s  %s%n", r.path("path").asString(), r.path("data"));
        }
      } else {
        System.out.println(found.path("data"));
      }
      return Main.OK;
    }
  }

  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = {
        "Writes a record and publishes it; what is no JSON object is kept under 'value'.",
        "Subscribers see it as published by 'admin'."
      },
      footer = {"", "Example:  muster data set /sensors/1 '{\"t\":21.5}'"})
  static final class Set implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(index = "0", paramLabel = "PATH", description = "Of the record, without '*'.")
    String path = "";

    @Parameters(index = "1", paramLabel = "JSON", description = "What to write.")
    String data = "";

    @Override
    public Integer call() {
      JsonNode written = admin.send("PUT", route(path), data);
      System.out.println(
          admin.json ? written.toString() : "version " + written.path("version").asLong());
      return Main.OK;
    }
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = {
        "Removes a record, or all records of a pattern with '*', and publishes that.",
        "Prints how many there were; removing what is not there is no error."
      },
      footer = {"", "Example:  muster data remove '/sensors/*'"})
  static final class Remove implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(
        paramLabel = "PATH",
        description = "Of a record, or a pattern: '*' is any run of characters.")
    String path = "";

    @Override
    public Integer call() {
      JsonNode removed = admin.send("DELETE", route(path), null);
      System.out.println(
          admin.json ? removed.toString() : "removed " + removed.path("removed").asLong());
      return Main.OK;
    }
  }

  @Command(
      name = "count",
      mixinStandardHelpOptions = true,
      description = "Counts the records of a pattern.",
      footer = {"", "Example:  muster data count '/sensors/*'"})
  static final class Count implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(
        paramLabel = "PATH",
        description = "A pattern: '*' is any run of characters, slashes included.")
    String path = "";

    @Override
    public Integer call() {
      JsonNode counted = admin.get(route(path) + "?count");
      System.out.println(admin.json ? counted.toString() : counted.path("count").asLong());
      return Main.OK;
    }
  }
}
