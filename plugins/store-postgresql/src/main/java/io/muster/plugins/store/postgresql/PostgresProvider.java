package io.muster.plugins.store.postgresql;

import io.muster.plugins.store.database.DatabaseStore;
import io.muster.spi.ProviderSettings;
import io.muster.spi.store.StoreProvider;
import io.muster.spi.store.StoreSetup;

/// The provider `postgresql`. Loaded by its name in `META-INF/services`.
public final class PostgresProvider implements StoreProvider {
  static final String NAME = "postgresql";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public StoreSetup read(ProviderSettings s) {
    PostgresSettings settings = PostgresSettings.read(s);
    return context ->
        new DatabaseStore(
            NAME,
            new PostgresDatabase(settings, context.cluster(), context.member()),
            settings.bounds());
  }
}
