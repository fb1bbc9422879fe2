package io.muster.node;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.TimeSource;
import io.muster.membership.Discovery;
import io.muster.membership.DiscoverySettings;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.Write;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Members that find each other in the database where their records lie, as happn-cluster's newer
/// generation does: each keeps a sign of life under
/// `/SYSTEM/DEPLOYMENT/<deployment>/<service>/<host:port>` and reads those of the others.
///
/// No clocks are compared: whose sign changed within the threshold, as this member's own clock
/// sees it, is there. A sign seen for the first time gets the benefit of the doubt for that long.
///
/// The database also decides who founds the registry: whoever first writes
/// `/SYSTEM/FOUNDER/<deployment>/<cluster>`. Once the registry stands this is noted there, and
/// nobody founds another one.
final class DatabaseDiscovery implements Discovery {
  private static final Logger log = LoggerFactory.getLogger(DatabaseDiscovery.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String SIGNS = "/SYSTEM/DEPLOYMENT/";
  private static final String FOUNDER = "/SYSTEM/FOUNDER/";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /// Records of a deployment looked at, at most.
  private static final int SIGNS_MAX = 10_000;

  /// What makes a member known in the database.
  ///
  /// @param wanted services whose members are asked for
  record Place(
      String deployment, String cluster, String service, Address address, Set<String> wanted) {
    Place {
      wanted = Set.copyOf(wanted);
    }
  }

  /// A sign as it was seen last.
  private record Seen(long version, long modified, long changedNanos) {
    boolean of(PathRecord r) {
      return version == r.version() && modified == r.modified();
    }
  }

  private final RecordStore store;
  private final DiscoverySettings settings;
  private final Place place;
  private final TimeSource time;
  private final ScheduledExecutorService signs;
  private final Map<String, Seen> seen = new HashMap<>();
  private volatile boolean silent;

  /// Begins to give signs of life. The store must be ready, and stays open until this is closed.
  DatabaseDiscovery(RecordStore store, DiscoverySettings settings, Place place, TimeSource time) {
    this.store = store;
    this.settings = settings;
    this.place = place;
    this.time = time;
    this.signs =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("signs-of-life").factory());
    sign();
    long every = settings.keepAlive().toMillis();
    signs.scheduleAtFixedRate(this::sign, every, every, TimeUnit.MILLISECONDS);
  }

  private String root() {
    return SIGNS + place.deployment + "/";
  }

  private String own() {
    return root() + place.service + "/" + place.address;
  }

  private static byte[] json(Map<String, ?> members) {
    return JSON.writeValueAsString(members).getBytes(StandardCharsets.UTF_8);
  }

  private void sign() {
    try {
      Map<String, String> sign =
          Map.of("service", place.service, "endpoint", place.address.toString());
      get(store.write(new Write.Put(own(), json(sign), null)), own());
      if (silent) log.info("sign_of_life path={} again", own());
      silent = false;
    } catch (MusterException e) {
      // Others keep this member as long as gossip does; only newcomers miss it meanwhile.
      if (!silent) log.warn("sign_of_life path={} reason=\"{}\"", own(), e.getMessage());
      silent = true;
    }
  }

  @Override
  public List<Address> look() {
    List<PathRecord> records =
        get(store.list(new ListQuery(root() + "*", 0, SIGNS_MAX)), root() + "*");
    long now = time.nanos();
    List<Address> found = new ArrayList<>();
    Map<String, Seen> next = new HashMap<>();
    for (PathRecord r : records) {
      Seen before = seen.get(r.path());
      Seen s = before != null && before.of(r) ? before : new Seen(r.version(), r.modified(), now);
      next.put(r.path(), s);
      if (now - s.changedNanos > settings.keepAliveThreshold().toNanos()) continue;
      address(r.path()).ifPresent(found::add);
    }
    seen.clear();
    seen.putAll(next);
    return found;
  }

  /// The address that a sign tells, if its service is wanted.
  private Optional<Address> address(String path) {
    String[] parts = path.substring(root().length()).split("/", -1);
    if (parts.length != 2 || !place.wanted.contains(parts[0])) return Optional.empty();
    try {
      return Optional.of(Address.parse(parts[1]));
    } catch (IllegalArgumentException e) {
      log.debug("sign_unreadable path={} reason=\"{}\"", path, e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public Optional<Duration> every() {
    return Optional.of(settings.refresh());
  }

  // --- who founds

  private String founder() {
    return FOUNDER + place.deployment + "/" + place.cluster;
  }

  /// Whether this member is the one that founds the registry, unless it has one already. Blocks.
  ///
  /// @throws MusterException `discovery_failed` when the database does not answer
  boolean founds() {
    String self = place.address.toString();
    byte[] mine = json(Map.of("endpoint", self, "founded", false));
    CompletableFuture<?> claim =
        store.write(new Write.Put(founder(), mine, null, Write.When.ABSENT));
    try {
      get(claim, founder());
      log.info("founder path={} self=true", founder());
      return true;
    } catch (MusterException e) {
      // Somebody's claim is there, perhaps this member's own: what lies there decides.
      PathRecord record = get(store.get(founder()), founder()).orElseThrow(() -> e);
      JsonNode claimed = JSON.readTree(record.data());
      String by = claimed.path("endpoint").asString("");
      boolean founded = claimed.path("founded").asBoolean(false);
      log.info("founder path={} endpoint={} founded={}", founder(), by, founded);
      return by.equals(self) && !founded;
    }
  }

  /// Notes that the registry stands; from now on nobody founds another one.
  void founded() {
    byte[] noted = json(Map.of("founded", true));
    store
        .write(new Write.Merge(founder(), noted, null, Write.When.PRESENT))
        .whenComplete(
            (_, e) -> {
              if (e != null)
                log.warn("founder_unnoted path={} reason=\"{}\"", founder(), reason(e));
            });
  }

  private static String reason(Throwable e) {
    return String.valueOf(e.getMessage());
  }

  private static <T> T get(CompletableFuture<T> answer, String what) {
    try {
      return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(what, "interrupted", e);
    } catch (TimeoutException e) {
      throw failed(what, "no answer within " + PATIENCE.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      @Nullable Throwable cause = e.getCause();
      String why = cause instanceof StoreException s ? reason(s) : String.valueOf(cause);
      throw failed(what, why, e);
    }
  }

  private static MusterException failed(String what, String why, Exception e) {
    return new MusterException(ErrorCode.DISCOVERY_FAILED, what + ": " + why, e);
  }

  /// Ends the signs and takes the last one away, so that nobody waits for it to grow old.
  @Override
  public void close() {
    signs.shutdownNow();
    try {
      get(store.remove(own()).orTimeout(2, TimeUnit.SECONDS), own());
    } catch (MusterException e) {
      log.debug("sign_left path={} reason=\"{}\"", own(), e.getMessage());
    }
  }
}
