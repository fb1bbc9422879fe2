package io.muster.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/// A network namespace of its own for each of some members, with a cable from each to one bridge.
/// Skips the test with a printed reason where the platform allows none.
final class Namespaces implements AutoCloseable {
  private static final Path HERE = Path.of(".");
  private final String tag = "mu" + ProcessHandle.current().pid() % 100_000;
  private final int size;

  /// Lays the cables.
  Namespaces(int size) {
    this.size = size;
    Tools.need("ip", "iproute2");
    try {
      ip("netns", "add", tag + "hub");
    } catch (IllegalStateException e) {
      String why = "SKIPPED: this platform allows no network namespaces: " + e.getMessage();
      System.err.println(why);
      Assumptions.abort(why);
    }
    try {
      lay();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void lay() {
    ip("-n", tag + "hub", "link", "add", "hub0", "type", "bridge");
    ip("-n", tag + "hub", "link", "set", "hub0", "up");
    for (int i = 0; i < size; i++) {
      ip("netns", "add", space(i));
      ip("-n", space(i), "link", "set", "lo", "up");
      ip(
          "link",
          "add",
          "v" + i,
          "netns",
          space(i),
          "type",
          "veth",
          "peer",
          "name",
          "p" + i,
          "netns",
          tag + "hub");
      ip("-n", space(i), "addr", "add", host(i) + "/24", "dev", "v" + i);
      ip("-n", space(i), "link", "set", "v" + i, "up");
      ip("-n", tag + "hub", "link", "set", "p" + i, "master", "hub0", "up");
    }
  }

  private static void ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    Tools.run(HERE, 10, command.toArray(String[]::new));
  }

  private String space(int i) {
    return tag + "n" + i;
  }

  /// The address of one.
  static String host(int i) {
    return "10.77.0." + (i + 1);
  }

  /// What runs a command in one.
  List<String> prefix(int i) {
    return List.of("ip", "netns", "exec", space(i));
  }

  /// Plugs the cable of one in, or pulls it.
  void cable(int i, boolean plugged) {
    ip("-n", tag + "hub", "link", "set", "p" + i, plugged ? "up" : "down");
  }

  /// From now on nothing that one sends reaches another one; what it is sent still comes.
  void mute(int from, int to, boolean muted) {
    ip("-n", space(from), "route", muted ? "add" : "del", "blackhole", host(to) + "/32");
  }

  /// From now on no more than so much per second reaches one; what waits for longer than a fifth of
  /// a second is lost.
  void throttle(int i, int kilobits) {
    try {
      Tools.run(
          HERE,
          10,
          "ip",
          "netns",
          "exec",
          tag + "hub",
          "tc",
          "qdisc",
          "add",
          "dev",
          "p" + i,
          "root",
          "tbf",
          "rate",
          kilobits + "kbit",
          "burst",
          "16kb",
          "latency",
          "200ms");
    } catch (IllegalStateException e) {
      String why = "SKIPPED: this platform's kernel throttles nothing: " + e.getMessage();
      System.err.println(why);
      Assumptions.abort(why);
    }
  }

  /// As fast as the cable is.
  void unthrottle(int i) {
    Tools.run(
        HERE, 10, "ip", "netns", "exec", tag + "hub", "tc", "qdisc", "del", "dev", "p" + i, "root");
  }

  @Override
  public void close() {
    List<String> all = new ArrayList<>(List.of(tag + "hub"));
    for (int i = 0; i < size; i++) all.add(space(i));
    for (String s : all) {
      try {
        ip("netns", "del", s);
      } catch (IllegalStateException e) {
        // It was never made.
      }
    }
  }
}
