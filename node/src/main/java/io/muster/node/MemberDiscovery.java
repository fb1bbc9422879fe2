package io.muster.node;

import io.muster.kernel.Address;
import io.muster.kernel.Role;
import io.muster.kernel.TimeSource;
import io.muster.membership.Discovery;
import io.muster.membership.DiscoverySettings;
import io.muster.membership.driver.DnsMembers;
import io.muster.registry.RegistrySettings;
import io.muster.spi.store.RecordStore;
import java.util.Optional;
import java.util.function.Supplier;

/// How this member finds the others, and whether it is the one that founds the registry.
final class MemberDiscovery implements AutoCloseable {
  private final MusterSettings settings;
  private final Discovery source;
  private final Optional<DatabaseDiscovery> database;

  /// Where the database is the source, opens it and waits for it.
  ///
  /// @param self the address of this member's links
  /// @param store opens the store of records and waits until it is ready; asked at most once
  MemberDiscovery(
      MusterSettings settings, Address self, Supplier<RecordStore> store, TimeSource time) {
    this.settings = settings;
    DiscoverySettings d = settings.discovery();
    this.database =
        d.source() == DiscoverySettings.Source.DATABASE
            ? Optional.of(new DatabaseDiscovery(store.get(), d, place(self), time))
            : Optional.empty();
    this.source =
        switch (d.source()) {
          case SWIM -> Discovery.of(settings.membership().hosts(), Optional.empty());
          case STATIC -> Discovery.of(settings.membership().hosts(), Optional.of(d.refresh()));
          case DNS -> new DnsMembers(d, settings.link().port(), time);
          case DATABASE -> database.orElseThrow();
        };
  }

  private DatabaseDiscovery.Place place(Address self) {
    return new DatabaseDiscovery.Place(
        settings.cluster().deployment(),
        settings.cluster().name(),
        settings.member().service(),
        self,
        settings.door().minimum().keySet());
  }

  /// For membership; closed with this.
  Discovery source() {
    return source;
  }

  /// The registry's settings, after all: members that find each other in the database let it decide
  /// which of them founds, unless they are told. Blocks.
  ///
  /// @throws io.muster.kernel.MusterException `discovery_failed`
  RegistrySettings founding() {
    RegistrySettings own = settings.registry();
    boolean told = own.seed() || own.expect() > 0 || !own.voters().isEmpty();
    boolean votes = settings.member().roles().contains(Role.CONTROL);
    if (told || !votes || database.isEmpty() || !database.get().founds()) return own;
    return own.asSeed();
  }

  /// The registry stands.
  void founded(RegistrySettings by) {
    if (by.seed()) database.ifPresent(DatabaseDiscovery::founded);
  }

  @Override
  public void close() {
    source.close();
  }
}
