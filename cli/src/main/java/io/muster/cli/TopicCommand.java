package io.muster.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `muster topic`: messages between members.
@Command(
    name = "topic",
    mixinStandardHelpOptions = true,
    description = {
      "Messages that members send each other under topics (what happn-cluster calls its"
          + " replicator).",
      "They are not stored: who listens later has missed them."
    },
    subcommands = {TopicCommand.Send.class, TopicCommand.Watch.class},
    footer = {
      "",
      "Example:  muster topic watch",
      "          muster topic send /deploy '{\"v\":2}'"
    })
final class TopicCommand extends CommandGroup {
  @Command(
      name = "send",
      mixinStandardHelpOptions = true,
      description = "Sends a message to all that listen to a topic, on every member.",
      footer = {"", "Example:  muster topic send /deploy '{\"v\":2}'"})
  static final class Send implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(index = "0", paramLabel = "TOPIC", description = "A name, such as /deploy.")
    String topic = "";

    @Parameters(index = "1", paramLabel = "JSON", description = "What to say: any JSON.")
    String payload = "";

    @Override
    public Integer call() {
      JsonNode answer =
          admin.send("POST", "/v1/topics?topic=" + EventsCommand.encoded(topic), payload);
      System.out.println(
          admin.json ? answer.toString() : "sent by " + answer.path("origin").asString());
      return Main.OK;
    }
  }

  @Command(
      name = "watch",
      mixinStandardHelpOptions = true,
      description = {
        "Prints messages as they come to a member.",
        "Ends with Ctrl-C, after --count messages, after --timeout, or when the member stops."
      },
      footer = {
        "",
        "Under /security/dataChanged the member says what changes in users, groups, permissions,"
            + " lookup tables and tokens, in the order in which the cluster decided it.",
        "",
        "Exit codes: 0 when it ended as asked; 1 when the member stopped, when this watch read too"
            + " slowly, or when --timeout came before --count; 2 usage; 3 not running.",
        "",
        "Example:  muster topic watch",
        "          muster topic watch /security/dataChanged --json"
      })
  static final class Watch extends EventsCommand {
    @Parameters(
        paramLabel = "TOPIC",
        arity = "0..1",
        description = "Which one; all of them without.")
    String topic = "";

    @Override
    String route() {
      return topic.isEmpty() ? "/v1/topics" : "/v1/topics?topic=" + encoded(topic);
    }

    @Override
    String what() {
      return topic.isEmpty() ? "all topics" : topic;
    }

    @Override
    void print(EventReader.Event e) {
      JsonNode m = AdminClient.JSON.readTree(e.data());
      if (admin.json) {
        System.out.println(m);
        return;
      }
      System.out.printf(
          "%s  %s  (from %s)%n",
          m.path("topic").asString(), m.path("payload"), m.path("origin").asString());
    }
  }
}
