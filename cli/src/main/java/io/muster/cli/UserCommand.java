package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `muster user`: who may log in.
@Command(
    name = "user",
    mixinStandardHelpOptions = true,
    description = {
      "Shows and changes who may log in, on all members at once.",
      "What users may do is a matter of 'muster group' and 'muster permission'."
    },
    subcommands = {
      UserCommand.Show.class,
      UserCommand.ListUsers.class,
      UserCommand.Add.class,
      UserCommand.Set.class,
      UserCommand.Remove.class,
      UserCommand.Password.class
    },
    footer = {
      "",
      "Example:  muster user add bob --group readers",
      "          muster user list",
      "          muster user password bob"
    })
final class UserCommand extends CommandGroup {
  private static final String USERS = "/v1/users";

  static void print(JsonNode user) {
    System.out.printf(
        "user    %s (%s)%n", user.path("username").asString(), user.path("userid").asString());
    System.out.printf("groups  %s%n", Asking.joined(user.path("groups")));
    if (user.has("authType")) System.out.printf("login   %s%n", user.path("authType").asString());
    if (user.has("publicKey")) System.out.println("login   also with a key pair");
    if (!user.path("customData").isEmpty()) {
      System.out.printf("custom  %s%n", user.path("customData"));
    }
    if (!user.path("permissions").isEmpty()) System.out.println("permissions of its own");
    Asking.printPermissions(user.path("permissions"));
  }

  static JsonNode customData(String text) {
    try {
      JsonNode node = AdminClient.JSON.readTree(text);
      if (node.isObject()) return node;
      throw wrong("--custom-data: expected a JSON object, found " + text, null);
    } catch (JacksonException e) {
      throw wrong("--custom-data: expected a JSON object: " + e.getOriginalMessage(), e);
    }
  }

  private static MusterException wrong(String why, @Nullable Exception cause) {
    return new MusterException(ErrorCode.SETTING_INVALID, why, cause);
  }

