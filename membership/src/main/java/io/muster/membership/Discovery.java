package io.muster.membership;

import io.muster.kernel.Address;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A source of addresses of other members.
///
/// Membership asks it before it joins and, where [#every] says so, again and again, so that
/// members that started apart find each other. Whom it names is asked for the others; who is a
/// member, and whether it lives, gossip decides. A name too many does no harm.
public interface Discovery extends AutoCloseable {
  /// Addresses of members, perhaps of this one too, in the order in which they should be asked.
  ///
  /// Blocks; called on virtual threads, one at a time.
  ///
  /// @throws io.muster.kernel.MusterException `discovery_failed` when the source cannot be asked;
  ///     it is asked again
  List<Address> look();

  /// Time between looks; empty when it is asked at the start only.
  Optional<Duration> every();

  /// Ends what it keeps going.
  @Override
  default void close() {}

  /// A list that is asked at the start, and again where `every` is given.
  static Discovery of(List<Address> hosts, Optional<Duration> every) {
    List<Address> all = List.copyOf(hosts);
    return new Discovery() {
      @Override
      public List<Address> look() {
        return all;
      }

      @Override
      public Optional<Duration> every() {
        return every;
      }
    };
  }
}
