package io.muster.admin;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// The clients' door of a member as operators see it. Safe on any thread.
public interface Door {
  View view();

  /// Lets clients in that were deferred (`gateway.defer`): at once, or as soon as the member is
  /// stable. Repeating is harmless.
  ///
  /// @return the view afterwards; fails with `port_busy` when a port is taken, with `not_started`
  ///     when the member stops or leaves
  CompletableFuture<View> open();

  /// A report of health, to the letter as happn-cluster writes it.
  ///
  /// @param older in the words of its older generation, else of its newer one
  Map<String, Object> health(boolean older);

  /// @param state the gate's, in words
  /// @param stability how far the member is with the others: `ISOLATED` to `STABLE`
  /// @param deferred whether it waits for [Door#open]
  /// @param ports open for clients now
  record View(
      String state,
      String stability,
      boolean deferred,
      List<Integer> ports,
      List<Service> services) {
    public View {
      ports = List.copyOf(ports);
      services = List.copyOf(services);
    }
  }

  /// @param peers members of the service that are here and linked, this one included
  /// @param required how many must be here before clients may come
  record Service(String service, int peers, int required) {}
}
