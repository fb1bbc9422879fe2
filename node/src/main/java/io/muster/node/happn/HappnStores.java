package io.muster.node.happn;

import static io.muster.node.happn.HappnKeys.DATA;

import io.muster.kernel.SettingsTree;
import io.muster.kernel.SettingsTree.Branch;
import io.muster.kernel.SettingsTree.Items;
import io.muster.kernel.SettingsTree.Scalar;
import io.muster.node.foreign.Outcome;
import io.muster.node.happn.HappnFile.Above;
import io.muster.node.happn.HappnKey.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Where a file of happn keeps records, as the `store` branch.
final class HappnStores {
  private static final String MONGO = "mongodb";
  private static final String EMBEDDED = "embedded";
  private static final String LOCAL = "mongodb://127.0.0.1:27017";
  private static final String NAME = "happn-cluster";

  /// The names that happn's providers have, and those of Muster's.
  private static final Map<String, String> PROVIDERS =
      Map.ofEntries(
          Map.entry("memory", EMBEDDED),
          Map.entry("mem", EMBEDDED),
          Map.entry("nedb", EMBEDDED),
          Map.entry("happn-db-provider-loki", EMBEDDED),
          Map.entry("happn-db-provider-nedb", EMBEDDED),
          Map.entry("happn-service-nedb", EMBEDDED),
          Map.entry("happn-db-provider-mongo", MONGO),
          Map.entry("happn-service-mongo", MONGO),
          Map.entry("happn-service-mongo-2", MONGO),
          Map.entry(EMBEDDED, EMBEDDED),
          Map.entry(MONGO, MONGO),
          Map.entry("postgresql", "postgresql"));

  private static final Set<String> MEMBERS =
      Set.of("name", "provider", "isDefault", "patterns", "settings");

  private final Kind kind;
  private final String origin;
  private final HappnValues given;
  private final Outcome out;
  private final Above above;
  private final List<String> problems;
  private final List<String> warnings;

  HappnStores(
      Kind kind,
      String origin,
      HappnValues given,
      Outcome out,
      Above above,
      List<String> problems,
      List<String> warnings) {
    this.kind = kind;
    this.origin = origin;
    this.given = given;
    this.out = out;
    this.above = above;
    this.problems = problems;
    this.warnings = warnings;
  }

  private record Listed(
      String name,
      String provider,
      boolean isDefault,
      List<SettingsTree> patterns,
      Map<String, SettingsTree> settings,
      String place) {}

