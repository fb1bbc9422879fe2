package io.muster.cli;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `muster token`: what logins gave, and is good no longer.
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    description = "Makes session tokens useless, and good again.",
    subcommands = {
      TokenCommand.ListTokens.class,
      TokenCommand.Revoke.class,
      TokenCommand.Restore.class
    },
    footer = {"", "Example:  muster token revoke --session 8c1f --reason stolen"})
final class TokenCommand extends CommandGroup {
  private static final String TOKENS = "/v1/tokens";

  private static String date(long millis) {
    return Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists revoked tokens. Tokens themselves are not kept anywhere.",
      footer = {"", "Example:  muster token list"})
  static final class ListTokens implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Override
    public Integer call() {
      JsonNode found = admin.get(TOKENS);
      if (admin.json) {
        System.out.println(found);
        return Main.OK;
      }
      AdminCommands.Table table =
          new AdminCommands.Table("ID", "USER", "REVOKED", "KEPT UNTIL", "REASON");
      for (JsonNode t : found.path("tokens")) {
        long until = t.path("until").asLong();
        table.row(
            t.path("id").asString(),
            t.path("username").asString(),
            date(t.path("at").asLong()),
            until == 0 ? "for ever" : date(until),
            t.path("reason").asString());
      }
      table.print();
      return Main.OK;
    }
  }

  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = {
        "Makes a token useless: all sessions with it end on all members, nobody logs in with"
            + " it again.",
        "Without --session the token is asked for without echo; without a terminal the first"
            + " line of standard input counts."
      },
      footer = {
        "",
        "Example:  muster token revoke --session 8c1f --reason stolen",
        "          muster token revoke < token.txt"
      })
  static final class Revoke implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Option(
        names = "--session",
        paramLabel = "ID",
        description = "The token of this session, see 'muster session list'.")
    @Nullable String session;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Kept with the token's id.")
    @Nullable String reason;

    @Override
    public Integer call() {
      ObjectNode body = AdminClient.JSON.createObjectNode();
      if (session != null) body.put("session", session);
      else body.put("token", Passwords.token());
      if (reason != null) body.put("reason", reason);
      JsonNode t = admin.send("POST", TOKENS, body.toString());
      System.out.println(
          admin.json
              ? t.toString()
              : "revoked token "
                  + t.path("id").asString()
                  + " of "
                  + t.path("username").asString());
      return Main.OK;
    }
  }

  @Command(
      name = "restore",
      mixinStandardHelpOptions = true,
      description = "Makes a revoked token good again.",
      footer = {"", "Example:  muster token restore 5f0d"})
  static final class Restore implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(paramLabel = "ID", description = "As 'muster token list' tells it.")
    String id = "";

    @Override
    public Integer call() {
      JsonNode restored = admin.send("DELETE", Asking.named(TOKENS, id), null);
      Asking.printRemoved(admin.json, restored, "restored", "no such token is revoked");
      return Main.OK;
    }
  }
}
