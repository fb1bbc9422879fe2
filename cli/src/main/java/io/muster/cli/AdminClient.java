package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.node.MusterSettings;
import io.muster.node.SettingsFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// How commands reach a member: `--admin`, else the settings of `-c`, else `MUSTER_ADMIN`, else
/// what runs below `.muster`, else the default address.
final class AdminClient {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final long LOOK_NANOS = 50_000_000;

  /// A member that has to open another store first takes its time.
  private static final Duration STREAM_BEGINS = Duration.ofSeconds(60);

  private static final String STANDARD = "http://127.0.0.1:8880";

  @Option(
      names = "--admin",
      paramLabel = "URL",
      description = {
        "The member to ask, such as http://10.0.0.1:8880.",
        "Else that of -c, of MUSTER_ADMIN, of what runs below .muster, or " + STANDARD + "."
      })
  @Nullable String url;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Settings of the member to ask: its address and its token are found by them.")
  @Nullable Path config;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "The member's admin.token, in its data directory; found by -c, and below .muster.")
  @Nullable Path tokenFile;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = {
        "Who signs the certificate of an https address, PEM. Else the pair that -c names, of a"
            + " member of this machine; else whom Java trusts."
      })
  @Nullable Path ca;

  @Option(
      names = "--client-cert",
      paramLabel = "FILE",
      description = "What to show a member with admin.tls.ca: a certificate chain, PEM.")
  @Nullable Path clientCertificate;

  @Option(
      names = "--client-key",
      paramLabel = "FILE",
      description = "The private key of --client-cert, PEM.")
  @Nullable Path clientKey;

  @Option(names = "--json", description = "Output for programs.")
  boolean json;

  private @Nullable Found found;

  /// Whom to ask, and with which token.
  private record Found(String url, Optional<Path> token, HttpClient http) {}

  /// One that was not made by the command line.
  static AdminClient at(@Nullable String url, @Nullable Path config, @Nullable Path tokenFile) {
    AdminClient client = new AdminClient();
    client.url = url;
    client.config = config;
    client.tokenFile = tokenFile;
    return client;
  }

  JsonNode get(String path) {
    return send("GET", path, null);
  }

  JsonNode send(String method, String path, @Nullable String body) {
    return send(method, path, body, Duration.ofSeconds(30));
  }

  /// @param limit for the whole answer
  JsonNode send(String method, String path, @Nullable String body, Duration limit) {
    Found found = find();
    HttpRequest.Builder request =
        request(found, path)
            .timeout(limit)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    HttpResponse<String> answer =
        exchange(found, request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    JsonNode node = parse(found, answer.body());
    if (answer.statusCode() >= 400) throw failed(found, answer.statusCode(), node);
    return node;
  }

  /// Opens a stream of server-sent events; the answer has come when this returns. Closing it ends
  /// the watch, also on another thread.
  InputStream events(String path) {
    return stream(path, STREAM_BEGINS, r -> r.header("Accept", "text/event-stream").GET()).body();
  }

  /// Asks for something that is answered bit by bit; the answer has begun when this returns.
  /// Closing it ends what was asked.
  InputStream begin(String path, String body) {
    return stream(path, STREAM_BEGINS, r -> r.POST(HttpRequest.BodyPublishers.ofString(body)))
        .body();
  }

  /// Begins to read an answer of any length; its headers have come when this returns.
  ///
  /// @param limit until it begins
  HttpResponse<InputStream> stream(String path, String accept, Duration limit) {
    return stream(path, limit, r -> r.header("Accept", accept).GET());
  }

  private HttpResponse<InputStream> stream(
      String path, Duration limit, Consumer<HttpRequest.Builder> method) {
    Found found = find();
    HttpRequest.Builder request = request(found, path).timeout(limit);
    method.accept(request);
    HttpResponse<InputStream> answer =
        exchange(found, request, HttpResponse.BodyHandlers.ofInputStream());
    if (answer.statusCode() >= 400) {
      try (InputStream in = answer.body()) {
        JsonNode problem = parse(found, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        throw failed(found, answer.statusCode(), problem);
      } catch (IOException e) {
        throw new Main.NotRunning(found.url + ": " + reason(e));
      }
    }
    return answer;
  }

  /// Waits until a member that stops has ended. Administration closes near the end; where the
  /// member's process can be seen, that must have ended as well, since it holds the data directory
  /// until then.
  ///
  /// @return whether it has within `limit`
  boolean awaitEnd(long pid, Duration limit) {
    long start = System.nanoTime();
    while (!gone() || (local() && runs(pid))) {
      if (System.nanoTime() - start > limit.toNanos()) return false;
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return true;
  }

  /// A member in a container has a number that means nothing out here, most likely no JVM.
  private static boolean runs(long pid) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .flatMap(p -> p.info().command())
        .filter(c -> c.endsWith("/java"))
        .isPresent();
  }

  /// Whether nobody listens at the member's address any more.
  boolean gone() {
    Found found = find();
    try {
      found.http.send(
          request(found, "/livez").timeout(Duration.ofSeconds(2)).build(),
          HttpResponse.BodyHandlers.discarding());
      return false;
    } catch (ConnectException e) {
      return true;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Whether the member asked runs on this machine, as far as its address tells.
  boolean local() {
    try {
      return InetAddress.getByName(URI.create(find().url).getHost()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /// The address asked, for messages.
  String asked() {
    return find().url;
  }

  private static HttpRequest.Builder request(Found found, String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(found.url + path));
    found.token.ifPresent(file -> request.header("Authorization", "Bearer " + token(file)));
    // For the audit; a header has no other characters.
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9 ._@+-]", "");
    if (!user.isBlank()) request.header("Muster-By", user.strip());
    return request;
  }

  private static String token(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (NoSuchFileException e) {
      throw usage("the token file " + file + " does not exist; has this member run here?", e);
    } catch (IOException e) {
      throw usage("the token file " + file + " cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private static <T> HttpResponse<T> exchange(
      Found found, HttpRequest.Builder request, HttpResponse.BodyHandler<T> body) {
    try {
      return found.http.send(request.build(), body);
    } catch (HttpConnectTimeoutException | ConnectException e) {
      throw new Main.NotRunning(
          "no member answers at " + found.url + "; is it running? (--admin URL chooses another)");
    } catch (HttpTimeoutException e) {
      throw new Main.NotRunning(
          found.url + ": the member did not answer in time; its log may say why");
    } catch (SSLException e) {
      throw AdminTrust.refused(found.url, e);
    } catch (IOException e) {
      throw new Main.NotRunning(found.url + ": " + reason(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Main.NotRunning("interrupted");
    }
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? "the connection broke" : e.getMessage();
  }

  private static JsonNode parse(Found found, String body) {
    try {
      JsonNode node = JSON.readTree(body);
      if (node.isObject()) return node;
    } catch (JacksonException e) {
      // Said below.
    }
    throw new MusterException(
        ErrorCode.NOT_FOUND,
        found.url + " answers, but not as a member of Muster; --admin URL chooses another");
  }

  private static MusterException failed(Found found, int status, JsonNode problem) {
    String name = problem.path("name").asString("");
    ErrorCode code = ErrorCode.NOT_FOUND;
    for (ErrorCode c : ErrorCode.values()) if (c.code().equals(name)) code = c;
    if (code == ErrorCode.ADMIN_UNAUTHORIZED) {
      return new MusterException(
          code,
          found.token.isPresent()
              ? found.url + " does not accept the token in " + found.token.get()
              : found.url
                  + " wants a token: name its settings with -c FILE, or the admin.token of its"
                  + " data directory with --token-file FILE");
    }
    String detail = problem.path("detail").asString("HTTP " + status);
    return new MusterException(code, name.isEmpty() ? detail : detail + " (" + name + ")");
  }

  private static MusterException usage(String message, @Nullable Throwable cause) {
    return new MusterException(ErrorCode.SETTING_INVALID, message, cause);
  }

  // --- whom to ask

  /// Decided once: a member that stops takes its traces with it.
  private Found find() {
    Found f = found;
    if (f == null) {
      f = look();
      found = f;
    }
    return f;
  }

  private Found look() {
    Optional<MusterSettings> settings =
        Optional.ofNullable(config)
            .map(f -> SettingsFile.load(Optional.of(f), System.getenv(), Map.of()).settings())
            .map(MusterSettings::read);
    Optional<Path> given = Optional.ofNullable(tokenFile);
    Optional<Path> own =
        settings.map(s -> s.member().dataDir().resolve("admin.token")).filter(Files::exists);
    String named = url != null || settings.isPresent() ? url : System.getenv("MUSTER_ADMIN");
    if (named != null) {
      String address = normal(named);
      return found(address, given.or(() -> own).or(() -> LocalMembers.tokenOf(address)), settings);
    }
    if (settings.isPresent()) {
      return found(
          LocalMembers.urlIn(settings.get().member().dataDir()).orElse(settings.get().adminUrl()),
          given.or(() -> own),
          settings);
    }
    return LocalMembers.running()
        .map(m -> found(m.url(), given.or(() -> Optional.of(m.token())), settings))
        .orElseGet(() -> found(STANDARD, given, settings));
  }

  private Found found(String url, Optional<Path> token, Optional<MusterSettings> settings) {
    AdminTrust trust =
        new AdminTrust(
            Optional.ofNullable(ca),
            Optional.ofNullable(clientCertificate),
            Optional.ofNullable(clientKey),
            settings.flatMap(s -> s.admin().tls()));
    return new Found(url, token, trust.client());
  }

  private static String normal(String given) {
    String address = given.contains("://") ? given : "http://" + given;
    while (address.endsWith("/")) address = address.substring(0, address.length() - 1);
    try {
      URI uri = new URI(address);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (http && uri.getHost() != null) return address;
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw usage("--admin: expected a URL such as " + STANDARD + ", found '" + given + "'", null);
  }
}