  void work() {
    if (above.of("store.provider").isPresent()) {
      if (given.all().keySet().stream().anyMatch(HappnStores::aboutStores)) {
        warnings.add(origin.split(": ", 2)[0] + ": services.data: store.provider is given instead");
      }
      return;
    }
    List<Listed> stores = listed();
    if (!problems.isEmpty()) return;
    if (stores.isEmpty()) {
      alone();
      return;
    }
    boolean external = stores.stream().anyMatch(s -> !s.provider.equals(EMBEDDED));
    if (kind == Kind.NEWER && !external) {
      mongo(LOCAL, origin);
      warnings.add(origin + ": a store of MongoDB at " + LOCAL + " is added, since none is listed");
      return;
    }
    Listed first = stores.stream().filter(Listed::isDefault).findFirst().orElse(stores.getFirst());
    put("store.", first);
    boolean embedded = first.provider.equals(EMBEDDED);
    for (Listed s : stores) {
      if (s == first) continue;
      if (s.provider.equals(EMBEDDED) && embedded) {
        warnings.add(
            s.place + ": kept with the embedded store; members would not agree about memory");
        continue;
      }
      embedded |= s.provider.equals(EMBEDDED);
      String name = s.name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]|^[0-9]+", "");
      if (name.isEmpty() || out.has("store.stores." + name + ".provider")) {
        problems.add(s.place + ".name: expected a name of letters, another one for each store");
        continue;
      }
      put("store.stores." + name + ".", s);
      out.put("store.stores." + name + ".patterns", new Items(s.patterns, s.place), s.place);
    }
  }

  private static boolean aboutStores(String path) {
    return path.equals("services.data.path")
        || Set.of(DATA + "datastores", DATA + "url", DATA + "collection", DATA + "database")
            .contains(path);
  }

  private void put(String prefix, Listed s) {
    out.put(prefix + "provider", s.provider, s.place + ".provider");
    s.settings.forEach((key, value) -> out.put(prefix + key, value, s.place + ".settings." + key));
    if (!s.provider.equals(MONGO)) return;
    String url = s.settings.get("url") instanceof Scalar u ? u.text() : LOCAL;
    String place = s.place + ".settings";
    if (!s.settings.containsKey("url")) out.put(prefix + "url", url, place);
    if (!s.settings.containsKey("database") && !named(url)) {
      out.put(prefix + "database", NAME, place);
    }
    if (!s.settings.containsKey("collection")) out.put(prefix + "collection", NAME, place);
  }

  /// What holds where no stores are listed.
  private void alone() {
    if (kind == Kind.SINGLE) return;
    Optional<String> path = given.text("services.data.path");
    Optional<String> url = given.text(DATA + "url");
    if (path.isPresent() && !MONGO.equals(PROVIDERS.get(path.get()))) {
      problems.add(
          given.place("services.data.path")
              + ": expected happn-service-mongo or happn-service-mongo-2, found '"
              + path.get()
              + "'");
      return;
    }
    boolean asked =
        path.isPresent() || given.all().keySet().stream().anyMatch(HappnStores::aboutStores);
    if (kind == Kind.OLDER && !asked) {
      warnings.add(
          origin
              + " is a MongoDB at "
              + LOCAL
              + ": here members keep the records themselves; name services.data.config.url to use"
              + " a MongoDB");
      return;
    }
    String place = url.isPresent() ? given.place(DATA + "url") : origin;
    mongo(url.orElse(LOCAL), place);
    if (!asked) warnings.add(origin + ": records are kept in the MongoDB at " + LOCAL);
  }

  private void mongo(String url, String place) {
    out.put("store.provider", MONGO, place);
    out.put("store.url", url, place);
    Optional<String> database = given.text(DATA + "database");
    if (database.isPresent()) {
      out.put("store.database", database.get(), given.place(DATA + "database"));
    } else if (!named(url)) {
      out.put("store.database", NAME, place);
    }
    out.put("store.collection", given.text(DATA + "collection").orElse(NAME), place);
  }

  /// Whether a URL names a database.
  private static boolean named(String url) {
    return url.matches("[a-z+]+://[^/]+/[^?]+.*");
  }

  // --- datastores

  private List<Listed> listed() {
    List<Listed> all = new ArrayList<>();
    SettingsTree node = given.node(DATA + "datastores").orElse(null);
    if (node == null) return all;
    if (!(node instanceof Items items)) {
      problems.add(given.place(DATA + "datastores") + ": expected a list of stores");
      return all;
    }
    for (SettingsTree i : items.items()) {
      String place = i.place() + ": services.data.config.datastores[" + all.size() + "]";
      if (i instanceof Branch b) {
        all.add(one(b, place));
      } else {
        problems.add(place + ": expected name, provider, patterns and settings below it");
      }
    }
    return all;
  }

  private Listed one(Branch b, String place) {
    b.entries()
        .forEach(
            (key, value) -> {
              if (!MEMBERS.contains(key)) {
                warnings.add(value.place() + ": datastores: " + key + ": unknown key, ignored");
              }
            });
    String fallback = kind == Kind.SINGLE ? "memory" : "happn-service-mongo-2";
    String named = b.entries().get("provider") instanceof Scalar s ? s.text() : fallback;
    String provider = PROVIDERS.get(named);
    if (provider == null) {
      problems.add(
          place + ".provider: no such provider; expected one of " + sorted() + ", found " + named);
      provider = EMBEDDED;
    }
    Map<String, SettingsTree> settings = new LinkedHashMap<>();
    if (b.entries().get("settings") instanceof Branch s) {
      for (Map.Entry<String, SettingsTree> e : s.entries().entrySet()) {
        boolean usable =
            switch (provider) {
              case MONGO -> Set.of("url", "database", "collection").contains(e.getKey());
              case EMBEDDED -> false;
              default -> true;
            };
        if (usable) {
          settings.put(e.getKey(), e.getValue());
        } else {
          warnings.add(
              e.getValue().place()
                  + ": datastores: settings."
                  + e.getKey()
                  + ": no meaning for "
                  + provider
                  + " here");
        }
      }
    }
    List<SettingsTree> patterns =
        b.entries().get("patterns") instanceof Items p ? p.items() : List.of();
    return new Listed(
        b.entries().get("name") instanceof Scalar s ? s.text() : "",
        provider,
        b.entries().get("isDefault") instanceof Scalar s && s.text().equals("true"),
        patterns,
        settings,
        place);
  }

  private static List<String> sorted() {
    return PROVIDERS.keySet().stream().sorted().toList();
  }
}