  private static String publicKey(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw wrong("--public-key: " + file + " cannot be read (" + e.getMessage() + ")", e);
    }
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists users with their groups.",
      footer = {
        "",
        "Example:  muster user list 'b*'",
        "          muster user list --group readers"
      })
  static final class ListUsers implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(
        paramLabel = "PATTERN",
        arity = "0..1",
        description = "Of names: '*' is any run of characters.")
    @Nullable String pattern;

    @Option(names = "--group", paramLabel = "GROUP", description = "Only users of this group.")
    @Nullable String group;

    @Override
    public Integer call() {
      JsonNode found = admin.get(Asking.query(USERS, "pattern", pattern, "group", group));
      if (admin.json) {
        System.out.println(found);
        return Main.OK;
      }
      AdminCommands.Table table = new AdminCommands.Table("NAME", "GROUPS", "OWN PERMISSIONS");
      for (JsonNode u : found.path("users")) {
        table.row(
            u.path("username").asString(),
            Asking.joined(u.path("groups")),
            Integer.toString(u.path("permissions").size()));
      }
      table.print();
      return Main.OK;
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Tells all about a user but the password.",
      footer = {"", "Example:  muster user show bob"})
  static final class Show implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "NAME", description = "Of the user.")
    String name = "";

    @Override
    public Integer call() {
      JsonNode user = admin.get(Asking.named(USERS, name));
      if (admin.json) System.out.println(user);
      else print(user);
      return Main.OK;
    }
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = {"Makes a user. A new one may do nothing.", "The password: " + Passwords.HELP},
      footer = {
        "",
        "Example:  muster user add bob --group readers --group writers",
        "          muster user add device-7 --public-key device-7.pem"
      })
  static final class Add implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "NAME", description = "Of the user.")
    String name = "";

    @Option(
        names = "--group",
        paramLabel = "GROUP",
        description = "A group to put the user into; may be given again.")
    List<String> groups = List.of();

    @Option(
        names = "--public-key",
        paramLabel = "FILE",
        description = "RSA, PEM: the user logs in with its private half, without a password.")
    @Nullable Path publicKey;

    @Option(
        names = "--custom-data",
        paramLabel = "JSON",
        description = "An object that is kept with the user; permissions may refer to it.")
    @Nullable String customData;

    @Option(
        names = "--auth-type",
        paramLabel = "PROVIDER",
        description = "Who checks the password: one of security.auth_providers; none is asked for.")
    @Nullable String authType;

    @Override
    public Integer call() {
      ObjectNode body = AdminClient.JSON.createObjectNode();
      if (customData != null) body.set("customData", customData(customData));
      if (publicKey != null) body.put("publicKey", publicKey(publicKey));
      if (authType != null) body.put("authType", authType);
      // Who misspells a group should not be asked for a password first.
      for (String g : groups) admin.get(Asking.named("/v1/groups", g));
      boolean own = authType == null || authType.equals("happn");
      if (publicKey == null && own) body.put("password", Passwords.wanted(name));
      String route = Asking.query(Asking.named(USERS, name), "must", "be_new");
      JsonNode user = admin.send("PUT", route, body.toString());
      String made = user.path("username").asString();
      for (String g : groups) {
        user = admin.send("PUT", Asking.query("/v1/links", "group", g, "user", made), "");
      }
      if (admin.json) System.out.println(user);
      else
        System.out.println("made user " + made + ", groups " + Asking.joined(user.path("groups")));
      return Main.OK;
    }
  }

  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = "Changes what is kept with a user.",
      footer = {"", "Example:  muster user set bob --custom-data '{\"area\":7}'"})
  static final class Set implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "NAME", description = "Of the user.")
    String name = "";

    @Option(
        names = "--public-key",
        paramLabel = "FILE",
        description = "RSA, PEM: the user may log in with its private half.")
    @Nullable Path publicKey;

    @Option(
        names = "--custom-data",
        paramLabel = "JSON",
        description = "An object that is kept with the user; permissions may refer to it.")
    @Nullable String customData;

    @Option(
        names = "--auth-type",
        paramLabel = "PROVIDER",
        description = "Who checks the password: one of security.auth_providers, or happn.")
    @Nullable String authType;

    @Override
    public Integer call() {
      if (publicKey == null && customData == null && authType == null) {
        throw wrong(
            "expected --public-key FILE, --custom-data JSON or --auth-type PROVIDER, found none",
            null);
      }
      ObjectNode body = AdminClient.JSON.createObjectNode();
      if (customData != null) body.set("customData", customData(customData));
      if (publicKey != null) body.put("publicKey", publicKey(publicKey));
      if (authType != null) body.put("authType", authType);
      String route = Asking.query(Asking.named(USERS, name), "must", "exist");
      JsonNode user = admin.send("PUT", route, body.toString());
      if (admin.json) System.out.println(user);
      else print(user);
      return Main.OK;
    }
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = {
        "Removes a user with links and permissions.",
        "The user's sessions end on all members."
      },
      footer = {"", "Example:  muster user remove bob"})
  static final class Remove implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "NAME", description = "Of the user.")
    String name = "";

    @Override
    public Integer call() {
      JsonNode removed = admin.send("DELETE", Asking.named(USERS, name), null);
      Asking.printRemoved(admin.json, removed, "removed user " + name, "nothing to remove");
      return Main.OK;
    }
  }

  @Command(
      name = "password",
      mixinStandardHelpOptions = true,
      description = {
        "Sets a user's password; the old one is not needed. Sessions go on.",
        "The password: " + Passwords.HELP,
        "That of _ADMIN is what members are configured with: change security.admin_password of"
            + " all members as well, or they will not start again."
      },
      footer = {"", "Example:  muster user password bob"})
  static final class Password implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "NAME", description = "Of the user.")
    String name = "";

    @Override
    public Integer call() {
      admin.get(Asking.named(USERS, name));
      ObjectNode body = AdminClient.JSON.createObjectNode();
      body.put("password", Passwords.wanted(name));
      JsonNode set = admin.send("PUT", Asking.named("/v1/passwords", name), body.toString());
      System.out.println(admin.json ? set.toString() : "password of " + name + " is set");
      return Main.OK;
    }
  }
}
