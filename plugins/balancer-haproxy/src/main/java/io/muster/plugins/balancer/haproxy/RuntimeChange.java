package io.muster.plugins.balancer.haproxy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a running haproxy is told so that a backend has other servers, without a new process.
/// Immutable.
///
/// Those that come are ready before those that go are taken out, so that the backend never has
/// fewer than before or after. One that goes is put into maintenance, where it gets nothing new and
/// keeps its connections, and is deleted once it has none.
///
/// @param orders commands, in order
record RuntimeChange(List<Order> orders) {
  private static final Set<String> DONE = Set.of("", "New server registered.", "Server deleted.");

  /// @param needed otherwise the answer may be no
  record Order(String command, boolean needed) {
    boolean fulfilledBy(String answer) {
      return !needed || DONE.contains(answer.strip());
    }
  }

  RuntimeChange {
    orders = List.copyOf(orders);
  }

  /// @param plain whether servers that are added there are like those of the file
  /// @param known line of each server as haproxy was told of it, by name
  /// @return empty when it takes a new process
  static Optional<RuntimeChange> of(
      String backend,
      boolean plain,
      List<Server> wanted,
      Map<String, RunningServer> running,
      Map<String, String> known) {
    List<Order> orders = new ArrayList<>();
    Map<String, RunningServer> others = new LinkedHashMap<>(running);
    for (Server server : wanted) {
      String name = backend + "/" + server.name();
      RunningServer is = others.remove(server.name());
      if (is == null) {
        if (!plain || server.named() || server.options().contains("disabled")) {
          return Optional.empty();
        }
        String rest = server.line().substring(("server " + server.name()).length());
        orders.add(new Order("add server " + name + rest, true));
        if (server.checked()) orders.add(new Order("enable health " + name, true));
        orders.add(new Order("set server " + name + " state ready", true));
        continue;
      }
      String line = known.get(server.name());
      boolean same = line != null && Server.fixed(line).equals(Server.fixed(server.line()));
      if (line == null || !same || !is.reaches(server)) return Optional.empty();
      boolean out = server.options().contains("disabled");
      if (is.weight() != server.weight()) {
        orders.add(new Order("set weight " + name + " " + server.weight(), true));
      }
      if (!line.equals(server.line())) {
        orders.add(new Order("set maxconn server " + name + " " + server.maxConnections(), true));
      }
      if (!out && (is.maintenance() || is.drained())) {
        orders.add(new Order("set server " + name + " state ready", true));
      } else if (out && !is.maintenance()) {
        orders.add(new Order("set server " + name + " state maint", true));
      }
    }
    for (RunningServer is : others.values()) {
      if (!is.name().startsWith(Server.PREFIX)) continue;
      String name = backend + "/" + is.name();
      if (!is.maintenance()) orders.add(new Order("set server " + name + " state maint", true));
      orders.add(new Order("del server " + name, false));
    }
    return Optional.of(new RuntimeChange(orders));
  }

  /// Gives the orders.
  ///
  /// @return false when one that was needed was not fulfilled
  boolean give(AdminSocket socket) {
    for (Order order : orders) {
      if (!order.fulfilledBy(socket.ask(order.command()))) return false;
    }
    return true;
  }
}
