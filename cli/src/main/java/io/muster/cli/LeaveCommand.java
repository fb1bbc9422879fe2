package io.muster.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `muster leave`: a member goes for good and is not missed.
@Command(
    name = "leave",
    mixinStandardHelpOptions = true,
    description = {
      "Takes a member out of the cluster for good, then stops it: clients are sent away, leadership"
          + " is handed over, its vote goes to a standby if there is one, and it is registered no"
          + " more.",
      "Refused, with nothing done, where the others could not go on: when it is the last that"
          + " votes, or so many are away that without it no majority would be here."
    },
    footer = {
      "",
      "The others can take writes all the time, clients are sent away at once; 'muster drain"
          + " --leave' gives them time. A member that only restarts needs 'muster stop'; one that"
          + " is gone already 'muster members forget'.",
      "Its data directory cannot be started again: remove it, or move it away. With an empty one a"
          + " new member joins.",
      "",
      "Exit codes: 0 it has left and stopped; 1 refused, or left in part and the message says how"
          + " far it came (repeat it, or restart the member to let it back in); 2 usage; 3 not"
          + " running.",
      "",
      "Example:  muster leave -c muster.yaml",
      "          muster leave --admin http://10.0.0.3:8880 --token-file c.token --timeout 5m"
    })
final class LeaveCommand implements Callable<Integer> {
  private static final Duration STOP = Duration.ofSeconds(30);

  @Mixin AdminClient admin = new AdminClient();

  @Option(
      names = "--timeout",
      paramLabel = "S",
      defaultValue = "60s",
      converter = DurationOption.class,
      description =
          "How long the others may take to confirm, in seconds or as 2m, up to 1h"
              + " (${DEFAULT-VALUE}).")
  Duration timeout = Duration.ofMinutes(1);

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    long seconds = timeout.toSeconds();
    if (seconds < 1 || seconds > 3600) {
      throw new ParameterException(
          spec.commandLine(),
          "--timeout: expected 1s to 1h, found " + DurationOption.words(timeout));
    }
    return left(admin, Optional.empty(), timeout);
  }

  /// Leaves, waits for the end and says so.
  ///
  /// @param drain how long clients may be sent away one by one before it leaves; empty for at once
  /// @param limit for the others to confirm
  /// @return the exit code
  static int left(AdminClient admin, Optional<Duration> drain, Duration limit) {
    // Asking whether it may leave comes first, and a single change may outlast the limit a little.
    Duration patience = limit.plus(drain.orElse(Duration.ZERO)).plusMinutes(1);
    String over = drain.map(d -> "&drain=" + d.toSeconds()).orElse("");
    JsonNode answer =
        admin.send("POST", "/v1/leave?timeout=" + limit.toSeconds() + over, null, patience);
    if (!admin.awaitEnd(answer.path("pid").asLong(), STOP)) {
      System.err.println(
          "muster: "
              + admin.asked()
              + " has left and is still stopping after "
              + DurationOption.words(STOP)
              + "; its log says what it waits for");
      return Main.FAILURE;
    }
    System.out.println(
        admin.json ? "{\"left\":true}" : drain.isPresent() ? "drained and left" : "left");
    return Main.OK;
  }
}
