package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.node.MusterNode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The entry point.
@Command(
    name = "muster",
    mixinStandardHelpOptions = true,
    version = "muster " + MusterNode.VERSION,
    description =
        "A handful of machines as one cluster: realtime paths and data for happn-3 clients.",
    footer = {
      "",
      "Try:  muster demo",
      "Exit codes: 0 ok, 1 failure, 2 usage or configuration, 3 not running."
    },
    subcommands = {
      StartCommand.class,
      DemoCommand.class,
      AdminCommands.Stop.class,
      LogCommand.class,
      DrainCommand.class,
      LeaveCommand.class,
      AdminCommands.StatusCommand.class,
      AdminCommands.Members.class,
      DoorCommands.Health.class,
      DoorCommands.Open.class,
      StreamsCommand.class,
      ClusterCommand.class,
      ClusterCommand.Tree.class,
      ClusterCommand.InsertNode.class,
      ClusterCommand.DeleteNode.class,
      ClusterCommand.NodeInfo.class,
      ClusterCommand.Reload.class,
      SilenceCommand.class,
      MonitorCommand.class,
      TopCommand.class,
      AuditCommand.class,
      DataCommand.class,
      TopicCommand.class,
      SettingsCommand.class,
      UserCommand.class,
      GroupCommand.class,
      PermissionCommand.class,
      LookupCommand.class,
      SessionCommand.class,
      TokenCommand.class,
      ImportCommand.class,
      BenchCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
      RecoverCommand.class,
      ConfigCommands.Validate.class,
      ConfigCommands.Config.class,
      DiscoverCommand.class,
      SecretCommand.class,
      GenTlsCommand.class,
      Main.Explain.class,
      Main.Version.class,
      Main.Completion.class
    })
public final class Main extends CommandGroup {
  static final int OK = 0;
  static final int FAILURE = 1;
  static final int USAGE = 2;
  static final int NOT_RUNNING = 3;

  public static void main(String[] args) {
    System.exit(run(args));
  }

  static int run(String... args) {
    CommandLine line = commandLine();
    line.setExecutionExceptionHandler(
        (e, commandLine, _) -> {
          commandLine.getErr().println(message(e));
          return exitCode(e);
        });
    return line.execute(args);
  }

  /// All commands; each answers `--version` alike.
  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true);
    version(line);
    return line;
  }

  private static void version(CommandLine line) {
    line.getCommandSpec().version("muster " + MusterNode.VERSION);
    line.getSubcommands().values().forEach(Main::version);
  }

  private static String message(Exception e) {
    if (e instanceof MusterException || e instanceof NotRunning) return "muster: " + e.getMessage();
    return "muster: " + e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  private static int exitCode(Exception e) {
    if (e instanceof NotRunning) return NOT_RUNNING;
    if (e instanceof MusterException m) {
      if (m.code() == ErrorCode.BENCH_UNREACHABLE) return NOT_RUNNING;
      return switch (m.code()) {
        case SETTING_INVALID, INSECURE_CONFIGURATION, CLUSTER_SETTING_MISMATCH -> USAGE;
        default -> FAILURE;
      };
    }
    return FAILURE;
  }

  /// No member answers at the address.
  static final class NotRunning extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotRunning(String message) {
      super(message);
    }
  }

  @Command(
      name = "version",
      mixinStandardHelpOptions = true,
      description = "Prints the version.",
      footer = {"", "Example:  muster version"})
  static final class Version implements Callable<Integer> {
    @Override
    public Integer call() {
      System.out.println("muster " + MusterNode.VERSION + ", Java " + Runtime.version());
      return OK;
    }
  }

  @Command(
      name = "completion",
      mixinStandardHelpOptions = true,
      description = "Prints a completion script for bash and zsh.",
      footer = {"", "Example:  source <(muster completion)"})
  static final class Completion implements Callable<Integer> {
    @Override
    public Integer call() {
      System.out.println(AutoComplete.bash("muster", commandLine()));
      return OK;
    }
  }

  @Command(
      name = "explain",
      mixinStandardHelpOptions = true,
      description =
          "Explains an error by its name or number, why a member is or is not ready or suspected,"
              + " or a user's rights.",
      subcommands = {
        PermissionCommand.Explain.class,
        ExplainCommands.OfMember.class,
        ExplainCommands.OfReadiness.class
      },
      footer = {
        "",
        "Example:  muster explain no_quorum",
        "          muster explain readiness",
        "          muster explain member b",
        "          muster explain permission --user bob --action set --path /a"
      })
  static final class Explain extends CommandGroup {
    @CommandLine.Parameters(
        paramLabel = "CODE",
        arity = "0..1",
        description = "Of an error: its name or number, such as no_quorum or 4001.")
    @Nullable String code;

    @Override
    public Integer call() {
      if (code == null) return super.call();
      for (ErrorCode c : ErrorCode.values()) {
        if (!c.code().equals(code) && !Integer.toString(c.number()).equals(code)) continue;
        System.out.printf(
            "%s (%d, HTTP %d)%n  what    %s%n  cause   %s%n  remedy  %s%n",
            c.code(), c.number(), c.status(), c.text(), c.cause(), c.remedy());
        return OK;
      }
      System.err.println("muster: no error is called '" + code + "'; see docs/reference/errors.md");
      return FAILURE;
    }
  }
}
