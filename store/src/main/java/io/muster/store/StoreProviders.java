package io.muster.store;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.SettingsSection;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreContext;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreProvider;
import io.muster.spi.store.StoreSetup;
import io.muster.store.core.StoreRoutes;
import io.muster.store.driver.RoutedStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  /// Reads the `store` branch: `provider`, and for the provider it names all other keys; below
  /// `stores` further ones with the patterns of the paths that belong to them.
  ///
  /// @throws MusterException `setting_invalid` with file and line, and the names there are, when no
  ///     provider has the name: what the other keys mean is unknown then
  public StoreSetup read(SettingsSection store) {
    SettingsSection further = store.section("stores", "more stores by name, for some paths each");
    StoreSetup first = one(store, EMBEDDED);
    List<String> names = further.keys();
    if (names.isEmpty()) return first;
    List<Named> all = new ArrayList<>();
    List<StoreRoutes.Route> routes = new ArrayList<>();
    boolean embedded = chosen(store, EMBEDDED).equals(EMBEDDED);
    for (String name : names) {
      SettingsSection section = further.section(name, "a store for some paths");
      if (!name.matches("[a-z][a-z0-9]*")) {
        throw further.wrong(name, "a name of small letters and digits, a letter first");
      }
      for (String pattern :
          section.texts("patterns", List.of(), "paths that are kept here, with * for any run")) {
        if (!StoreRoutes.valid(pattern)) {
          throw section.wrong(
              "patterns", "1 to 200 ASCII characters each, found '" + pattern + "'");
        }
        routes.add(new StoreRoutes.Route(pattern, all.size() + 1));
      }
      if (routes.isEmpty() || routes.getLast().store() != all.size() + 1) {
        throw section.wrong("patterns", "at least one pattern of paths, such as /history/*");
      }
      if (!section.has("provider")) throw section.wrong("provider", "one of " + choices());
      boolean another = chosen(section, "").equals(EMBEDDED);
      if (another && embedded) {
        throw section.wrong("provider", "another one: there is one embedded store in a member");
      }
      embedded |= another;
      all.add(new Named(name, one(section, "")));
    }
    if (routes.size() > StoreRoutes.PATTERNS_MAX) {
      throw store.wrong(
          "stores", StoreRoutes.PATTERNS_MAX + " patterns at most, found " + routes.size());
    }
    return context -> open(context, first, all, new StoreRoutes(routes));
  }

  private record Named(String name, StoreSetup setup) {}

  private String choices() {
    return String.join(", ", byName.keySet());
  }

  private String chosen(SettingsSection store, String fallback) {
    return store.text("provider", fallback, "where records are kept: " + choices());
  }

  private StoreSetup one(SettingsSection store, String fallback) {
    String name = chosen(store, fallback);
    StoreProvider provider = byName.get(name);
    if (provider == null) {
      throw store.wrong("provider", "one of " + choices() + ", found '" + name + "'");
    }
    return provider.read(new ProviderSection(store));
  }

  private static RecordStore open(
      StoreContext context, StoreSetup first, List<Named> further, StoreRoutes routes) {
    List<RecordStore> opened = new ArrayList<>();
    List<String> names = new ArrayList<>(List.of("default"));
    try {
      opened.add(first.open(context));
      for (Named n : further) {
        names.add(n.name);
        opened.add(n.setup.open(new Beside(context, n.name)));
      }
      return new RoutedStore(routes, opened, names);
    } catch (RuntimeException e) {
      opened.reversed().forEach(RecordStore::close);
      throw e;
    }
  }

  /// What a further store is told: the same member, and a directory of its own.
  private record Beside(StoreContext of, String name) implements StoreContext {
    @Override
    public String cluster() {
      return of.cluster();
    }

    @Override
    public String member() {
      return of.member();
    }

    @Override
    public Path directory() {
      Path first = of.directory();
      return first.resolveSibling(first.getFileName() + "-" + name);
    }

    @Override
    public <T> Optional<T> part(Class<T> type) {
      return of.part(type);
    }
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
