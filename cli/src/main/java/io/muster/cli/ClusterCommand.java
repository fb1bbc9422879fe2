package io.muster.cli;

import io.muster.kernel.SettingsTree;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `muster cluster`: the services that the members watch.
@Command(
    name = "cluster",
    mixinStandardHelpOptions = true,
    description = {
      "Shows and changes the clusters of services that the members watch.",
      "A node is what a cluster is made of: one instance of the service, named by its address."
    },
    subcommands = {
      ClusterCommand.ListAll.class,
      ClusterCommand.Info.class,
      ClusterCommand.InsertNode.class,
      ClusterCommand.UpdateNode.class,
      ClusterCommand.DeleteNode.class,
      ClusterCommand.Enable.class,
      ClusterCommand.Disable.class,
      ClusterCommand.Spare.class,
      ClusterCommand.Unspare.class,
      ClusterCommand.Drain.class,
      ClusterCommand.Undrain.class,
      ClusterCommand.Maintenance.class,
      ClusterCommand.EndMaintenance.class,
      ClusterCommand.History.class,
      ClusterCommand.Triggers.class,
      ClusterCommand.Runs.class
    },
    footer = {
      "",
      "Example:  muster cluster ls",
      "          muster cluster ls web",
      "          muster cluster maintenance web 10.0.0.1:80 --reason 'new kernel' --for 30m"
    })
final class ClusterCommand extends CommandGroup {
  static final String CLUSTERS = "/v1/clusters";

