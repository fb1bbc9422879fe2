package io.muster.store;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.SettingsSection;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreProvider;
import io.muster.spi.store.StoreSetup;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;

/// The providers of stores that this installation has, by name. Immutable.
public final class StoreProviders {
  /// The one that comes with Muster, and the one that is used where none is named.
  public static final String EMBEDDED = "embedded";

  private final TreeMap<String, StoreProvider> byName = new TreeMap<>();

  /// @throws MusterException `store_provider` when two have one name or a name is no name
  public StoreProviders(Iterable<? extends StoreProvider> providers) {
    for (StoreProvider p : providers) {
      String name = p.name();
      if (!name.matches("[a-z][a-z0-9-]*")) {
        throw unusable(
            p.getClass().getName()
                + " calls itself '"
                + name
                + "': expected small letters, digits and '-', a letter first");
      }
      StoreProvider other = byName.putIfAbsent(name, p);
      if (other != null) {
        throw unusable(
            name + " is the name of " + other.getClass().getName() + " and of " + p.getClass());
      }
    }
  }

  /// Those on the class path.
  ///
  /// @throws MusterException `store_provider` when one cannot be loaded; names it
  public static StoreProviders installed() {
    List<StoreProvider> found = new ArrayList<>();
    try {
      ServiceLoader.load(StoreProvider.class).forEach(found::add);
    } catch (ServiceConfigurationError e) {
      MusterException wrapped = unusable(String.valueOf(e.getMessage()));
      wrapped.initCause(e);
      throw wrapped;
    }
    return new StoreProviders(found);
  }

  private static MusterException unusable(String why) {
    return new MusterException(ErrorCode.STORE_PROVIDER, why);
  }

  /// All names, ascending.
  public List<String> names() {
    return List.copyOf(byName.keySet());
  }

  /// Reads the `store` branch: `provider`, and for the provider it names all other keys.
  ///
  /// @throws MusterException `setting_invalid` with file and line, and the names there are, when no
  ///     provider has the name: what the other keys mean is unknown then
  public StoreSetup read(SettingsSection store) {
    String meaning = "where records are kept: " + String.join(", ", byName.keySet());
    String name = store.text("provider", EMBEDDED, meaning);
    StoreProvider provider = byName.get(name);
    if (provider == null) {
      throw store.wrong(
          "provider", "one of " + String.join(", ", byName.keySet()) + ", found '" + name + "'");
    }
    return provider.read(new ProviderSection(store));
  }

  /// A failure of opening a store, by the catalogue: the code of what it was caused by, where that
  /// has one.
  public static MusterException failure(StoreException e) {
    if (e.getCause() instanceof MusterException m) return m;
    ErrorCode code =
        switch (e.kind()) {
          case UNAVAILABLE, UNKNOWN -> ErrorCode.STORE_UNAVAILABLE;
          case REFUSED, UNMET, FAILED -> ErrorCode.STORE_FAILED;
        };
    return new MusterException(code, String.valueOf(e.getMessage()), e);
  }
}
