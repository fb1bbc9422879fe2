package io.muster.admin;

import com.sun.net.httpserver.HttpExchange;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;

/// One request and its answer; on the request's thread.
final class Exchange {
  static final ObjectMapper JSON = new ObjectMapper();
  static final int BODY_MAX = 32 << 20;

  /// A body somewhat too large is read to its end, so that its sender is still there for the
  /// answer; beyond this the connection is cut.
  private static final int BODY_PATIENCE = 64 << 20;

  private final HttpExchange http;
  private final Map<String, String> query = new HashMap<>();
  private String rest = "";
  private Caller caller = Caller.anybody("");
  private Audit.@Nullable Change change;

  Exchange(HttpExchange http) {
    this.http = http;
  }

  String method() {
    return http.getRequestMethod();
  }

  /// The decoded path.
  String path() {
    return http.getRequestURI().getPath();
  }

  /// Where the request comes from.
  InetAddress address() {
    return http.getRemoteAddress().getAddress();
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(http.getRequestHeaders().getFirst(name));
  }

  /// The value of a cookie.
  Optional<String> cookie(String name) {
    for (String line : http.getRequestHeaders().getOrDefault("Cookie", List.of())) {
      for (String pair : line.split(";")) {
        int eq = pair.indexOf('=');
        if (eq > 0 && pair.substring(0, eq).strip().equals(name)) {
          return Optional.of(pair.substring(eq + 1).strip());
        }
      }
    }
    return Optional.empty();
  }

  /// Who asks; nobody in particular where everybody may.
  Caller caller() {
    return caller;
  }

  void caller(Caller caller) {
    this.caller = caller;
  }

  /// Says for the audit what a change was, where the address alone does not.
  ///
  /// @param before what was there, null when that is not told; never a secret
  /// @param after what is there now, likewise
  void changed(@Nullable Object before, @Nullable Object after) {
    change = new Audit.Change("", before, after);
  }

  /// Says for the audit that this was a change of another name than the address.
  void changed(String what) {
    change = new Audit.Change(what, null, null);
  }

  /// What was said for the audit.
  Optional<Audit.Change> change() {
    return Optional.ofNullable(change);
  }

  /// The status that was answered, -1 before.
  int answered() {
    return http.getResponseCode();
  }

  /// What stands in the request's path where its route has the parameter, decoded.
  String rest() {
    return rest;
  }

  void rest(String rest) {
    this.rest = rest;
  }

  /// A parameter of the query, decoded.
  Optional<String> query(String name) {
    return Optional.ofNullable(query.get(name));
  }

  /// Whether a parameter without value was given.
  ///
  /// @throws MusterException `bad_request` when it has one
  boolean flag(String name) {
    String value = query.get(name);
    if (value == null) return false;
    if (value.isEmpty() || value.equals("true")) return true;
    throw new MusterException(
        ErrorCode.BAD_REQUEST,
        "query: '"
            + name
            + "' takes no value, found '"
            + value
            + "'; leave it out to switch it off");
  }

  /// Reads the query, which may have the parameters of the route only.
  ///
  /// @throws MusterException `bad_request`
  void readQuery(Route route) {
    String raw = http.getRequestURI().getRawQuery();
    if (raw == null || raw.isEmpty()) return;
    for (String part : raw.split("&")) {
      if (part.isEmpty()) continue;
      int eq = part.indexOf('=');
      String name = decoded(eq < 0 ? part : part.substring(0, eq));
      String value = eq < 0 ? "" : decoded(part.substring(eq + 1));
      if (!route.parameters().contains(name)) {
        throw new MusterException(
            ErrorCode.BAD_REQUEST,
            "query: unknown parameter '"
                + name
                + "'; "
                + route.method()
                + " "
                + route.path()
                + (route.parameters().isEmpty()
                    ? " takes none"
                    : " takes " + String.join(", ", route.parameters())));
      }
      if (query.put(name, value) != null) {
        throw new MusterException(ErrorCode.BAD_REQUEST, "query: '" + name + "' is given twice");
      }
    }
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST, "query: expected percent-encoding, found '" + text + "'", e);
    }
  }

  /// The whole body.
  ///
  /// @throws MusterException `body_too_large` beyond 32 MiB
  byte[] body() throws IOException {
    return body(BODY_MAX);
  }

  /// The whole body.
  ///
  /// @throws MusterException `body_too_large` beyond so many bytes
  byte[] body(int most) throws IOException {
    InputStream in = http.getRequestBody();
    byte[] body = in.readNBytes(most + 1);
    if (body.length <= most) return body;
    byte[] ignored = new byte[1 << 16];
    long read = 0;
    while (read < BODY_PATIENCE) {
      int n = in.read(ignored);
      if (n < 0) break;
      read += n;
    }
    throw new MusterException(
        ErrorCode.BODY_TOO_LARGE, "expected a body of " + most + " bytes at most");
  }

  void json(int status, Object value) throws IOException {
    send(status, "application/json; charset=utf-8", JSON.writeValueAsBytes(value));
  }

  void text(int status, String text) throws IOException {
    send(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  /// An error as `application/problem+json` (RFC 9457); nothing when the answer has begun already.
  void problem(ErrorCode code, String detail) throws IOException {
    if (http.getResponseCode() != -1) return;
    Map<String, Object> p = new LinkedHashMap<>();
    p.put("type", "urn:muster:error:" + code.code());
    p.put("title", code.text());
    p.put("status", code.status());
    p.put("code", code.number());
    p.put("name", code.code());
    p.put("detail", detail);
    p.put("remedy", code.remedy());
    send(code.status(), "application/problem+json", JSON.writeValueAsBytes(p));
  }

  void set(String header, String value) {
    http.getResponseHeaders().set(header, value);
  }

  void send(int status, String type, byte[] body) throws IOException {
    set("Content-Type", type);
    if (method().equals("HEAD") || body.length == 0) {
      http.sendResponseHeaders(status, -1);
      return;
    }
    http.sendResponseHeaders(status, body.length);
    try (OutputStream out = http.getResponseBody()) {
      out.write(body);
    }
  }

  /// Begins an answer of unknown length.
  OutputStream stream(String type) throws IOException {
    set("Content-Type", type);
    set("Cache-Control", "no-store");
    http.sendResponseHeaders(200, 0);
    return http.getResponseBody();
  }
}
