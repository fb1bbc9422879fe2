package io.muster.plugins.store.mongodb;

import io.muster.plugins.store.database.DatabaseStore;
import io.muster.spi.ProviderSettings;
import io.muster.spi.store.StoreProvider;
import io.muster.spi.store.StoreSetup;

/// The provider `mongodb`. Loaded by its name in `META-INF/services`.
public final class MongoProvider implements StoreProvider {
  static final String NAME = "mongodb";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public StoreSetup read(ProviderSettings s) {
    MongoSettings settings = MongoSettings.read(s);
    return context ->
        new DatabaseStore(
            NAME,
            new MongoDatabaseCalls(settings, context.cluster(), context.member()),
            settings.bounds());
  }
}
