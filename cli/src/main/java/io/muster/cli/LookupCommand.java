package io.muster.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `muster lookup`: sets of paths, and what groups may do because a path is in one.
@Command(
    name = "lookup",
    mixinStandardHelpOptions = true,
    description = {
      "Shows and changes lookup tables: sets of paths. They are asked where no",
      "permission says anything: a path that matches the regular expression of a",
      "lookup permission is allowed when what is made of it is in the table."
    },
    subcommands = {
      LookupCommand.ListTables.class,
      LookupCommand.Show.class,
      LookupCommand.Add.class,
      LookupCommand.Remove.class,
      LookupCommand.Allow.class,
      LookupCommand.Disallow.class
    },
    footer = {
      "",
      "Example:  muster lookup add devices device/1 device/2",
      "          muster lookup allow --group drivers --table devices \\",
      "            --regex '^/data/([0-9]+)$' --path 'device/{{$1}}' --action get"
    })
final class LookupCommand extends CommandGroup {
  private static final String TABLES = "/v1/lookup_tables";
  private static final String PERMISSIONS = "/v1/lookup_permissions";

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the tables, and the permissions that ask them.",
      footer = {"", "Example:  muster lookup list --group drivers"})
  static final class ListTables implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Option(
        names = "--group",
        paramLabel = "GROUP",
        description = "Only permissions of these groups: '*' is any run of characters.")
    @Nullable String group;

    @Override
    public Integer call() {
      JsonNode tables = admin.get(TABLES).path("tables");
      JsonNode permissions =
          admin.get(Asking.query(PERMISSIONS, "group", group)).path("permissions");
      if (admin.json) {
        ObjectNode both = AdminClient.JSON.createObjectNode();
        both.set("tables", tables);
        both.set("permissions", permissions);
        System.out.println(both);
        return Main.OK;
      }
      System.out.println("tables  " + Asking.joined(tables));
      AdminCommands.Table table =
          new AdminCommands.Table("GROUP", "TABLE", "ACTIONS", "REGEX", "PATH");
      for (JsonNode p : permissions) {
        table.row(
            p.path("group").asString(),
            p.path("table").asString(),
            Asking.joined(p.path("actions")),
            p.path("regex").asString(),
            p.path("path").asString());
      }
      table.print();
      return Main.OK;
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Lists the paths in a table.",
      footer = {"", "Example:  muster lookup show devices"})
  static final class Show implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "TABLE", description = "Its name.")
    String name = "";

    @Override
    public Integer call() {
      JsonNode table = admin.get(Asking.named(TABLES, name));
      if (admin.json) System.out.println(table);
      else for (JsonNode path : table.path("paths")) System.out.println(path.asString());
      return Main.OK;
    }
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = "Adds paths to a table, which is made when there is none.",
      footer = {"", "Example:  muster lookup add devices device/1 'site/7/*'"})
  static final class Add implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(index = "0", paramLabel = "TABLE", description = "Its name.")
    String name = "";

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "PATH",
        description = "A path; '*' in it is any run of characters.")
    List<String> paths = List.of();

    @Override
    public Integer call() {
      ObjectNode body = AdminClient.JSON.createObjectNode();
      ArrayNode all = body.putArray("paths");
      paths.forEach(all::add);
      JsonNode table = admin.send("PUT", Asking.named(TABLES, name), body.toString());
      System.out.println(
          admin.json
              ? table.toString()
              : "table " + name + " has " + table.path("paths").size() + " paths");
      return Main.OK;
    }
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Removes a path from a table, or the table.",
      footer = {
        "",
        "Example:  muster lookup remove devices device/1",
        "          muster lookup remove devices --all"
      })
  static final class Remove implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(index = "0", paramLabel = "TABLE", description = "Its name.")
    String name = "";

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "PATH",
        description = "As 'muster lookup show' tells it.")
    @Nullable String path;

    @Option(names = "--all", description = "The table with all its paths.")
    boolean all;

    @Override
    public Integer call() {
      if (all == (path != null)) {
        System.err.println("muster: expected either PATH or --all");
        return Main.USAGE;
      }
      JsonNode removed =
          admin.send("DELETE", Asking.query(Asking.named(TABLES, name), "path", path), null);
      Asking.printRemoved(
          admin.json,
          removed,
          "removed " + removed.path("removed").asLong() + " of table " + name,
          "nothing to remove");
      return Main.OK;
    }
  }

  /// What names a permission.
  static final class Rule {
    @Option(
        names = "--group",
        required = true,
        paramLabel = "GROUP",
        description = "Whose permission it is.")
    String group = "";

    @Option(
        names = "--table",
        required = true,
        paramLabel = "TABLE",
        description = "Where it looks.")
    String table = "";

    @Option(
        names = "--regex",
        required = true,
        paramLabel = "REGEX",
        description = "Of paths that are asked for (RE2); its groups fill {{$$1}} in --path.")
    String regex = "";

    @Option(
        names = "--path",
        required = true,
        paramLabel = "PATH",
        description = "What is looked for, with {{$$1}} and {{user.username}} in it.")
    String path = "";

    String route(@Nullable String actions) {
      return Asking.query(
          PERMISSIONS,
          "group",
          group,
          "table",
          table,
          "regex",
          regex,
          "path",
          path,
          "action",
          actions);
    }
  }

  @Command(
      name = "allow",
      mixinStandardHelpOptions = true,
      description = "Lets a group do what a table has paths for.",
      footer = {
        "",
        "Example:  muster lookup allow --group drivers --table devices \\",
        "            --regex '^/data/([0-9]+)$' --path 'device/{{$1}}' --action get"
      })
  static final class Allow implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();
    @Mixin Rule rule = new Rule();

    @Option(
        names = "--action",
        required = true,
        split = ",",
        paramLabel = "ACTION",
        converter = PermissionCommand.ActionOption.class,
        completionCandidates = PermissionCommand.Actions.class,
        description = "Such as get, set, on, remove or '*'; several with commas between.")
    List<String> actions = List.of();

    @Override
    public Integer call() {
      JsonNode now = admin.send("PUT", rule.route(String.join(",", actions)), "");
      System.out.println(
          admin.json
              ? now.toString()
              : "group "
                  + rule.group
                  + " may "
                  + Asking.joined(now.path("actions"))
                  + " what table "
                  + rule.table
                  + " has");
      return Main.OK;
    }
  }

  @Command(
      name = "disallow",
      mixinStandardHelpOptions = true,
      description = "Takes a lookup permission back, whatever its actions.",
      footer = {
        "",
        "Example:  muster lookup disallow --group drivers --table devices \\",
        "            --regex '^/data/([0-9]+)$' --path 'device/{{$1}}'"
      })
  static final class Disallow implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();
    @Mixin Rule rule = new Rule();

    @Override
    public Integer call() {
      JsonNode removed = admin.send("DELETE", rule.route(null), null);
      Asking.printRemoved(admin.json, removed, "removed", "there is no such permission");
      return Main.OK;
    }
  }
}
