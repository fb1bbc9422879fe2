package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPOutputStream;

/// `/v1/live`: states as they change, for the dashboard.
final class LiveRoutes {
  static final String PATH = "/v1/live";
  private static final int ZIP_BUFFER = 8192;
  private final Live live;
  private final Logins logins;

  LiveRoutes(Live live, Logins logins) {
    this.live = live;
    this.logins = logins;
  }

  List<Route> routes() {
    return List.of(Route.guarded("GET", PATH, this::follow, "topics"));
  }

  private void follow(Exchange x) throws IOException {
    String asked = x.query("topics").orElse("");
    List<String> topics = List.of(asked.split(",", -1)).stream().distinct().toList();
    if (asked.isEmpty()) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST,
          "query: expected topics=… with some of " + String.join(",", live.names()));
    }
    Logins.Session session = x.caller().session();
    BooleanSupplier lasts = () -> session == null || logins.lasts(session);
    boolean zip = x.header("Accept-Encoding").filter(a -> a.contains("gzip")).isPresent();
    live.serve(topics, lasts, () -> zip ? zipped(x) : x.stream(Watches.TYPE));
  }

  /// Each event is flushed as a whole, so that it can be read at once.
  private static OutputStream zipped(Exchange x) throws IOException {
    x.set("Content-Encoding", "gzip");
    return new GZIPOutputStream(x.stream(Watches.TYPE), ZIP_BUFFER, true);
  }
}
