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

/// `muster drain`: clients and leadership go elsewhere, the member stays or stops.
@Command(
    name = "drain",
    mixinStandardHelpOptions = true,
    description = {
      "Moves clients away from a member and hands over what it leads; then the member waits, or"
          + " stops with --stop, or leaves the cluster for good with --leave.",
      "/readyz says 503 first, the clients' ports close, and clients are sent away one by one over"
          + " --timeout, each when what it asked for is answered: they connect elsewhere by"
          + " themselves. The member keeps its votes and its replicas."
    },
    footer = {
      "",
      "For a restart without anybody waiting: 'muster drain --stop' and 'muster start' on one"
          + " member after the other, each when the one before is ready. To take a member out for"
          + " good without anybody waiting: 'muster drain --leave'. It is refused as 'muster leave'"
          + " is, before the first client is sent away; the others have 60 s to confirm.",
      "",
      "Exit codes: 0 drained (and stopped, or left and stopped); 1 clients or leadership are there"
          + " still, or it has not stopped, or may not leave; 2 usage; 3 not running.",
      "",
      "Example:  muster drain --timeout 30s -c muster.yaml",
      "          muster drain --stop -c muster.yaml",
      "          muster drain --leave --timeout 2m -c muster.yaml",
      "          muster drain --off -c muster.yaml"
    })
final class DrainCommand implements Callable<Integer> {
  private static final Duration STOP = Duration.ofSeconds(30);
  private static final Duration LEAVE = Duration.ofSeconds(60);

  @Mixin AdminClient admin = new AdminClient();

  @Option(
      names = "--timeout",
      paramLabel = "S",
      defaultValue = "10s",
      converter = DurationOption.class,
      description =
          "Over how long clients are sent away, in seconds or as 2m, up to 1h (${DEFAULT-VALUE}).")
  Duration timeout = Duration.ofSeconds(10);

  @Option(names = "--stop", description = "Stop the member once it is drained.")
  boolean stop;

  @Option(
      names = "--leave",
      description = "Then take the member out of the cluster for good, and stop it.")
  boolean leave;

  @Option(names = "--off", description = "Let clients come to a drained member again.")
  boolean off;

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    long seconds = timeout.toSeconds();
    if (seconds < 1 || seconds > 3600) {
      throw wrong("--timeout: expected 1s to 1h, found " + DurationOption.words(timeout));
    }
    if (stop && off) throw wrong("--stop: not with --off");
    if (leave && (stop || off)) throw wrong("--leave: not with --off or --stop, it stops anyway");
    if (off) {
      JsonNode answer = admin.send("DELETE", "/v1/drain", null);
      System.out.println(admin.json ? answer.toString() : "clients may come");
      return Main.OK;
    }
    if (leave) return LeaveCommand.left(admin, Optional.of(timeout), LEAVE);
    Duration patience = timeout.plusMinutes(1);
    JsonNode answer = admin.send("POST", "/v1/drain?timeout=" + seconds, null, patience);
    long left = answer.path("connections").asLong();
    boolean done = left == 0 && answer.path("leads").isEmpty();
    if (stop) return stopped(answer, done);
    System.out.println(admin.json ? answer.toString() : words(answer, left));
    return done ? Main.OK : Main.FAILURE;
  }

  private ParameterException wrong(String why) {
    return new ParameterException(spec.commandLine(), why);
  }

  private static String words(JsonNode answer, long left) {
    StringBuilder words = new StringBuilder("drained");
    if (left > 0) words.append(", but ").append(left).append(" connections are open still");
    if (!answer.path("leads").isEmpty()) {
      words.append(", but nobody takes over ").append(Asking.joined(answer.path("leads")));
    }
    return words.toString();
  }

  private int stopped(JsonNode answer, boolean done) {
    if (!done) System.err.println("muster: " + words(answer, answer.path("connections").asLong()));
    JsonNode stopping = admin.send("POST", "/v1/stop", null);
    if (!admin.awaitEnd(stopping.path("pid").asLong(), STOP)) {
      System.err.println(
          "muster: "
              + admin.asked()
              + " is drained and still stopping after "
              + DurationOption.words(STOP)
              + "; its log says what it waits for");
      return Main.FAILURE;
    }
    System.out.println(
        admin.json ? "{\"drained\":" + done + ",\"stopped\":true}" : "drained and stopped");
    return done ? Main.OK : Main.FAILURE;
  }
}
