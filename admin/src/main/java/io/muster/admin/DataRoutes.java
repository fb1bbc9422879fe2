package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.Lane;
import io.muster.kernel.MusterException;
import io.muster.realtime.Action;
import io.muster.realtime.Publication;
import io.muster.realtime.Realtime;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.Write;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.util.RawValue;

/// `/v1/data/<path>`: GET (with `*`: a list; `?count`), PUT, DELETE, for the `muster data`
/// commands.
///
/// What is written or removed here is published as if a client had done it: subscribers must not
/// miss a change because an operator made it.
final class DataRoutes {
  private static final Logger log = LoggerFactory.getLogger(DataRoutes.class);
  private static final String BY = "admin";

  /// So many records are read for a level unless the request says otherwise.
  private static final int CHILDREN = 2000;

  /// As a client asks when it says nothing: the answer follows the deliveries.
  private static final int TRANSACTIONAL = 2;

  private final AdminFaces faces;
  private final Watches watches;
  private final String session = UUID.randomUUID().toString();
  private final AtomicLong publications = new AtomicLong();

  DataRoutes(AdminFaces faces, Watches watches) {
    this.faces = faces;
    this.watches = watches;
  }

  RecordStore store() {
    return faces
        .store()
        .orElseThrow(
            () -> new MusterException(ErrorCode.NOT_STARTED, "the store has not started yet"));
  }

