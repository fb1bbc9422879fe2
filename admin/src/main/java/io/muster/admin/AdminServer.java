package io.muster.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.ObjectMapper;

/// The admin listener: `/livez`, `/readyz`, `/metrics` for everybody who reaches it, `/v1` with the
/// token. Each request runs on its own virtual thread.
public final class AdminServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
  static final ObjectMapper JSON = new ObjectMapper();
  private static final int BODY_MAX = 32 << 20;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AdminFaces faces;
  private final byte[] token;
  private final boolean open;

  /// Binds and serves at once.
  ///
  /// @param dataDirectory where `admin.token` is, made at the first start, readable by the owner
  ///     only
  /// @throws MusterException `admin_port_busy`
  public AdminServer(
      AdminSettings settings,
      Path dataDirectory,
      AdminFaces faces,
      PrometheusMeterRegistry metrics) {
    this.faces = faces;
    this.open = settings.auth() == AdminSettings.Auth.NONE;
    this.token = token(dataDirectory).getBytes(StandardCharsets.UTF_8);
    try {
      server =
          HttpServer.create(
              new InetSocketAddress(settings.listen().host(), settings.listen().port()), 64);
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.ADMIN_PORT_BUSY,
          "admin.listen: cannot listen on "
              + settings.listen()
              + " ("
              + e.getMessage()
              + "); stop what uses it or choose another address",
          e);
    }
    server.setExecutor(threads);
    DataRoutes data = new DataRoutes(faces);
    server.createContext("/livez", x -> text(x, 200, "alive\n"));
    server.createContext("/readyz", this::ready);
    server.createContext(
        "/metrics",
        x -> {
          x.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
          send(x, 200, metrics.scrape().getBytes(StandardCharsets.UTF_8));
        });
    guarded("/v1/status", x -> json(x, 200, faces.status()));
    guarded("/v1/members", x -> json(x, 200, Map.of("members", Views.members(faces.members()))));
    guarded("/v1/registry", x -> json(x, 200, Map.of("groups", Views.groups(faces.groups()))));
    guarded("/v1/connections", x -> json(x, 200, faces.gateway()));
    guarded("/v1/errors/", this::error);
    guarded("/v1/data/", data::handle);
    guarded(
        "/v1/stop",
        x -> {
          if (!x.getRequestMethod().equals("POST")) {
            throw new MusterException(ErrorCode.BAD_REQUEST, "stop with POST");
          }
          json(x, 202, Map.of("stopping", true));
          faces.stop();
        });
    guarded(
        "/",
        x -> {
          throw new MusterException(
              ErrorCode.NOT_FOUND, "nothing at " + x.getRequestURI().getPath());
        });
    server.start();
    log.info("admin_open address={} auth={}", address(), settings.auth());
  }

  /// The bound address as `host:port`.
  public String address() {
    InetSocketAddress a = server.getAddress();
    return a.getAddress().getHostAddress() + ":" + a.getPort();
  }

  private static String token(Path directory) {
    Path file = directory.resolve("admin.token");
    try {
      if (Files.exists(file)) return Files.readString(file).strip();
      byte[] random = new byte[24];
      new SecureRandom().nextBytes(random);
      String made = HexFormat.of().formatHex(random);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, made + "\n");
      return made;
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.DATA_CORRUPT, file + ": cannot be used (" + e.getMessage() + ")", e);
    }
  }

  /// A handler that may fail.
  interface Handler {
    void handle(HttpExchange x) throws IOException;
  }

  private void guarded(String path, Handler handler) {
    server.createContext(
        path,
        x -> {
          try {
            if (!allowed(x)) {
              throw new MusterException(
                  ErrorCode.ADMIN_UNAUTHORIZED,
                  "expected the header 'Authorization: Bearer TOKEN' with the token of"
                      + " admin.token");
            }
            handler.handle(x);
          } catch (MusterException e) {
            problem(x, e.code(), String.valueOf(e.getMessage()));
          } catch (RuntimeException e) {
            log.error("admin_request_failed path={}", x.getRequestURI().getPath(), e);
            problem(x, ErrorCode.INVARIANT_BROKEN, String.valueOf(e.getMessage()));
          } finally {
            x.close();
          }
        });
  }

  private boolean allowed(HttpExchange x) {
    if (open) return true;
    String header = x.getRequestHeaders().getFirst("Authorization");
    if (header == null || !header.startsWith("Bearer ")) return false;
    return MessageDigest.isEqual(
        header.substring(7).strip().getBytes(StandardCharsets.UTF_8), token);
  }

  private void ready(HttpExchange x) throws IOException {
    AdminFaces.Status s = faces.status();
    text(x, s.ready() ? 200 : 503, s.state() + "\n");
  }

  private void error(HttpExchange x) throws IOException {
    String asked = x.getRequestURI().getPath().substring("/v1/errors/".length());
    for (ErrorCode c : ErrorCode.values()) {
      if (!c.code().equals(asked) && !Integer.toString(c.number()).equals(asked)) continue;
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("number", c.number());
      row.put("name", c.code());
      row.put("text", c.text());
      row.put("cause", c.cause());
      row.put("remedy", c.remedy());
      json(x, 200, row);
      return;
    }
    throw new MusterException(ErrorCode.NOT_FOUND, "no error is called " + asked);
  }

  static byte[] body(HttpExchange x) throws IOException {
    byte[] body = x.getRequestBody().readNBytes(BODY_MAX + 1);
    if (body.length > BODY_MAX) {
      throw new MusterException(ErrorCode.BAD_REQUEST, "a body beyond " + BODY_MAX + " bytes");
    }
    return body;
  }

  static void json(HttpExchange x, int status, Object value) throws IOException {
    x.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
    send(x, status, JSON.writeValueAsBytes(value));
  }

  private static void text(HttpExchange x, int status, String text) throws IOException {
    x.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    send(x, status, text.getBytes(StandardCharsets.UTF_8));
    x.close();
  }

  private static void problem(HttpExchange x, ErrorCode code, String detail) throws IOException {
    Map<String, Object> p = new LinkedHashMap<>();
    p.put("type", "urn:muster:error:" + code.code());
    p.put("title", code.text());
    p.put("status", code.status());
    p.put("code", code.number());
    p.put("name", code.code());
    p.put("detail", detail);
    p.put("remedy", code.remedy());
    x.getResponseHeaders().set("Content-Type", "application/problem+json");
    send(x, code.status(), JSON.writeValueAsBytes(p));
  }

  static void send(HttpExchange x, int status, byte[] body) throws IOException {
    x.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length == 0) return;
    try (OutputStream out = x.getResponseBody()) {
      out.write(body);
    }
  }

  /// The output types of `/v1`: their member names are stable while the inside moves.
  static final class Views {
    private Views() {}

    record MemberView(
        String name,
        String id,
        String state,
        String address,
        List<String> roles,
        String service,
        long incarnation,
        Map<String, String> labels) {}

    record GroupView(
        String group,
        String role,
        String leader,
        boolean quorum,
        long committed,
        long applied,
        List<String> voters,
        List<String> learners) {}

    static List<MemberView> members(List<io.muster.membership.Member> members) {
      return members.stream()
          .map(
              m ->
                  new MemberView(
                      m.name(),
                      m.id().hex(),
                      lower(m.state()),
                      m.address().toString(),
                      m.roles().stream().map(Views::lower).sorted().toList(),
                      m.service(),
                      m.incarnation(),
                      m.labels()))
          .toList();
    }

    static List<GroupView> groups(List<io.muster.registry.Consensus.View> groups) {
      return groups.stream()
          .map(
              g ->
                  new GroupView(
                      g.group(),
                      lower(g.role()),
                      g.leader().map(Object::toString).orElse(""),
                      g.quorum(),
                      g.committed(),
                      g.applied(),
                      g.voters().stream().map(Object::toString).toList(),
                      g.learners().stream().map(Object::toString).toList()))
          .toList();
    }

    private static String lower(Enum<?> e) {
      return e.name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
