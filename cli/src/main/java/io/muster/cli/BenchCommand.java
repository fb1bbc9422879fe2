package io.muster.cli;

import io.muster.bench.Bench;
import io.muster.bench.FanoutPlan;
import io.muster.bench.IdlePlan;
import io.muster.bench.IdleResult;
import io.muster.bench.LoadResult;
import io.muster.bench.LoginPlan;
import io.muster.bench.QueryPlan;
import io.muster.bench.SetGetPlan;
import io.muster.bench.Target;
import io.muster.bench.Timing;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `muster bench`: measures a cluster from outside, as its clients see it.
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Measures a cluster from outside, as its clients see it, and checks that nothing is lost.",
      "Exit code 1 when anything was lost, repeated, out of order or refused, or a client was"
          + " disconnected."
    },
    subcommands = {
      BenchCommand.Fanout.class,
      BenchCommand.SetGet.class,
      BenchCommand.CrossNode.class,
      BenchCommand.Query.class,
      BenchCommand.Login.class,
      BenchCommand.Idle.class,
      BenchChecksCommand.class
    },
    footer = {
      "",
      "Example:  muster bench fanout --subs 100 --rate 1000",
      "          muster bench setget --op get --json"
    })
final class BenchCommand extends CommandGroup {
  /// Options of both commands that publish.
  static final class Publishing {
    @Option(
        names = "--subs",
        defaultValue = "100",
        paramLabel = "N",
        description = "Subscribers, each on one topic (${DEFAULT-VALUE}).")
    int subs = 100;

    @Option(
        names = "--pubs",
        defaultValue = "1",
        paramLabel = "N",
        description = "Publishers (${DEFAULT-VALUE}).")
    int pubs = 1;

    @Option(
        names = "--topics",
        defaultValue = "1",
        paramLabel = "N",
        description = "Topics, at most as many as subscribers (${DEFAULT-VALUE}).")
    int topics = 1;

    @Option(
        names = "--size",
        defaultValue = "128",
        paramLabel = "BYTES",
        description = "Text in each message (${DEFAULT-VALUE}).")
    int size = 128;

    @Option(
        names = "--rate",
        defaultValue = "0",
        paramLabel = "N",
        description = "Publications per second together; 0: as many as are delivered.")
    double rate;

    int run(String command, boolean across, BenchOptions common) {
      FanoutPlan plan = new FanoutPlan(subs, pubs, topics, size, rate, across);
      Timing timing = common.timing();
      Target target = common.target();
      LoadResult r = Bench.fanout(target, plan, timing, common.progress());
      System.out.print(BenchOutput.fanout(command, target, plan, timing, r).text(common.json));
      return r.checked().clean() ? Main.OK : Main.FAILURE;
    }
  }

  @Command(
      name = "fanout",
      mixinStandardHelpOptions = true,
      description = "Publications to subscribers; connections are dealt out to all addresses.",
      footer = {"", "Example:  muster bench fanout --subs 100 --rate 1000"})
  static final class Fanout implements Callable<Integer> {
    @Mixin Publishing publishing = new Publishing();
    @Mixin BenchOptions common = new BenchOptions();

    @Override
    public Integer call() {
      return publishing.run("fanout", false, common);
    }
  }

  @Command(
      name = "crossnode",
      mixinStandardHelpOptions = true,
      description =
          "Publications through two members: publishers use the first address, subscribers the"
              + " others.",
      footer = {"", "Example:  muster bench crossnode --url 10.0.0.1:55000,10.0.0.2:55000"})
  static final class CrossNode implements Callable<Integer> {
    @Mixin Publishing publishing = new Publishing();
    @Mixin BenchOptions common = new BenchOptions();

    @Override
    public Integer call() {
      return publishing.run("crossnode", true, common);
    }
  }

  @Command(
      name = "setget",
      mixinStandardHelpOptions = true,
      description = {
        "Durable writes, each record read back at the end, or reads of records.",
        "The records lie below /muster-bench and are removed again."
      },
      footer = {"", "Example:  muster bench setget --op get --clients 64 --rate 5000"})
  static final class SetGet implements Callable<Integer> {
    @Mixin BenchOptions common = new BenchOptions();

    @Option(
        names = "--op",
        defaultValue = "set",
        paramLabel = "OP",
        description = "set or get (${DEFAULT-VALUE}).")
    SetGetPlan.Op op = SetGetPlan.Op.SET;

    @Option(
        names = "--clients",
        defaultValue = "16",
        paramLabel = "N",
        description = "Clients (${DEFAULT-VALUE}).")
    int clients = 16;

