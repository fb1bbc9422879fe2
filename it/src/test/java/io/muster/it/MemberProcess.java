package io.muster.it;

import io.muster.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/// One member as an operating-system process: `muster start -c FILE`.
final class MemberProcess implements HappnClients.Member, AutoCloseable {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  final String name;
  final Path directory;
  private final String host;
  private final int clientPort;
  private final int adminPort;
  private final String password;
  private final List<String> prefix;
  private String config = "muster.yaml";
  private final Map<String, String> environment = new HashMap<>();
  private Process process;
  private int starts;

  MemberProcess(
      String name,
      Path directory,
      String host,
      int clientPort,
      int adminPort,
      String password,
      List<String> prefix,
      String yaml) {
    this.name = name;
    this.directory = directory;
    this.host = host;
    this.clientPort = clientPort;
    this.adminPort = adminPort;
    this.password = password;
    this.prefix = prefix;
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("muster.yaml"), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A member whose settings are a file of another kind.
  MemberProcess configuredBy(String file, String text) {
    try {
      Files.writeString(directory.resolve(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    config = file;
    return this;
  }

  /// A variable for the next start.
  MemberProcess with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  long pid() {
    return process().pid();
  }

  /// Starts the process; does not wait.
  MemberProcess start(String... more) {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(Tools.muster());
    command.addAll(List.of("start", "-c", directory.resolve(config).toString()));
    command.addAll(List.of(more));
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("out-" + ++starts + ".log").toFile());
      builder.environment().putAll(environment);
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  MemberProcess awaitReady(Duration limit) {
    try {
      Eventually.within(limit, name + " is ready", () -> alive() && ready());
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n" + lastLines(40), e);
    }
    return this;
  }

  private boolean alive() {
    if (process().isAlive()) return true;
    throw new AssertionError(name + " ended with " + process().exitValue() + "\n" + lastLines(40));
  }

  boolean ready() {
    try {
      return prefix.isEmpty() ? admin("/readyz").statusCode() == 200 : inside().equals("200");
    } catch (UncheckedIOException | IllegalStateException e) {
      return false;
    }
  }

  /// The text of `/readyz`: the reason when not ready.
  String readiness() {
    return prefix.isEmpty() ? admin("/readyz").body() : inside();
  }

  /// `/readyz` as seen inside the member's network namespace: 200, or the reason.
  private String inside() {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            "node",
            "-e",
            "fetch('http://127.0.0.1:"
                + adminPort
                + "/readyz').then(async r => console.log(r.ok ? 200 : await r.text()),"
                + " e => { console.error(e); process.exit(1); })"));
    return Tools.run(directory, 10, command.toArray(String[]::new)).strip();
  }

  /// What administration answers inside the member's network namespace.
  String inside(String path) {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            "node",
            "-e",
            "const t = require('fs').readFileSync(process.argv[1], 'utf8').trim();"
                + "fetch(process.argv[2], { headers: { Authorization: 'Bearer ' + t } })"
                + ".then(async r => console.log(await r.text()),"
                + " e => { console.error(e); process.exit(1); })",
            directory.resolve("data/admin.token").toString(),
            adminUrl() + path));
    return Tools.run(directory, 10, command.toArray(String[]::new)).strip();
  }

  String adminUrl() {
    return "http://127.0.0.1:" + adminPort;
  }

  HttpResponse<String> admin(String path) {
    return admin("GET", path);
  }

  HttpResponse<String> admin(String method, String path) {
    return admin(method, path, HttpRequest.BodyPublishers.noBody(), Duration.ofSeconds(5));
  }

  private HttpResponse<String> admin(
      String method, String path, HttpRequest.BodyPublisher body, Duration limit) {
    try {
      String token = "";
      Path file = directory.resolve("data/admin.token");
      if (Files.exists(file)) token = Files.readString(file).strip();
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(adminUrl() + path))
              .timeout(limit)
              .header("Authorization", "Bearer " + token)
              .method(method, body)
              .build();
      return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  JsonNode adminJson(String path) {
    HttpResponse<String> answer = admin(path);
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(path + ": " + answer.statusCode() + " " + answer.body());
    }
    return HappnClients.JSON.readTree(answer.body());
  }

  /// A call of administration.
  ///
  /// @return the result
  JsonNode rpc(String method, Object... params) {
    String body =
        HappnClients.JSON.writeValueAsString(
            Map.of("jsonrpc", "2.0", "id", 1, "method", method, "params", List.of(params)));
    HttpResponse<String> answer =
        admin("POST", "/rpc", HttpRequest.BodyPublishers.ofString(body), Duration.ofSeconds(30));
    JsonNode json = HappnClients.JSON.readTree(answer.body());
    if (!json.has("result")) throw new IllegalStateException(method + ": " + answer.body());
    return json.path("result");
  }

  /// `kill -9`.
  void kill() {
    process().destroyForcibly();
    awaitEnd();
  }

  /// SIGTERM: an orderly stop.
  int stop() {
    process().destroy();
    return awaitEnd();
  }

  void signal(String signal) {
    Tools.run(directory, 5, "kill", "-" + signal, Long.toString(process().pid()));
  }

  int awaitEnd() {
    try {
      if (!process().waitFor(30, TimeUnit.SECONDS)) {
        throw new AssertionError(name + " did not end\n" + lastLines(40));
      }
      return process().exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  boolean running() {
    return process != null && process.isAlive();
  }

  private Process process() {
    if (process == null) throw new IllegalStateException(name + " was not started");
    return process;
  }

  /// The output of the latest start.
  String output() {
    try {
      return Files.readString(directory.resolve("out-" + starts + ".log"));
    } catch (IOException e) {
      return "";
    }
  }

  String lastLines(int n) {
    List<String> lines = output().lines().toList();
    return "--- "
        + name
        + "\n"
        + String.join("\n", lines.subList(Math.max(0, lines.size() - n), lines.size()));
  }

  @Override
  public String host() {
    return host;
  }

  @Override
  public int clientPort() {
    return clientPort;
  }

  @Override
  public String username() {
    return password == null ? null : "_ADMIN";
  }

  @Override
  public String password() {
    return password;
  }

  @Override
  public void close() {
    if (process == null) return;
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
