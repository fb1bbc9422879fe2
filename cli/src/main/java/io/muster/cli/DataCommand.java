package io.muster.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `muster data`: records by path.
@Command(
    name = "data",
    mixinStandardHelpOptions = true,
    description = "Reads and writes records by path.",
    subcommands = {
      DataCommand.Get.class,
      DataCommand.Set.class,
      DataCommand.Remove.class,
      DataCommand.Count.class
    },
    footer = {
      "",
      "Example:  muster data set /sensors/1 '{\"t\":21.5}'",
      "          muster data get '/sensors/*'"
    })
final class DataCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    CommandLine.usage(this, System.out);
    return Main.USAGE;
  }

  private static String route(String path) {
    try {
      String slashed = path.startsWith("/") ? path : "/" + path;
      return "/v1/data" + new URI(null, null, slashed, null).getRawPath();
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

    @Parameters(paramLabel = "PATH")
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
      description = "Writes a record; what is no JSON object is kept under 'value'.",
      footer = {"", "Example:  muster data set /sensors/1 '{\"t\":21.5}'"})
  static final class Set implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(index = "0", paramLabel = "PATH")
    String path = "";

    @Parameters(index = "1", paramLabel = "JSON")
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
      description = "Removes a record, or all records of a pattern with '*'.",
      footer = {"", "Example:  muster data remove '/sensors/*'"})
  static final class Remove implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "PATH")
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

    @Parameters(paramLabel = "PATH")
    String path = "";

    @Override
    public Integer call() {
      JsonNode counted = admin.get(route(path) + "?count");
      System.out.println(admin.json ? counted.toString() : counted.path("count").asLong());
      return Main.OK;
    }
  }
}
