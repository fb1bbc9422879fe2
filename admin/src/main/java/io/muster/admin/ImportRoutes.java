package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreContext;
import io.muster.spi.store.StoreException;
import io.muster.store.StoreProviders;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// `/v1/import/…`: what another system kept, from the cluster's own store or from another one that
/// the request describes. No state; on the request's thread.
final class ImportRoutes {
  private static final Logger log = LoggerFactory.getLogger(ImportRoutes.class);
  private static final int PATTERNS_MAX = 100;
  private static final long READY_SECONDS = 30;
  private static final Set<String> MEMBERS = Set.of("source", "paths", "after", "replace");

  /// Stores that are a part of a cluster and cannot be looked at from another one.
  private static final Set<String> INNER = Set.of("embedded", "memory");

  private final AdminFaces faces;

  ImportRoutes(AdminFaces faces) {
    this.faces = faces;
  }

  List<Route> routes() {
    return List.of(
        Route.guarded("POST", "/v1/import/happn", this::users, "dry_run"),
        Route.guarded("POST", "/v1/import/records", this::records, "dry_run"));
  }

  private RecordStore own() {
    return faces
        .store()
        .orElseThrow(
            () -> new MusterException(ErrorCode.NOT_STARTED, "the store has not started yet"));
  }

  private static MusterException bad(String what) {
    return new MusterException(ErrorCode.BAD_REQUEST, what);
  }

  // --- users and rights

  private void users(Exchange x) throws IOException {
    boolean dryRun = x.flag("dry_run");
    Optional<String> source = source(body(x, Set.of("source")));
    RecordStore other = source.isPresent() ? opened(source.get()) : null;
    try {
      HappnImport.Report report =
          new HappnImport(other == null ? own() : other, SecurityCalls.directory(faces), dryRun)
              .run(how -> log.info("import_happn done={} dry_run={}", how, dryRun));
      log.info("import_happn_ended dry_run={} problems={}", dryRun, report.problems().size());
      x.json(200, report);
    } finally {
      if (other != null) other.close();
    }
  }

  // --- records

  private void records(Exchange x) throws IOException {
    boolean dryRun = x.flag("dry_run");
    JsonNode body = body(x, MEMBERS);
    String source =
        source(body)
            .orElseThrow(() -> bad("source: expected the settings of the store to copy from"));
    RecordsImport.Ask ask =
        new RecordsImport.Ask(
            patterns(body), text(body, "after").orElse(""), flag(body, "replace"), dryRun);
    RecordStore to = own();
    try (RecordStore from = opened(source)) {
      log.info("import_records paths={} dry_run={}", ask.patterns(), dryRun);
      try (OutputStream out = x.stream("application/x-ndjson")) {
        line(out, answer(from, to, ask, out));
      }
    }
  }

  /// The last line of the answer.
  private static Map<String, Object> answer(
      RecordStore from, RecordStore to, RecordsImport.Ask ask, OutputStream out)
      throws IOException {
    try {
      RecordsImport.Report report =
          new RecordsImport(from, to, ask)
              .run(
                  (counts, after) -> {
                    Map<String, Object> progress = new LinkedHashMap<>();
                    progress.put("counts", counts);
                    progress.put("after", after);
                    line(out, Map.of("progress", progress));
                  });
      log.info(
          "import_records_ended dry_run={} imported={} failed={}",
          ask.dryRun(),
          report.counts().imported,
          report.counts().failed);
      return Map.of("report", report);
    } catch (MusterException e) {
      log.warn("import_records_stopped reason=\"{}\"", e.getMessage());
      // The answer has begun: its last line says what else its status would have.
      return Map.of(
          "problem",
          Map.of(
              "name", e.code().code(),
              "status", e.code().status(),
              "detail", String.valueOf(e.getMessage())));
    }
  }

  private static void line(OutputStream out, Object value) throws IOException {
    out.write(Exchange.JSON.writeValueAsBytes(value));
    out.write('\n');
    out.flush();
  }

  // --- what is asked

  private static JsonNode body(Exchange x, Set<String> members) throws IOException {
    byte[] body = x.body();
    if (body.length == 0) return Exchange.JSON.createObjectNode();
    JsonNode node;
    try {
      node = Exchange.JSON.readTree(body);
    } catch (JacksonException e) {
      throw bad("the body: expected a JSON object, found no JSON");
    }
    if (!node.isObject()) throw bad("the body: expected a JSON object");
    for (String name : node.propertyNames()) {
      if (!members.contains(name)) {
        throw bad(
            "the body: unknown member '" + name + "'; there are " + String.join(", ", members));
      }
    }
    return node;
  }

  private static Optional<String> text(JsonNode body, String member) {
    JsonNode value = body.get(member);
    if (value == null || value.isNull()) return Optional.empty();
    if (!value.isString()) throw bad(member + ": expected a text");
    return Optional.of(value.asString());
  }

  private static boolean flag(JsonNode body, String member) {
    JsonNode value = body.get(member);
    if (value == null || value.isNull()) return false;
    if (!value.isBoolean()) throw bad(member + ": expected true or false");
    return value.asBoolean();
  }

  private static List<String> patterns(JsonNode body) {
    JsonNode value = body.get("paths");
    if (value == null || value.isNull()) return List.of("*");
    List<String> patterns = new ArrayList<>();
    if (value.isArray()) {
      for (JsonNode p : value) patterns.add(p.isString() ? p.asString() : "");
    }
    if (patterns.isEmpty() || patterns.size() > PATTERNS_MAX || patterns.contains("")) {
      throw bad("paths: expected 1 to " + PATTERNS_MAX + " patterns such as /sensors/*");
    }
    return patterns;
  }

  /// Settings of a store: YAML with the keys of `store` in a member's own.
  private static Optional<String> source(JsonNode body) {
    return text(body, "source");
  }

  // --- the other store

  private RecordStore opened(String yaml) {
    Settings settings = Settings.of(yaml, "source", Map.of(), Map.of());
    String provider = settings.root().text("provider", "", "what kind of store it is");
    if (provider.isEmpty() || INNER.contains(provider)) {
      throw bad(
          "source: provider: expected a database such as mongodb or postgresql, found '"
              + provider
              + "'");
    }
    RecordStore store = null;
    boolean good = false;
    try {
      var setup = StoreProviders.installed().read(settings.root());
      settings.finish();
      store = setup.open(new Beside(faces.status().cluster(), faces.status().name()));
      store.ready().get(READY_SECONDS, TimeUnit.SECONDS);
      good = true;
      return store;
    } catch (StoreException e) {
      throw away(e);
    } catch (ExecutionException e) {
      throw away(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      throw away(new StoreException(StoreException.Kind.UNAVAILABLE, why(store), e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw away(e);
    } finally {
      if (!good && store != null) store.close();
    }
  }

  private static String why(@Nullable RecordStore store) {
    String why = store == null ? "" : store.health().why();
    return "not ready within " + READY_SECONDS + " s" + (why.isEmpty() ? "" : ": " + why);
  }

  private static MusterException away(Throwable e) {
    return new MusterException(
        ErrorCode.STORE_UNAVAILABLE, "the store to copy from: " + e.getMessage(), e);
  }

  /// What the other store is told: names only. It is no part of this member.
  private record Beside(String cluster, String member) implements StoreContext {
    @Override
    public Path directory() {
      throw new StoreException(
          StoreException.Kind.FAILED, "a store to copy from keeps no files here", null);
    }

    @Override
    public <T> Optional<T> part(Class<T> type) {
      return Optional.empty();
    }
  }
}
