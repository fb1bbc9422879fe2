package io.muster.admin;

import com.sun.net.httpserver.HttpExchange;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.Write;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.util.RawValue;

/// `/v1/data/<path>`: GET (with `*`: a list; `?count`), PUT, DELETE, for the `muster data`
/// commands.
final class DataRoutes {
  private static final String PREFIX = "/v1/data";
  private final AdminFaces faces;

  DataRoutes(AdminFaces faces) {
    this.faces = faces;
  }

  void handle(HttpExchange x) throws IOException {
    RecordStore store =
        faces
            .store()
            .orElseThrow(
                () -> new MusterException(ErrorCode.NO_QUORUM, "the store has not started yet"));
    String path = x.getRequestURI().getPath().substring(PREFIX.length());
    String query = x.getRequestURI().getQuery();
    switch (x.getRequestMethod()) {
      case "GET" -> {
        if ("count".equals(query)) {
          AdminServer.json(x, 200, Map.of("count", await(store.count(path))));
        } else if (path.indexOf('*') >= 0) {
          List<PathRecord> found = await(store.list(ListQuery.all(path)));
          AdminServer.json(
              x, 200, Map.of("records", found.stream().map(DataRoutes::view).toList()));
        } else {
          PathRecord r =
              await(store.get(path))
                  .orElseThrow(
                      () -> new MusterException(ErrorCode.NOT_FOUND, "no record at " + path));
          AdminServer.json(x, 200, view(r));
        }
      }
      case "PUT" -> {
        if (path.indexOf('*') >= 0) {
          throw new MusterException(ErrorCode.BAD_REQUEST, "a path to set has no '*': " + path);
        }
        AdminServer.json(
            x, 200, view(await(store.write(new Write.Put(path, object(x), "admin"))).record()));
      }
      case "DELETE" -> AdminServer.json(x, 200, Map.of("removed", await(store.remove(path))));
      default ->
          throw new MusterException(
              ErrorCode.BAD_REQUEST, "expected GET, PUT or DELETE, found " + x.getRequestMethod());
    }
  }

  private static byte[] object(HttpExchange x) throws IOException {
    try {
      JsonNode node = AdminServer.JSON.readTree(AdminServer.body(x));
      JsonNode object =
          node.isObject() ? node : AdminServer.JSON.createObjectNode().set("value", node);
      return AdminServer.JSON.writeValueAsBytes(object);
    } catch (JacksonException e) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, "expected JSON in the body: " + e.getOriginalMessage(), e);
    }
  }

  private static Map<String, Object> view(PathRecord r) {
    Map<String, Object> v = new LinkedHashMap<>();
    v.put("path", r.path());
    v.put("data", new RawValue(new String(r.data(), java.nio.charset.StandardCharsets.UTF_8)));
    v.put("created", r.created());
    v.put("modified", r.modified());
    v.put("version", r.version());
    return v;
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof StoreException s) {
        ErrorCode code =
            switch (s.kind()) {
              case UNAVAILABLE -> ErrorCode.NO_QUORUM;
              case UNKNOWN -> ErrorCode.LINK_TIMEOUT;
              case REFUSED -> ErrorCode.BAD_REQUEST;
              case FAILED -> ErrorCode.STORE_FAILED;
            };
        throw new MusterException(code, String.valueOf(s.getMessage()), s);
      }
      throw e;
    }
  }
}
