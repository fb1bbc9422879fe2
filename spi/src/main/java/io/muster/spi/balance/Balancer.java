package io.muster.spi.balance;

import io.muster.spi.store.JsonValue;
import java.util.List;

/// One balancer of one member. Used by one thread at a time, which may block; what takes longer
/// than the balancer's own limits ends as a [BalancerException].
public interface Balancer extends AutoCloseable {
  /// What the balancer's files would be for a pool; changes nothing.
  ///
  /// @throws BalancerException `RENDER` when the template is missing or wrong
  Rendered render(Pool pool);

  /// Brings the running balancer there: rendered → checked by the software's own checker → renamed
  /// atomically → applied, by its run-time interface where only the set of servers changed → seen
  /// to be in use. Repeating it is harmless, and does nothing where all is so already.
  ///
  /// @throws BalancerException saying how far it came; the last good file stays
  Applied apply(Pool pool);

  /// The running balancer as it is now.
  ///
  /// @throws BalancerException `UNREACHABLE` when it does not answer
  Look look();

  /// Gives up what is held. Processes that the balancer started for the user go on: clients are
  /// served while a member restarts.
  @Override
  void close();

  /// What is made of a pool. Immutable.
  ///
  /// @param notes what of the pool or of the settings this software cannot do and was left out, one
  ///     line each; shown to operators
  record Rendered(List<RenderedFile> files, List<String> notes) {
    public Rendered {
      files = List.copyOf(files);
      notes = List.copyOf(notes);
    }
  }

  /// A file that belongs to the balancer.
  ///
  /// @param path where it lies
  /// @param text as rendered
  record RenderedFile(String path, String text) {}

  /// What an [#apply] did.
  enum Applied {
    /// Nothing had to be done.
    UNCHANGED,
    /// By the run-time interface: no process was replaced.
    RUNTIME,
    /// A new process, or new workers, took the listeners over.
    RELOADED,
    /// It did not run and was started.
    STARTED
  }

  /// @param running whether it runs and answers
  /// @param drift how it differs from what was applied last, one line each; empty where it does not
  /// @param stats what it counts, as it names it; an object
  record Look(boolean running, List<String> drift, JsonValue stats) {
    public Look {
      drift = List.copyOf(drift);
    }
  }
}
