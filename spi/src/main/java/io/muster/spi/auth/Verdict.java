package io.muster.spi.auth;

import java.util.Set;

/// What a provider says of an [Attempt].
public sealed interface Verdict {
  /// Name and password belong together.
  ///
  /// @param username the one way to write the name: where `Bob` and `bob` are one person, it is the
  ///     same for both. Users of Muster have this name. `_ADMIN` and `_ANONYMOUS` are refused
  /// @param groups names of the provider's own groups; those that `group_map` does not mention mean
  ///     nothing
  record Accepted(String username, Set<String> groups) implements Verdict {
    public Accepted {
      groups = Set.copyOf(groups);
    }
  }

  /// They do not, or there is no such name: clients must not learn which. Counts towards the
  /// lock-out of the name.
  record Wrong() implements Verdict {}

  /// The password may be right, but they may not log in now: expired, locked. Does not count
  /// towards the lock-out.
  ///
  /// @param message for the client, without anything secret
  record Refused(String message) implements Verdict {}
}
