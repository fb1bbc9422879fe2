package io.muster.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.muster.gateway.GatewayView;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.TlsReload;
import io.muster.membership.Membership;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The admin listener: `/livez`, `/readyz`, `/metrics` and the dashboard's files for everybody who
/// reaches it, `/v1` and `/rpc` with the token or, from the dashboard, a login. Each request runs
/// on its own virtual thread.
public final class AdminServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminServer.class);
  private static final String URL_FILE = "admin.url";

  private static final int BACKLOG = 64;

  private final HttpServer server;
  private final @Nullable AdminTls tls;
  private final boolean hsts;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AdminFaces faces;
  private final PrometheusMeterRegistry metrics;
  private final Logins logins;
  private final Audit audit;
  private final Rates rates;
  private final Live live;
  private final Watches watches;
  private final EventRoutes events;
  private final List<Route> routes;
  private final Path urlFile;

  /// Binds and serves at once.
  ///
  /// @param dataDirectory where `admin.token` and `viewer.token` are, made at the first start,
  ///     readable by the owner only; while the server is open, `admin.url` beside it says where it
  ///     listens
  /// @throws MusterException `admin_port_busy`, `data_corrupt`
  public AdminServer(
      AdminSettings settings,
      Path dataDirectory,
      AdminFaces faces,
      PrometheusMeterRegistry metrics) {
    this.faces = faces;
    this.metrics = metrics;
    this.logins =
        new Logins(
            settings.auth() == AdminSettings.Auth.NONE,
            dataDirectory,
            settings.sessionIdle(),
            System::nanoTime);
    this.urlFile = dataDirectory.resolve(URL_FILE);
    this.tls = settings.tls().map(t -> new AdminTls(t, settings.listen().host())).orElse(null);
    this.hsts = settings.tls().map(t -> t.pair().hsts()).orElse(false);
    try {
      server =
          create(tls, new InetSocketAddress(settings.listen().host(), settings.listen().port()));
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
    this.watches = new Watches(faces, settings);
    this.events = new EventRoutes(faces, settings);
    this.audit = new Audit(faces);
    this.rates = new Rates(faces);
    this.live =
        new Live(
            new LiveTopics(faces).all(rates, audit),
            settings.watchHeartbeat(),
            settings.viewersMax());
    this.routes = routes();
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
    if (tls != null) tls.watch();
    try {
      Files.writeString(urlFile, url() + "\n");
    } catch (IOException e) {
      log.warn("admin_url_unwritable file={} reason=\"{}\"", urlFile, e.getMessage());
    }
    log.info("admin_open address={} auth={} tls={}", address(), settings.auth(), tls != null);
  }

  private static HttpServer create(@Nullable AdminTls tls, InetSocketAddress at)
      throws IOException {
    if (tls == null) return HttpServer.create(at, BACKLOG);
    HttpsServer secure = HttpsServer.create(at, BACKLOG);
    secure.setHttpsConfigurator(tls.configurator());
    return secure;
  }

  /// What became of the certificate that is shown here; empty without TLS.
  public Optional<Supplier<TlsReload.View>> tls() {
    AdminTls t = tls;
    return t == null ? Optional.empty() : Optional.of(t::view);
  }

  /// All that is answered here.
  private List<Route> routes() {
    DataRoutes data = new DataRoutes(faces, watches);
    SettingRoutes settings = new SettingRoutes(faces);
    Map<String, RpcMethod> methods = new HashMap<>();
    new SecurityCalls(faces).enter(methods);
    new SessionCalls(faces).enter(methods);
    new DataCalls(faces, data).enter(methods);
    ClusterRoutes clusters = new ClusterRoutes(faces);
    clusters.enter(methods);
    Rpc rpc = new Rpc(methods);
    List<Route> all = new ArrayList<>(new UserRoutes(faces).routes());
    all.addAll(new DoorRoutes(faces).routes());
    all.addAll(clusters.routes());
    all.addAll(new SilenceRoutes(faces).routes());
    all.addAll(new SessionRoutes(faces).routes());
    all.addAll(new SecretRoutes(faces).routes());
    all.addAll(new OverviewRoutes(faces).routes());
    all.addAll(events.routes());
    all.addAll(new LookupRoutes(faces).routes());
    all.addAll(new ImportRoutes(faces).routes());
    all.addAll(new LoginRoutes(faces, logins, live.names()).routes());
    all.addAll(new LiveRoutes(live, logins).routes());
    all.addAll(new InsightRoutes(faces, rates, audit).routes());
    all.addAll(new DashboardFiles().routes());
    all.addAll(new TopicRoutes(faces, watches).routes());
    all.addAll(own(data, settings, rpc));
    return List.copyOf(all);
  }

  private List<Route> own(DataRoutes data, SettingRoutes settings, Rpc rpc) {
    return List.of(
        Route.open("GET", "/livez", x -> x.text(200, "alive\n")),
        Route.open("GET", "/readyz", this::ready),
        Route.open("GET", "/metrics", this::metrics),
        Route.guarded("GET", "/v1/openapi.json", AdminServer::openapi),
        Route.guarded("GET", "/v1/status", x -> x.json(200, faces.status())),
        Route.guarded(
            "GET",
            "/v1/members",
            x -> x.json(200, Map.of("members", Views.members(faces.members())))),
        Route.guarded("DELETE", "/v1/members/{name}", this::forget),
        Route.guarded(
            "GET",
            "/v1/registry",
            x -> x.json(200, Map.of("groups", Views.groups(faces.groups())))),
        Route.guarded(
            "GET",
            "/v1/connections",
            x -> x.json(200, faces.gateway().orElse(new GatewayView(0, 0, 0, 0, 0, 0, 0)))),
        Route.guarded("GET", "/v1/streams", new StreamRoutes(faces)::all),
        Route.guarded("GET", "/v1/settings", settings::all),
        Route.guarded("GET", "/v1/settings/{name}", settings::get),
        Route.guarded("PUT", "/v1/settings/{name}", settings::put),
        Route.guarded("DELETE", "/v1/settings/{name}", settings::remove),
        Route.guarded("GET", "/v1/errors/{code}", AdminServer::error),
        Route.guarded("GET", "/v1/data/watch", data::watch, "pattern"),
        Route.guarded("GET", "/v1/data/{path}", data::get, "count"),
        Route.guarded("GET", "/v1/children/{path}", data::children, "limit"),
        Route.guarded("PUT", "/v1/data/{path}", data::put, "transient"),
        Route.guarded("DELETE", "/v1/data/{path}", data::remove),
        Route.guarded("GET", "/v1/backup", this::backup),
        Route.guarded(
            "POST",
            "/v1/drain",
            x -> x.json(200, faces.drain(limit(x, "timeout", "10"))),
            "timeout"),
        Route.guarded("DELETE", "/v1/drain", x -> x.json(200, faces.undrain())),
        Route.guarded("POST", "/v1/leave", this::leave, "drain", "timeout"),
        Route.guarded("POST", "/v1/stop", this::stop),
        Route.guarded("POST", "/rpc", rpc::answer));
  }

  List<Route> table() {
    return routes;
  }

  /// The bound address as `host:port`.
  public String address() {
    InetSocketAddress a = server.getAddress();
    return hostAndPort(a.getAddress(), a.getPort());
  }

  /// Where a process on this machine finds it.
  private String url() {
    InetSocketAddress a = server.getAddress();
    InetAddress host =
        a.getAddress().isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : a.getAddress();
    return (tls == null ? "http://" : "https://") + hostAndPort(host, a.getPort());
  }

  private static String hostAndPort(InetAddress host, int port) {
    String text = host.getHostAddress();
    return (text.indexOf(':') >= 0 ? "[" + text + "]" : text) + ":" + port;
  }

  // --- dispatch

  private void answer(HttpExchange http) {
    Exchange x = new Exchange(http);
    if (hsts) x.set("Strict-Transport-Security", "max-age=15552000");
    try (http) {
      try {
        dispatch(x);
      } catch (MusterException e) {
        x.problem(e.code(), String.valueOf(e.getMessage()));
      } catch (RuntimeException e) {
        log.error("admin_request_failed path={}", x.path(), e);
        x.problem(ErrorCode.INVARIANT_BROKEN, String.valueOf(e.getMessage()));
      }
    } catch (IOException e) {
      log.debug("admin_client_gone path={} reason=\"{}\"", x.path(), e.getMessage());
    }
  }

  private void dispatch(Exchange x) throws IOException {
    List<Route> here = Route.at(routes, x.path());
    // Nobody without the token learns what is here and what is not.
    if (here.isEmpty() || !here.getFirst().open()) {
      Caller caller = logins.authorise(x, LoginRoutes.cookie(faces));
      x.caller(caller);
      logins.checkRole(x, caller);
    }
    if (here.isEmpty()) {
      throw new MusterException(
          ErrorCode.NOT_FOUND, "nothing at " + x.path() + "; GET /v1/openapi.json lists what is");
    }
    for (Route r : here) {
      boolean probe = r.open() && x.method().equals("HEAD");
      if (!probe && !r.method().equals(x.method())) continue;
      x.rest(r.rest(x.path()).orElse(""));
      if (!r.open()) x.readQuery(r);
      r.handler().handle(x);
      if (!r.open() && changes(r, x)) audit.note(x);
      return;
    }
    String allowed =
        here.stream().map(Route::method).distinct().sorted().collect(Collectors.joining(", "));
    x.set("Allow", allowed);
    throw new MusterException(
        ErrorCode.METHOD_NOT_ALLOWED, x.path() + ": expected " + allowed + ", found " + x.method());
  }

  /// JSON-RPC says itself what was a change.
  private static boolean changes(Route r, Exchange x) {
    if (r.method().equals("GET") || x.answered() >= 400) return false;
    return !r.path().equals("/rpc") || x.change().isPresent();
  }

  // --- what is answered

  private void ready(Exchange x) throws IOException {
    AdminFaces.Status s = faces.status();
    x.text(s.ready() ? 200 : 503, s.state() + "\n");
  }

  private void metrics(Exchange x) throws IOException {
    x.send(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        metrics.scrape().getBytes(StandardCharsets.UTF_8));
  }

  private static void openapi(Exchange x) throws IOException {
    try (InputStream in = AdminServer.class.getResourceAsStream("openapi.json")) {
      if (in == null) throw new IllegalStateException("openapi.json is not in the jar");
      x.send(200, "application/json; charset=utf-8", in.readAllBytes());
    }
  }

  private static void error(Exchange x) throws IOException {
    for (ErrorCode c : ErrorCode.values()) {
      if (!c.code().equals(x.rest()) && !Integer.toString(c.number()).equals(x.rest())) continue;
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("number", c.number());
      row.put("name", c.code());
      row.put("status", c.status());
      row.put("text", c.text());
      row.put("cause", c.cause());
      row.put("remedy", c.remedy());
      x.json(200, row);
      return;
    }
    throw new MusterException(ErrorCode.NOT_FOUND, "no error is called " + x.rest());
  }

  /// Takes members out that will not come back: all of a name that have gone. Refused while the
  /// only one is here.
  private void forget(Exchange x) throws IOException {
    List<Membership.View> named =
        faces.members().stream()
            .filter(
                v -> v.member().name().equals(x.rest()) || v.member().id().hex().equals(x.rest()))
            .toList();
    if (named.isEmpty()) {
      throw new MusterException(
          ErrorCode.NOT_FOUND, "no member is called '" + x.rest() + "'; see GET /v1/members");
    }
    List<Membership.View> gone = named.stream().filter(v -> !v.member().state().here()).toList();
    if (gone.isEmpty()) {
      throw new MusterException(
          ErrorCode.BAD_REQUEST,
          "member '" + x.rest() + "' is here; stop it first, then forget it");
    }
    List<String> ids = new ArrayList<>();
    for (Membership.View v : gone) {
      try {
        faces.forget(v.member()).join();
        ids.add(v.member().id().hex());
      } catch (CompletionException e) {
        if (e.getCause() instanceof MusterException m) throw m;
        throw e;
      }
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("forgotten", gone.getFirst().member().name());
    answer.put("ids", ids);
    x.json(200, answer);
  }

  /// Sends a backup as it is made; the header tells how much it is before compression.
  private void backup(Exchange x) throws IOException {
    try (Backup backup = faces.backup()) {
      x.set("Muster-Backup-Bytes", Long.toString(backup.bytes()));
      backup.writeTo(x.stream("application/zip"));
    }
  }

  private void stop(Exchange x) throws IOException {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("stopping", true);
    answer.put("pid", faces.status().pid());
    x.json(202, answer);
    faces.stop();
  }

  /// Answers when the member has left, then stops it, also when whoever asked has gone.
  private void leave(Exchange x) throws IOException {
    Duration over = x.query("drain").isEmpty() ? Duration.ZERO : limit(x, "drain", "");
    faces.leave(over, limit(x, "timeout", "60"));
    try {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("left", true);
      answer.put("pid", faces.status().pid());
      x.json(200, answer);
    } finally {
      faces.stop();
    }
  }

  private static Duration limit(Exchange x, String name, String otherwise) {
    String text = x.query(name).orElse(otherwise);
    try {
      int seconds = Integer.parseInt(text);
      if (seconds >= 1 && seconds <= 3600) return Duration.ofSeconds(seconds);
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new MusterException(
        ErrorCode.BAD_REQUEST, name + ": expected 1 to 3600 seconds, found '" + text + "'");
  }

  /// Ends the watches and dashboards in order, and writes what the audit has not yet; everything
  /// else is still answered.
  public void drain() {
    watches.close();
    events.close();
    live.close();
    audit.close();
  }

  @Override
  public void close() {
    drain();
    rates.close();
    server.stop(0);
    threads.shutdownNow();
    if (tls != null) tls.close();
    try {
      Files.deleteIfExists(urlFile);
    } catch (IOException e) {
      log.debug("admin_url_left file={} reason=\"{}\"", urlFile, e.getMessage());
    }
  }
}
