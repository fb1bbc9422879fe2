package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// How commands reach a member: `--admin`, else `MUSTER_ADMIN`, else the newest demo below
/// `.muster`, else the default address.
final class AdminClient {
  static final ObjectMapper JSON = new ObjectMapper();

  @Option(
      names = "--admin",
      paramLabel = "URL",
      description = "Address of administration, such as http://127.0.0.1:8880.")
  @Nullable String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "The member's admin.token; found by itself for a demo.")
  @Nullable Path tokenFile;

  @Option(names = "--json", description = "Output for programs.")
  boolean json;

  private record Found(String url, Optional<Path> token) {}

  JsonNode get(String path) {
    return send("GET", path, null);
  }

  JsonNode send(String method, String path, @Nullable String body) {
    Found found = find();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(found.url + path))
            .timeout(Duration.ofSeconds(30))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    try {
      if (found.token.isPresent()) {
        request.header("Authorization", "Bearer " + Files.readString(found.token.get()).strip());
      }
      HttpResponse<String> answer =
          HttpClient.newBuilder()
              .connectTimeout(Duration.ofSeconds(3))
              .build()
              .send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      JsonNode node = JSON.readTree(answer.body());
      if (answer.statusCode() >= 400) {
        String name = node.path("name").asString("");
        ErrorCode code = ErrorCode.NOT_FOUND;
        for (ErrorCode c : ErrorCode.values()) if (c.code().equals(name)) code = c;
        throw new MusterException(
            code, node.path("detail").asString("HTTP " + answer.statusCode()));
      }
      return node;
    } catch (ConnectException e) {
      throw new Main.NotRunning(
          "no member answers at " + found.url + "; is it running? (--admin URL chooses another)");
    } catch (IOException e) {
      throw new Main.NotRunning(found.url + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Main.NotRunning("interrupted");
    }
  }

  private Found find() {
    String given = url != null ? url : System.getenv("MUSTER_ADMIN");
    if (given != null) {
      return new Found(
          given.startsWith("http") ? given : "http://" + given,
          Optional.ofNullable(tokenFile).or(() -> tokenOf(given)));
    }
    Optional<Found> demo = newestDemo();
    if (demo.isPresent()) return demo.get();
    Path standard = Path.of(".muster/data/admin.token");
    return new Found(
        "http://127.0.0.1:8880",
        Optional.ofNullable(tokenFile)
            .or(() -> Files.exists(standard) ? Optional.of(standard) : Optional.empty()));
  }

  /// Members of a demo leave `admin.url` beside their token.
  private static Optional<Found> newestDemo() {
    return demoMembers().findFirst();
  }

  private static Optional<Path> tokenOf(String url) {
    return demoMembers().filter(f -> f.url.endsWith(url)).findFirst().flatMap(Found::token);
  }

  private static Stream<Found> demoMembers() {
    Path base = Path.of(".muster");
    if (!Files.isDirectory(base)) return Stream.empty();
    try (Stream<Path> all = Files.walk(base, 4)) {
      return all
          .filter(p -> p.endsWith("admin.url"))
          .sorted(Comparator.comparingLong((Path p) -> p.toFile().lastModified()).reversed())
          .toList()
          .stream()
          .flatMap(AdminClient::demoMember);
    } catch (IOException e) {
      return Stream.empty();
    }
  }

  private static Stream<Found> demoMember(Path file) {
    try {
      return Stream.of(
          new Found(
              Files.readString(file).strip(),
              Optional.of(file.resolveSibling("data").resolve("admin.token"))));
    } catch (IOException e) {
      return Stream.empty();
    }
  }
}