  /// A stream of events; also the record at `/watch`, whose address this is as well.
  void watch(Exchange x) throws IOException {
    Optional<String> pattern = x.query("pattern");
    boolean stream = x.header("Accept").filter(a -> a.contains(Watches.TYPE)).isPresent();
    if (pattern.isEmpty() && !stream) {
      x.rest("watch");
      get(x);
      return;
    }
    if (pattern.isEmpty() || pattern.get().isBlank()) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, "query: expected pattern=PATTERN, such as pattern=/sensors/*");
    }
    watches.serve(x, pattern.get());
  }

  void get(Exchange x) throws IOException {
    String path = "/" + x.rest();
    RecordStore store = store();
    if (x.flag("count")) {
      x.json(200, Map.of("count", Waiting.on(store.count(path))));
    } else if (path.indexOf('*') >= 0) {
      List<PathRecord> found = Waiting.on(store.list(ListQuery.all(path)));
      x.json(200, Map.of("records", found.stream().map(DataRoutes::view).toList()));
    } else {
      PathRecord r =
          Waiting.on(store.get(path))
              .orElseThrow(() -> new MusterException(ErrorCode.NOT_FOUND, "no record at " + path));
      x.json(200, view(r));
    }
  }

  void put(Exchange x) throws IOException {
    // Whoever is not ready need not read what is sent.
    store();
    String path = "/" + x.rest();
    byte[] data = object(x);
    if (x.flag("transient")) {
      x.json(200, Map.of("published", published(path, data)));
      return;
    }
    PathRecord now = set(path, data, false);
    x.changed(null, "version " + now.version());
    x.json(200, view(now));
  }

  void remove(Exchange x) throws IOException {
    long removed = removed("/" + x.rest());
    x.changed(removed + " records", null);
    x.json(200, Map.of("removed", removed));
  }

  /// Writes and tells all subscribers.
  ///
  /// @param data a JSON object
  /// @param merge whether members that `data` has not are kept
  PathRecord set(String path, byte[] data, boolean merge) {
    if (path.indexOf('*') >= 0) {
      throw new MusterException(ErrorCode.BAD_REQUEST, "a path to set has no '*': " + path);
    }
    Write write = merge ? new Write.Merge(path, data, BY) : new Write.Put(path, data, BY);
    PathRecord r = Waiting.on(store().write(write)).record();
    publish(
        publication(Action.SET, path, r.data(), merge ? data : null, r.created(), r.modified()));
    return r;
  }

  /// Tells all subscribers, and keeps nothing.
  ///
  /// @return the path
  private String published(String path, byte[] data) {
    if (path.indexOf('*') >= 0) {
      throw new MusterException(ErrorCode.BAD_REQUEST, "a path to publish has no '*': " + path);
    }
    publish(publication(Action.SET, path, data, null, 0, 0));
    return path;
  }

  /// What is below a path, one level: records and what leads to some.
  void children(Exchange x) throws IOException {
    String given = "/" + x.rest();
    if (given.indexOf('*') >= 0) {
      throw new MusterException(ErrorCode.BAD_REQUEST, "expected a path without '*': " + given);
    }
    String below = given.endsWith("/") ? given : given + "/";
    int limit = x.query("limit").map(UserRoutes::limit).orElse(CHILDREN);
    List<PathRecord> found = Waiting.on(store().list(new ListQuery(below + "*", 0, limit)));
    Map<String, Child> children = new TreeMap<>();
    for (PathRecord r : found) {
      if (!r.path().startsWith(below)) continue;
      String rest = r.path().substring(below.length());
      int slash = rest.indexOf('/');
      String name = slash < 0 ? rest : rest.substring(0, slash);
      Child was = children.getOrDefault(name, new Child(name, below + name, false, 0, 0));
      children.put(
          name,
          slash < 0
              ? new Child(name, was.path, true, was.below, r.modified())
              : new Child(name, was.path, was.record, was.below + 1, was.modified));
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("path", below.length() == 1 ? "/" : below.substring(0, below.length() - 1));
    answer.put("children", children.values());
    answer.put("read", found.size());
    answer.put("complete", found.size() < limit);
    x.json(200, answer);
  }

  /// @param record whether there is a record at this very path
  /// @param below how many records were found below it
  /// @param modified of the record, in epoch milliseconds; 0 where there is none
  record Child(String name, String path, boolean record, long below, long modified) {}

  /// Removes a record, or those of a pattern, and tells all subscribers.
  ///
  /// @return how many there were
  long removed(String path) {
    return removed(path, Criteria.ANY);
  }

  /// The same of those records only that meet criteria.
  long removed(String path, Criteria criteria) {
    long removed = Waiting.on(store().remove(path, criteria));
    byte[] data = ("{\"removed\":" + removed + "}").getBytes(StandardCharsets.US_ASCII);
    publish(publication(Action.REMOVE, path, data, null, 0, 0));
    return removed;
  }

  private Publication publication(
      Action action,
      String path,
      byte[] data,
      byte @Nullable [] change,
      long created,
      long modified) {
    return new Publication(
        action,
        path,
        data,
        change,
        session,
        publications.incrementAndGet(),
        created,
        modified,
        0,
        TRANSACTIONAL,
        null,
        BY,
        null,
        null,
        false);
  }

  /// Waits until all subscribers here have been served. The write has happened before: whatever
  /// goes wrong here does not make the answer an error.
  private void publish(Publication p) {
    Optional<Realtime> realtime = faces.realtime();
    List<? extends Lane> lanes = faces.lanes();
    if (realtime.isEmpty() || lanes.isEmpty()) return;
    CompletableFuture<Realtime.Published> published = new CompletableFuture<>();
    // One lane for all of them, so that what is written one after the other arrives so.
    boolean offered =
        lanes
            .getFirst()
            .offer(
                () -> {
                  try {
                    published.complete(realtime.get().publish(p));
                  } catch (RuntimeException e) {
                    published.completeExceptionally(e);
                  }
                });
    // A lane that has ended has no subscribers either.
    if (!offered) return;
    try {
      CompletableFuture<Void> rest = published.join().rest();
      if (rest != null) rest.join();
    } catch (CompletionException e) {
      log.warn("admin_publish_failed path={} reason=\"{}\"", p.path(), e.getMessage());
    }
  }

  private static byte[] object(Exchange x) throws IOException {
    try {
      JsonNode node = Exchange.JSON.readTree(x.body());
      if (node.isMissingNode()) {
        throw new MusterException(ErrorCode.BAD_REQUEST, "expected JSON in the body, found none");
      }
      JsonNode object =
          node.isObject() ? node : Exchange.JSON.createObjectNode().set("value", node);
      return Exchange.JSON.writeValueAsBytes(object);
    } catch (JacksonException e) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, "expected JSON in the body: " + e.getOriginalMessage(), e);
    }
  }

  private static Map<String, Object> view(PathRecord r) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("path", r.path());
    v.put("data", new RawValue(new String(r.data(), StandardCharsets.UTF_8)));
    v.put("created", r.created());
    v.put("modified", r.modified());
    v.put("version", r.version());
    return v;
  }
}
