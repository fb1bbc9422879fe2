package io.muster.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `muster group`: sets of permissions that users have.
@Command(
    name = "group",
    mixinStandardHelpOptions = true,
    description = {
      "Shows and changes groups. A user may do what any of the groups allows,",
      "unless one of them, or the user's own permissions, prohibit it."
    },
    subcommands = {
      GroupCommand.ListGroups.class,
      GroupCommand.Show.class,
      GroupCommand.Add.class,
      GroupCommand.Remove.class,
      GroupCommand.Link.class,
      GroupCommand.Unlink.class
    },
    footer = {
      "",
      "Example:  muster group add readers",
      "          muster permission allow --group readers --path '/a/*' --action get,on",
      "          muster group link readers bob"
    })
final class GroupCommand extends CommandGroup {
  private static final String GROUPS = "/v1/groups";

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists groups.",
      footer = {"", "Example:  muster group list"})
  static final class ListGroups implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(
        paramLabel = "PATTERN",
        arity = "0..1",
        description = "Of names: '*' is any run of characters.")
    @Nullable String pattern;

    @Override
    public Integer call() {
      JsonNode found = admin.get(Asking.query(GROUPS, "pattern", pattern));
      if (admin.json) {
        System.out.println(found);
        return Main.OK;
      }
      AdminCommands.Table table = new AdminCommands.Table("NAME", "PATHS");
      for (JsonNode g : found.path("groups")) {
        table.row(g.path("name").asString(), Integer.toString(g.path("permissions").size()));
      }
      table.print();
      return Main.OK;
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Tells the users and permissions of a group.",
      footer = {"", "Example:  muster group show readers"})
  static final class Show implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "NAME", description = "Of the group.")
    String name = "";

    @Override
    public Integer call() {
      JsonNode group = admin.get(Asking.named(GROUPS, name));
      if (admin.json) {
        System.out.println(group);
        return Main.OK;
      }
      System.out.printf("group   %s%n", group.path("name").asString());
      System.out.printf("users   %s%n", Asking.joined(group.path("users")));
      if (!group.path("customData").isEmpty()) {
        System.out.printf("custom  %s%n", group.path("customData"));
      }
      if (!group.path("permissions").isEmpty()) System.out.println("permissions");
      Asking.printPermissions(group.path("permissions"));
      return Main.OK;
    }
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = "Makes a group. A new one allows nothing.",
      footer = {"", "Example:  muster group add readers"})
  static final class Add implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "NAME", description = "Of the group.")
    String name = "";

    @Option(
        names = "--custom-data",
        paramLabel = "JSON",
        description = "An object that is kept with the group.")
    @Nullable String customData;

    @Override
    public Integer call() {
      ObjectNode body = AdminClient.JSON.createObjectNode();
      if (customData != null) body.set("customData", UserCommand.customData(customData));
      String route = Asking.query(Asking.named(GROUPS, name), "must", "be_new");
      JsonNode made = admin.send("PUT", route, body.toString());
      System.out.println(admin.json ? made.toString() : "made group " + name);
      return Main.OK;
    }
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Removes a group with its permissions. Its users stay.",
      footer = {"", "Example:  muster group remove readers"})
  static final class Remove implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "NAME", description = "Of the group.")
    String name = "";

    @Override
    public Integer call() {
      JsonNode removed = admin.send("DELETE", Asking.named(GROUPS, name), null);
      Asking.printRemoved(admin.json, removed, "removed group " + name, "nothing to remove");
      return Main.OK;
    }
  }

  @Command(
      name = "link",
      mixinStandardHelpOptions = true,
      description = "Puts users into a group.",
      footer = {"", "Example:  muster group link readers bob eve"})
  static final class Link implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(index = "0", paramLabel = "GROUP", description = "Its name.")
    String group = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "USER", description = "Their names.")
    List<String> users = List.of();

    @Override
    public Integer call() {
      for (String user : users) {
        String route = Asking.query("/v1/links", "group", group, "user", user);
        JsonNode now = admin.send("PUT", route, "");
        System.out.println(
            admin.json
                ? now.toString()
                : user + " has groups " + Asking.joined(now.path("groups")));
      }
      return Main.OK;
    }
  }

  @Command(
      name = "unlink",
      mixinStandardHelpOptions = true,
      description = "Takes users out of a group.",
      footer = {"", "Example:  muster group unlink readers bob"})
  static final class Unlink implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(index = "0", paramLabel = "GROUP", description = "Its name.")
    String group = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "USER", description = "Their names.")
    List<String> users = List.of();

    @Override
    public Integer call() {
      for (String user : users) {
        String route = Asking.query("/v1/links", "group", group, "user", user);
        JsonNode removed = admin.send("DELETE", route, null);
        Asking.printRemoved(
            admin.json, removed, user + " is no longer in " + group, user + " was not in " + group);
      }
      return Main.OK;
    }
  }
}
