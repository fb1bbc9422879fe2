package io.muster.admin;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.muster.kernel.Address;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/// A server on a free port, and somebody who asks it.
final class AdminFixture implements AutoCloseable {
  static final HttpClient HTTP = HttpClient.newHttpClient();
  final FakeMember member;
  final AdminServer server;
  final Path directory;

  AdminFixture(Path directory) {
    this(directory, new FakeMember());
  }

  AdminFixture(Path directory, FakeMember member) {
    this(member, directory, AdminSettings.Auth.TOKEN, 4, 1 << 20, Duration.ofSeconds(10));
  }

  AdminFixture(
      Path directory,
      AdminSettings.Auth auth,
      int watchersMax,
      long watchBytesMax,
      Duration heartbeat) {
    this(new FakeMember(), directory, auth, watchersMax, watchBytesMax, heartbeat);
  }

  private AdminFixture(
      FakeMember member,
      Path directory,
      AdminSettings.Auth auth,
      int watchersMax,
      long watchBytesMax,
      Duration heartbeat) {
    this.member = member;
    this.directory = directory;
    server =
        new AdminServer(
            new AdminSettings(
                new Address("127.0.0.1", 0),
                auth,
                watchersMax,
                watchBytesMax,
                heartbeat,
                4,
                Duration.ofHours(1)),
            directory,
            member,
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
  }

  String token() {
    return token("admin.token");
  }

  String token(String file) {
    try {
      return Files.readString(directory.resolve(file)).strip();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://" + server.address() + path))
        .timeout(Duration.ofSeconds(20))
        .header("Authorization", "Bearer " + token());
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path) throws Exception {
    return send(request(path));
  }

  HttpResponse<String> send(String method, String path, String body) throws Exception {
    return send(request(path).method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  HttpResponse<InputStream> stream(String path) throws Exception {
    return HTTP.send(request(path).build(), HttpResponse.BodyHandlers.ofInputStream());
  }

  static JsonNode json(HttpResponse<String> answer) {
    return Exchange.JSON.readTree(answer.body());
  }

  /// Returns once `condition` holds, within ten seconds.
  static void eventually(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!condition.call()) {
      if (System.nanoTime() > deadline) throw new AssertionError("not within 10 s: " + what);
      LockSupport.parkNanos(5_000_000);
    }
  }

  @Override
  public void close() {
    server.close();
    member.close();
  }
}