    @Option(
        names = "--keys",
        defaultValue = "1000",
        paramLabel = "N",
        description = "Records, at least one per client (${DEFAULT-VALUE}).")
    int keys = 1000;

    @Option(
        names = "--size",
        defaultValue = "128",
        paramLabel = "BYTES",
        description = "Text in each record (${DEFAULT-VALUE}).")
    int size = 128;

    @Option(
        names = "--rate",
        defaultValue = "0",
        paramLabel = "N",
        description = "Requests per second together; 0: each client waits for its answers.")
    double rate;

    @Override
    public Integer call() {
      SetGetPlan plan = new SetGetPlan(op, clients, keys, size, rate);
      Timing timing = common.timing();
      Target target = common.target();
      LoadResult r = Bench.setGet(target, plan, timing, common.progress());
      System.out.print(BenchOutput.setGet(target, plan, timing, r).text(common.json));
      return r.checked().clean() ? Main.OK : Main.FAILURE;
    }
  }

  @Command(
      name = "query",
      mixinStandardHelpOptions = true,
      description = {
        "Reads some of many records by a wildcard; each answer's records are counted.",
        "The records lie below /muster-bench and are removed again."
      },
      footer = {"", "Example:  muster bench query --kind criteria --records 100000 --clients 4"})
  static final class Query implements Callable<Integer> {
    @Mixin BenchOptions common = new BenchOptions();

    @Option(
        names = "--kind",
        defaultValue = "prefix",
        paramLabel = "KIND",
        description = {
          "prefix: a wildcard at the end; scan: one in the middle, one record found;",
          "criteria: a range of a member among all; sorted: the last of all by a member"
              + " (${DEFAULT-VALUE})."
        })
    QueryPlan.Kind kind = QueryPlan.Kind.PREFIX;

    @Option(
        names = "--records",
        defaultValue = "100000",
        paramLabel = "N",
        description = "Records there are (${DEFAULT-VALUE}).")
    int records = 100_000;

    @Option(
        names = "--hits",
        defaultValue = "100",
        paramLabel = "N",
        description = "Records in an answer (${DEFAULT-VALUE}).")
    int hits = 100;

    @Option(
        names = "--clients",
        defaultValue = "4",
        paramLabel = "N",
        description = "Clients, each waits for its answers (${DEFAULT-VALUE}).")
    int clients = 4;

    @Option(
        names = "--size",
        defaultValue = "128",
        paramLabel = "BYTES",
        description = "Text in each record (${DEFAULT-VALUE}).")
    int size = 128;

    @Override
    public Integer call() {
      QueryPlan plan = new QueryPlan(kind, records, hits, clients, size);
      Timing timing = common.timing();
      Target target = common.target();
      LoadResult r = Bench.query(target, plan, timing, common.progress());
      System.out.print(BenchOutput.query(target, plan, timing, r).text(common.json));
      return r.checked().clean() ? Main.OK : Main.FAILURE;
    }
  }

  @Command(
      name = "login",
      mixinStandardHelpOptions = true,
      description = "Clients that connect, log in and go away, again and again.",
      footer = {"", "Example:  muster bench login --clients 16"})
  static final class Login implements Callable<Integer> {
    @Mixin BenchOptions common = new BenchOptions();

    @Option(
        names = "--clients",
        defaultValue = "16",
        paramLabel = "N",
        description = "Clients beside each other (${DEFAULT-VALUE}).")
    int clients = 16;

    @Override
    public Integer call() {
      LoginPlan plan = new LoginPlan(clients);
      Timing timing = common.timing();
      Target target = common.target();
      LoadResult r = Bench.login(target, plan, timing, common.progress());
      System.out.print(BenchOutput.login(target, plan, timing, r).text(common.json));
      return r.checked().clean() ? Main.OK : Main.FAILURE;
    }
  }

  @Command(
      name = "idle",
      mixinStandardHelpOptions = true,
      description =
          "What clients cost that are subscribed and silent; --warmup is the time to settle.",
      footer = {"", "Example:  muster bench idle --clients 10000 --warmup 8"})
  static final class Idle implements Callable<Integer> {
    @Mixin BenchOptions common = new BenchOptions();

    @Option(
        names = "--clients",
        defaultValue = "1000",
        paramLabel = "N",
        description = "Clients, each on a topic of its own (${DEFAULT-VALUE}).")
    int clients = 1000;

    @Override
    public Integer call() {
      IdlePlan plan = new IdlePlan(clients);
      Timing timing = common.timing();
      Target target = common.target();
      IdleResult r = Bench.idle(target, plan, timing, common.progress());
      System.out.print(BenchOutput.idle(target, timing, r).text(common.json));
      return r.checked().clean() ? Main.OK : Main.FAILURE;
    }
  }
}
