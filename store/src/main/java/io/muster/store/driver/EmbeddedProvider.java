package io.muster.store.driver;

import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.kernel.TimeSource;
import io.muster.link.Links;
import io.muster.membership.Membership;
import io.muster.registry.ConsensusGroups;
import io.muster.registry.RegistrySettings;
import io.muster.spi.ProviderSettings;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreContext;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreProvider;
import io.muster.spi.store.StoreSetup;
import io.muster.store.StoreProviders;
import io.muster.store.StoreSettings;
import java.time.Duration;

/// The provider that needs no database: control members hold the records and serve them to the
/// others. Loaded by its name in `META-INF/services`.
public final class EmbeddedProvider implements StoreProvider {
  /// The one shard there is so far, and its consensus group.
  private static final String SHARD = "data-0";

  @Override
  public String name() {
    return StoreProviders.EMBEDDED;
  }

  @Override
  public StoreSetup read(ProviderSettings s) {
    StoreSettings settings = StoreSettings.read(s);
    return context -> open(settings, context);
  }

  private static RecordStore open(StoreSettings settings, StoreContext context) {
    Links links = part(context, Links.class);
    Membership membership = part(context, Membership.class);
    Duration answersWithin =
        part(context, RegistrySettings.class).proposalTimeout().multipliedBy(2);
    if (!membership.self().roles().contains(Role.CONTROL)) {
      return new ForwardingStore(links, membership, answersWithin);
    }
    ConsensusGroups groups = part(context, ConsensusGroups.class);
    RocksState state;
    try {
      state = new RocksState(context.directory().resolve(SHARD), settings);
    } catch (MusterException e) {
      throw new StoreException(StoreException.Kind.FAILED, String.valueOf(e.getMessage()), e);
    }
    EmbeddedStore store =
        new EmbeddedStore(
            state,
            groups.start(SHARD, state),
            () -> groups.stop(SHARD),
            settings,
            part(context, TimeSource.class));
    store.ready().thenRun(() -> StoreCalls.serve(links, store, answersWithin));
    return store;
  }

  private static <T> T part(StoreContext context, Class<T> type) {
    return context
        .part(type)
        .orElseThrow(
            () ->
                new StoreException(
                    StoreException.Kind.FAILED,
                    "the embedded store needs " + type.getSimpleName() + " of its member",
                    null));
  }
}