  /// The address of a node in `/v1`; its own slashes stay.
  static String route(String cluster, String addr) {
    return Asking.named(CLUSTERS, cluster) + "/nodes/" + Asking.encoded(addr);
  }

  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "Lists the clusters, or the nodes of one with what each member says.",
      footer = {
        "",
        "Flags of a node: active (gets traffic), disabled, spare, draining, maintenance, contested"
            + " (no side has enough votes, the last verdict stands), stale (and has done so for"
            + " long), damped (comes and goes too often).",
        "",
        "Example:  muster cluster ls",
        "          muster cluster ls web --json"
      })
  static final class ListAll implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(index = "0", arity = "0..1", paramLabel = "CLUSTER", description = "One of them.")
    @Nullable String cluster;

    @Override
    public Integer call() {
      JsonNode found = admin.get(cluster == null ? CLUSTERS : Asking.named(CLUSTERS, cluster));
      if (admin.json) System.out.println(found);
      else if (cluster == null) clusters(found.path("clusters"));
      else nodes(found);
      return Main.OK;
    }

    private static void clusters(JsonNode all) {
      AdminCommands.Table table =
          new AdminCommands.Table("CLUSTER", "TYPE", "NODES", "ACTIVE", "CRITICAL", "JUDGE");
      for (JsonNode c : all) {
        long critical =
            c.path("nodes")
                .valueStream()
                .filter(n -> n.path("state").asString().equals("critical"))
                .count();
        table.row(
            c.path("name").asString(),
            c.path("type").asString("").isEmpty() ? "-" : c.path("type").asString(),
            Integer.toString(c.path("nodes").size()),
            Integer.toString(c.path("active").size()),
            Long.toString(critical),
            c.path("judge").asString("").isEmpty() ? "-" : c.path("judge").asString());
      }
      table.print();
    }

    private static void nodes(JsonNode cluster) {
      AdminCommands.Table table =
          new AdminCommands.Table("NODE", "STATE", "FOR", "FLAGS", "OPINIONS");
      for (JsonNode n : cluster.path("nodes")) {
        List<String> opinions = new ArrayList<>();
        for (var o : n.path("opinions").properties()) {
          opinions.add(o.getKey() + "=" + o.getValue().path("state").asString());
        }
        table.row(
            n.path("addr").asString(),
            n.path("state").asString(),
            since(n.path("available_changed").asLong()),
            flags(n),
            opinions.isEmpty() ? "-" : String.join(" ", opinions));
        for (JsonNode e : n.path("errors")) table.note(e.asString());
        for (JsonNode w : n.path("warnings")) table.note(w.asString());
      }
      table.print();
    }

    private static String flags(JsonNode n) {
      List<String> flags = new ArrayList<>();
      for (String f : List.of("active", "disabled", "spare", "contested", "stale", "damped")) {
        if (n.path(f).asBoolean()) flags.add(f);
      }
      if (n.path("drain").isObject()) flags.add("draining");
      if (n.path("maintenance").isObject()) flags.add("maintenance");
      return flags.isEmpty() ? "-" : String.join(",", flags);
    }

    private static String since(long millis) {
      if (millis == 0) return "-";
      Duration d = Duration.between(Instant.ofEpochMilli(millis), Instant.now());
      return DurationOption.words(
          d.isNegative() ? Duration.ZERO : d.truncatedTo(ChronoUnit.SECONDS));
    }
  }

  /// Which node is meant.
  static final class NodeName {
    @Parameters(index = "0", paramLabel = "CLUSTER", description = "Its cluster.")
    String cluster = "";

    @Parameters(index = "1", paramLabel = "ADDR", description = "Its address, as `ls` shows it.")
    String addr = "";

    String route() {
      return ClusterCommand.route(cluster, addr);
    }
  }

  @Command(
      name = "info",
      mixinStandardHelpOptions = true,
      description = "Shows everything about a node, as JSON.",
      footer = {"", "Example:  muster cluster info web 10.0.0.1:80"})
  static class Info implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();
    @Mixin NodeName node = new NodeName();

    @Override
    public Integer call() {
      JsonNode found = admin.get(node.route());
      System.out.println(admin.json ? found.toString() : found.toPrettyString());
      return Main.OK;
    }
  }

  @Command(
      name = "node-info",
      mixinStandardHelpOptions = true,
      description = "Shows everything about a node, as JSON.",
      footer = {"", "Example:  muster node-info web 10.0.0.1:80"})
  static final class NodeInfo extends Info {}

  /// What a user writes as YAML or JSON on one line.
  static String json(String text) {
    SettingsTree tree = SettingsTree.parse("value: " + text, "NODE").entries().get("value");
    return tree == null ? "null" : tree.json();
  }

  @Command(
      name = "insert-node",
      mixinStandardHelpOptions = true,
      description = "Inserts a node into a cluster.",
      footer = {
        "",
        "Example:  muster insert-node cache '{addr: 10.0.0.1:6379, weight: 5}'",
        "          muster insert-node cache 10.0.0.1:6379"
      })
  static final class InsertNode implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(index = "0", paramLabel = "CLUSTER", description = "Where it comes in.")
    String cluster = "";

    @Parameters(
        index = "1",
        paramLabel = "NODE",
        description = "Its definition, YAML or JSON, or its address alone.")
    String node = "";

    @Override
    public Integer call() {
      String body = json(node);
      if (!body.startsWith("{")) {
        body = AdminClient.JSON.createObjectNode().put("addr", node).toString();
      }
      JsonNode done = admin.send("POST", Asking.named(CLUSTERS, cluster) + "/nodes", body);
      System.out.println(
          admin.json ? done.toString() : "inserted, log index " + done.path("index").asLong());
      return Main.OK;
    }
  }

  @Command(
      name = "update-node",
      mixinStandardHelpOptions = true,
      description = {
        "Sets attributes of a node; null takes one away.",
        "What is set so stands above the file, also when the file is loaded anew."
      },
      footer = {"", "Example:  muster cluster update-node cache 10.0.0.1:6379 '{weight: 5}'"})
  static final class UpdateNode implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();
    @Mixin NodeName node = new NodeName();

    @Parameters(index = "2", paramLabel = "ATTRIBUTES", description = "YAML or JSON.")
    String attributes = "";

    @Override
    public Integer call() {
      JsonNode done = admin.send("PATCH", node.route(), json(attributes));
      System.out.println(
          admin.json ? done.toString() : "updated, log index " + done.path("index").asLong());
      return Main.OK;
    }
  }

  @Command(
      name = "delete-node",
      mixinStandardHelpOptions = true,
      description = "Deletes a node from a cluster.",
      footer = {"", "Example:  muster delete-node cache 10.0.0.1:6379"})
  static final class DeleteNode implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();
    @Mixin NodeName node = new NodeName();

    @Override
    public Integer call() {
      JsonNode done = admin.send("DELETE", node.route(), null);
      System.out.println(
          admin.json ? done.toString() : "deleted, log index " + done.path("index").asLong());
      return Main.OK;
    }
  }

  /// Does one thing to a node.
  abstract static class Act implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();
    @Mixin NodeName node = new NodeName();
    private final String action;
    private final String done;

    Act(String action, String done) {
      this.action = action;
      this.done = done;
    }

    /// More than the action itself.
    void describe(ObjectNode body) {}

    @Override
    public Integer call() {
      ObjectNode body = AdminClient.JSON.createObjectNode().put("action", action);
      describe(body);
      JsonNode answer = admin.send("POST", node.route(), body.toString());
      System.out.println(
          admin.json
              ? answer.toString()
              : node.addr + " " + done + ", log index " + answer.path("index").asLong());
      return Main.OK;
    }
  }

  @Command(
      name = "enable",
      mixinStandardHelpOptions = true,
      description = "Lets a disabled node get traffic again.",
      footer = {"", "Example:  muster cluster enable web 10.0.0.1:80"})
  static final class Enable extends Act {
    Enable() {
      super("enable", "is enabled");
    }
  }

  @Command(
      name = "disable",
      mixinStandardHelpOptions = true,
      description = "Takes a node out of traffic until somebody enables it.",
      footer = {"", "Example:  muster cluster disable web 10.0.0.1:80"})
  static final class Disable extends Act {
    Disable() {
      super("disable", "is disabled");
    }
  }

  @Command(
      name = "spare",
      mixinStandardHelpOptions = true,
      description = "Keeps a node in the pool and out of traffic.",
      footer = {"", "Example:  muster cluster spare web 10.0.0.1:80"})
  static final class Spare extends Act {
    Spare() {
      super("spare", "is spare");
    }
  }

  @Command(
      name = "unspare",
      mixinStandardHelpOptions = true,
      description = "Lets a spare node get traffic.",
      footer = {"", "Example:  muster cluster unspare web 10.0.0.1:80"})
  static final class Unspare extends Act {
    Unspare() {
      super("unspare", "is no spare");
    }
  }

  @Command(
      name = "drain",
      mixinStandardHelpOptions = true,
      description = {
        "Gives a node no new clients; those that it has may stay.",
        "With --for it is disabled after that time."
      },
      footer = {"", "Example:  muster cluster drain web 10.0.0.1:80 --for 10m"})
  static final class Drain extends Act {
    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; shown to others.")
    String reason = "";

    @Option(names = "--for", paramLabel = "S", description = "Such as 90s or 10m.")
    String length = "";

    Drain() {
      super("drain", "drains");
    }

    @Override
    void describe(ObjectNode body) {
      if (!reason.isEmpty()) body.put("reason", reason);
      if (!length.isEmpty()) body.put("for", length);
    }
  }

  @Command(
      name = "undrain",
      mixinStandardHelpOptions = true,
      description = "Gives a node new clients again.",
      footer = {"", "Example:  muster cluster undrain web 10.0.0.1:80"})
  static final class Undrain extends Act {
    Undrain() {
      super("undrain", "gets clients");
    }
  }

  @Command(
      name = "maintenance",
      mixinStandardHelpOptions = true,
      description = {
        "Takes a node out of traffic while somebody works on it.",
        "With --for it comes back by itself after that time."
      },
      footer = {
        "",
        "Example:  muster cluster maintenance web 10.0.0.1:80 --reason 'new kernel' --for 30m"
      })
  static final class Maintenance extends Act {
    @Option(
        names = "--reason",
        required = true,
        paramLabel = "TEXT",
        description = "Why; shown to others.")
    String reason = "";

    @Option(names = "--for", paramLabel = "S", description = "Such as 90s or 30m.")
    String length = "";

    Maintenance() {
      super("maintenance", "is in maintenance");
    }

    @Override
    void describe(ObjectNode body) {
      body.put("reason", reason);
      body.put("by", System.getProperty("user.name", ""));
      if (!length.isEmpty()) body.put("for", length);
    }
  }

  @Command(
      name = "end-maintenance",
      mixinStandardHelpOptions = true,
      description = "Gives a node back after maintenance.",
      footer = {"", "Example:  muster cluster end-maintenance web 10.0.0.1:80"})
  static final class EndMaintenance extends Act {
    EndMaintenance() {
      super("end_maintenance", "is back from maintenance");
    }
  }

  @Command(
      name = "history",
      mixinStandardHelpOptions = true,
      description = "Shows the last verdicts about a node, with the votes that made them.",
      footer = {"", "Example:  muster cluster history web 10.0.0.1:80"})
  static final class History implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();
    @Mixin NodeName node = new NodeName();

    @Override
    public Integer call() {
      JsonNode found = admin.get(node.route() + "/history");
      if (admin.json) {
        System.out.println(found);
        return Main.OK;
      }
      AdminCommands.Table table =
          new AdminCommands.Table("TIME", "STATE", "INDEX", "TERM", "VOTES");
      for (JsonNode p : found.path("history")) {
        List<String> votes = new ArrayList<>();
        for (var v : p.path("ballot").properties()) {
          votes.add(v.getKey() + "=" + v.getValue().asString());
        }
        table.row(
            Instant.ofEpochMilli(p.path("at").asLong()).toString(),
            p.path("state").asString(),
            Long.toString(p.path("index").asLong()),
            Long.toString(p.path("term").asLong()),
            String.join(" ", votes));
        for (JsonNode e : p.path("errors")) table.note(e.asString());
      }
      table.print();
      return Main.OK;
    }
  }

  @Command(
      name = "triggers",
      mixinStandardHelpOptions = true,
      description = "Lists the triggers of a member, with what they did.",
      footer = {"", "Example:  muster cluster triggers"})
  static final class Triggers implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Override
    public Integer call() {
      JsonNode found = admin.get("/v1/triggers");
      if (admin.json) {
        System.out.println(found);
        return Main.OK;
      }
      AdminCommands.Table table =
          new AdminCommands.Table(
              "CLUSTER", "ON", "RUN", "DOES", "FIRED", "DONE", "FAILED", "PASSED OVER", "ID");
      for (JsonNode t : found.path("triggers")) {
        table.row(
            t.path("cluster").asString(),
            t.path("on").asString(),
            t.path("run").asString(),
            Asking.joined(t.path("actions")),
            Long.toString(t.path("fired").asLong()),
            Long.toString(t.path("done").asLong()),
            Long.toString(t.path("failed").asLong()),
            Long.toString(t.path("passed_over").asLong()),
            t.path("id").asString());
      }
      table.print();
      return Main.OK;
    }
  }

  @Command(
      name = "runs",
      mixinStandardHelpOptions = true,
      description = {
        "Lists the last runs of triggers, the newest first: those of the member asked, and those"
            + " that run once for all members."
      },
      footer = {"", "Example:  muster cluster runs --limit 5 --output"})
  static final class Runs implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "20",
        description = "1 to 1000 (${DEFAULT-VALUE}).")
    int limit = 20;

    @Option(names = "--output", description = "With what their commands printed.")
    boolean output;

    @Override
    public Integer call() {
      JsonNode found = admin.get("/v1/runs?limit=" + limit);
      if (admin.json) {
        System.out.println(found);
        return Main.OK;
      }
      AdminCommands.Table table =
          new AdminCommands.Table("STARTED", "MEMBER", "EVENT", "NODE", "OUTCOME", "EVENT ID");
      for (JsonNode r : found.path("runs")) {
        String node = r.path("node").asString("");
        table.row(
            Instant.ofEpochMilli(r.path("started").asLong()).toString(),
            r.path("member").asString(),
            r.path("cluster").asString() + " " + r.path("event").asString(),
            node.isEmpty() ? "-" : node,
            r.path("outcome").asString(),
            r.path("event_id").asString());
        String message = r.path("message").asString("");
        if (!message.isEmpty()) table.note(message);
        if (!output) continue;
        for (JsonNode a : r.path("actions")) {
          a.path("output").asString("").lines().forEach(table::note);
        }
      }
      table.print();
      return Main.OK;
    }
  }

  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = {
        "Prints what is at paths such as clusters/web/nodes, as JSON.",
        "An element that begins with ':' is a property for certain."
      },
      footer = {"", "Example:  muster ls clusters/cache/nodes", "          muster ls"})
  static final class Tree implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Parameters(arity = "0..*", paramLabel = "PATH", description = "All of it where none is given.")
    List<String> paths = List.of();

    @Override
    public Integer call() {
      ObjectNode call = AdminClient.JSON.createObjectNode();
      call.put("jsonrpc", "2.0").put("id", 1).put("method", "ls");
      var asked = call.putObject("params").putArray("paths");
      if (paths.isEmpty()) asked.add("");
      paths.forEach(asked::add);
      JsonNode answer = admin.send("POST", "/rpc", call.toString());
      if (answer.has("error")) {
        System.err.println("muster: " + answer.path("error").path("message").asString());
        return Main.FAILURE;
      }
      JsonNode result = answer.path("result");
      if (admin.json) System.out.println(result);
      else for (JsonNode r : result) System.out.println(r.toPrettyString());
      return Main.OK;
    }
  }

  @Command(
      name = "reload",
      mixinStandardHelpOptions = true,
      description = {
        "Makes a member read the clusters of its settings anew.",
        "Nodes that the file lists and the cluster had not come in, those that it lists no more"
            + " go. What was changed while the cluster ran stands above the file, and is told.",
        "Checks, votes, triggers and balancers are each member's own: reload every member."
      },
      footer = {"", "Example:  muster reload --dry-run", "          muster reload -c muster.yaml"})
  static final class Reload implements Callable<Integer> {
    @Mixin AdminClient admin = new AdminClient();

    @Option(names = "--dry-run", description = "Only say what would change.")
    boolean dry;

    @Override
    public Integer call() {
      JsonNode r = admin.send("POST", dry ? "/v1/reload?dry" : "/v1/reload", "");
      if (admin.json) {
        System.out.println(r);
        return Main.OK;
      }
      boolean nothing = true;
      for (String what : List.of("inserted", "deleted", "updated", "kept", "changed")) {
        for (JsonNode x : r.path(what)) {
          nothing = false;
          System.out.printf("%-9s %s%n", what, x.asString());
        }
      }
      if (nothing) System.out.println("nothing differs");
      else if (dry) System.out.println("nothing was changed: --dry-run");
      return Main.OK;
    }
  }
}
