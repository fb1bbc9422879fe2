package io.muster.plugins.balancer.haproxy;

import io.muster.spi.watch.Endpoint;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A server as a running haproxy has it: a line of `show servers state`. Immutable.
///
/// @param address `-` for one that has none
/// @param maintenance it gets nothing
/// @param drained somebody took it out by hand
record RunningServer(
    String name, String address, int port, int weight, boolean maintenance, boolean drained) {
  // Columns of version 1 of the list, from 0.
  private static final int NAME = 3;
  private static final int ADDRESS = 4;
  private static final int ADMIN_STATE = 6;
  private static final int WEIGHT = 7;
  private static final int PORT = 18;

  /// Maintenance by command, inherited or from the file.
  private static final int MAINTENANCE = 0x07;

  private static final int DRAIN = 0x18;

  /// The servers of a backend, by name.
  static Map<String, RunningServer> of(AdminSocket socket, String backend) {
    return parse(socket.ask("show servers state " + backend));
  }

  static Map<String, RunningServer> parse(String answer) {
    Map<String, RunningServer> all = new LinkedHashMap<>();
    for (String line : answer.lines().toList()) {
      String[] f = line.split(" ");
      if (line.startsWith("#") || f.length <= PORT) continue;
      int admin = Integer.parseInt(f[ADMIN_STATE]);
      all.put(
          f[NAME],
          new RunningServer(
              f[NAME],
              f[ADDRESS],
              Integer.parseInt(f[PORT]),
              Integer.parseInt(f[WEIGHT]),
              (admin & MAINTENANCE) != 0,
              (admin & DRAIN) != 0));
    }
    return all;
  }

  /// Whether it reaches what `server` names; true where that cannot be told.
  boolean reaches(Server server) {
    return switch (server.endpoint()) {
      case Endpoint.Unix _ -> address.equals("-");
      case Endpoint.Net net ->
          port == net.port() && (server.named() || sameAddress(net.host(), address));
    };
  }

  /// Both are numbers: nobody is asked.
  private static boolean sameAddress(String a, String b) {
    if (a.equals(b)) return true;
    try {
      return !b.equals("-") && InetAddress.getByName(a).equals(InetAddress.getByName(b));
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /// How a backend differs from what is wanted, a line each. Servers that Muster did not name are
  /// not its business, and one of its own that is not wanted may stay in maintenance until its
  /// clients have gone.
  static List<String> differences(
      String backend, List<Server> wanted, Map<String, RunningServer> running) {
    List<String> lines = new ArrayList<>();
    Map<String, RunningServer> others = new LinkedHashMap<>(running);
    for (Server server : wanted) {
      String who = backend + ": " + server.addr() + " (" + server.name() + ")";
      RunningServer is = others.remove(server.name());
      boolean out = server.options().contains("disabled");
      if (is == null) lines.add(who + " is missing");
      else if (!is.reaches(server)) lines.add(who + " has address " + is.address + ":" + is.port);
      else if (is.maintenance != out)
        lines.add(who + (out ? " is not" : " is") + " in maintenance");
      else if (is.drained) lines.add(who + " was drained by hand");
      else if (is.weight != server.weight()) {
        lines.add(who + " has weight " + is.weight + " instead of " + server.weight());
      }
    }
    for (RunningServer is : others.values()) {
      if (is.name.startsWith(Server.PREFIX) && !is.maintenance) {
        lines.add(backend + ": " + is.name + " at " + is.address + ":" + is.port + " is too many");
      }
    }
    return lines;
  }
}
