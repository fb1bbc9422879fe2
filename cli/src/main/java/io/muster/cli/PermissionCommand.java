package io.muster.cli;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.JsonNode;

/// `muster permission`: what groups and users may do at which paths.
@Command(
    name = "permission",
    mixinStandardHelpOptions = true,
    description = {
      "Shows and changes what groups and users may do.",
      "What nobody allows is refused; a prohibition always wins."
    },
    subcommands = {
      PermissionCommand.ListPermissions.class,
      PermissionCommand.Allow.class,
      PermissionCommand.Prohibit.class,
      PermissionCommand.Remove.class
    },
    footer = {
      "",
      "Example:  muster permission allow --group readers --path '/a/*' --action get,on",
      "          muster explain permission --user bob --action set --path /a/b"
    })
final class PermissionCommand extends CommandGroup {
  private static final String PERMISSIONS = "/v1/permissions";

  /// As permissions write them. Completion leaves `*` out: the shell would put file names there.
  static final class Actions implements Iterable<String> {
    static final List<String> ALL =
        List.of("get", "set", "on", "remove", "put", "post", "delete", "head", "options", "*");

    @Override
    public Iterator<String> iterator() {
      return ALL.stream().filter(a -> !a.equals("*")).iterator();
    }
  }

  /// Refuses what is no action before anybody is asked.
  static final class ActionOption implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      if (Actions.ALL.contains(value)) return value;
      throw new TypeConversionException(
          "expected one of " + String.join(", ", Actions.ALL) + ", found '" + value + "'");
    }
  }

  /// Whose permissions.
  static final class Holder {
    @Option(names = "--group", paramLabel = "GROUP", description = "Of this group.")
    @Nullable String group;

    @Option(names = "--user", paramLabel = "USER", description = "Of this user.")
    @Nullable String user;

    String words() {
      return group != null ? "group " + group : "user " + user;
    }
  }

  /// What the commands that change something have in common.
  static final class Where {
    @ArgGroup(multiplicity = "1")
    Holder holder = new Holder();

    @Option(
        names = "--path",
        required = true,
        paramLabel = "PATH",
        description = "A path or a pattern: '/a/*' is all below /a.")
    String path = "";

    @Option(
        names = "--action",
        required = true,
        split = ",",
        paramLabel = "ACTION",
        converter = ActionOption.class,
        completionCandidates = Actions.class,
        description = {
          "Such as get, set, on, remove or '*'; for HTTP put, post, delete, head, options.",
          "Several with commas between, or given again."
        })
    List<String> actions = List.of();

    String actionsText() {
      return String.join(",", actions);
    }

    String route(@Nullable String effect) {
      return Asking.query(
          PERMISSIONS,
          "group",
          holder.group,
          "user",
          holder.user,
          "path",
          path,
          "action",
          actionsText(),
          "effect",
          effect);
    }
  }

  private static Integer set(AdminClient admin, Where where, String effect, String word) {
    JsonNode now = admin.send("PUT", where.route(effect), "");
    System.out.println(
        admin.json
            ? now.toString()
            : where.holder.words() + " " + word + " " + where.actionsText() + " " + where.path);
    return Main.OK;
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = {
        "Lists the permissions of a group or user, or of all.",
        "Of a user the own ones only: those of its groups are listed with the groups."
      },
      footer = {"", "Example:  muster permission list --group readers"})
  static final class ListPermissions implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @ArgGroup(multiplicity = "0..1")
    @Nullable Holder holder;

    @Override
    public Integer call() {
      JsonNode found =
          admin.get(
              holder == null
                  ? PERMISSIONS
                  : Asking.query(PERMISSIONS, "group", holder.group, "user", holder.user));
      if (admin.json) {
        System.out.println(found);
        return Main.OK;
      }
      AdminCommands.Table table = new AdminCommands.Table("OF", "NAME", "EFFECT", "ACTION", "PATH");
      for (JsonNode p : found.path("permissions")) {
        table.row(
            p.path("holder").asString(),
            p.path("name").asString(),
            p.path("effect").asString(),
            p.path("action").asString(),
            p.path("path").asString());
      }
      table.print();
      return Main.OK;
    }
  }

  @Command(
      name = "allow",
      mixinStandardHelpOptions = true,
      description = "Allows actions at a path, from the next request of every session on.",
      footer = {
        "",
        "Example:  muster permission allow --group readers --path '/a/*' --action get,on"
      })
  static final class Allow implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();
    @Mixin Where where = new Where();

    @Override
    public Integer call() {
      return set(admin, where, "allow", "may");
    }
  }

  @Command(
      name = "prohibit",
      mixinStandardHelpOptions = true,
      description = "Prohibits actions at a path, whatever else allows them.",
      footer = {
        "",
        "Example:  muster permission prohibit --user bob --path '/a/secret/*' --action '*'"
      })
  static final class Prohibit implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();
    @Mixin Where where = new Where();

    @Override
    public Integer call() {
      return set(admin, where, "prohibit", "may not");
    }
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Takes permissions, or prohibitions, of exactly this path.",
      footer = {"", "Example:  muster permission remove --group readers --path '/a/*' --action on"})
  static final class Remove implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();
    @Mixin Where where = new Where();

    @Override
    public Integer call() {
      JsonNode removed = admin.send("DELETE", where.route(null), null);
      Asking.printRemoved(
          admin.json,
          removed,
          "removed " + removed.path("removed").asLong(),
          where.holder.words() + " has nothing of that at " + where.path);
      return Main.OK;
    }
  }

  /// `muster explain permission`.
  @Command(
      name = "permission",
      mixinStandardHelpOptions = true,
      description = {
        "Says whether a user may do something, and by which rules.",
        "Exit code 0 when the user may, 1 when not."
      },
      footer = {"", "Example:  muster explain permission --user bob --action set --path /a/b"})
  static final class Explain implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Option(names = "--user", required = true, paramLabel = "USER", description = "Who.")
    String user = "";

    @Option(
        names = "--action",
        required = true,
        paramLabel = "ACTION",
        converter = ActionOption.class,
        completionCandidates = Actions.class,
        description = "Such as get, set, on or remove.")
    String action = "";

    @Option(
        names = "--path",
        required = true,
        paramLabel = "PATH",
        description = "Of a request; one with '*' is taken as it stands.")
    String path = "";

    @Override
    public Integer call() {
      JsonNode e =
          admin.get(Asking.query("/v1/explain", "user", user, "action", action, "path", path));
      boolean allowed = e.path("allowed").asBoolean();
      if (admin.json) {
        System.out.println(e);
      } else {
        System.out.printf(
            "%s %s %s %s: %s%n",
            user, allowed ? "may" : "may not", action, path, e.path("reason").asString());
        for (JsonNode rule : e.path("rules")) System.out.println("  " + rule.asString());
      }
      return allowed ? Main.OK : Main.FAILURE;
    }
  }
}
