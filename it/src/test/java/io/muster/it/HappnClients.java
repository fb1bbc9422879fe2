package io.muster.it;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/// A Node process with unmodified npm clients of one version, driven line by line (`client.js`).
final class HappnClients implements AutoCloseable {
  /// The current generation, protocol happn_4.
  static final String CURRENT = "happn-3";

  /// The previous one, protocol happn_3.
  static final String PREVIOUS = "happn-3-8";

  static final ObjectMapper JSON = new ObjectMapper();
  private final Process process;
  private final BufferedWriter in;
  private final AtomicLong next = new AtomicLong();
  private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final Map<Long, Consumer<Event>> listeners = new ConcurrentHashMap<>();
  final List<JsonNode> clientEvents = new CopyOnWriteArrayList<>();

  /// One delivery.
  record Event(JsonNode data, JsonNode meta, long atNanos) {}

  /// What a refused command said.
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
    final String name;
    final int code;

    Refused(JsonNode error) {
      super(error.path("message").asString(""));
      name = error.path("name").asString("");
      code = error.path("code").asInt(0);
    }
  }

  HappnClients(String module) {
    this(module, List.of());
  }

  /// @param prefix a command to run Node under, such as `ip netns exec NAME`
  HappnClients(String module, List<String> prefix) {
    Path dir = Tools.clients();
    try {
      List<String> command = new ArrayList<>(prefix);
      command.addAll(List.of("node", "client.js", module));
      process =
          new ProcessBuilder(command)
              .directory(dir.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    in = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofVirtual().name("node-" + module).start(this::read);
  }

  private void read() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        JsonNode node = JSON.readTree(line);
        if (node.has("n")) {
          CompletableFuture<JsonNode> answer = waiting.remove(node.get("n").asLong());
          if (answer == null) continue;
          if (node.has("error")) answer.completeExceptionally(new Refused(node.get("error")));
          else answer.complete(node.get("ok"));
        } else if (node.has("sub")) {
          Consumer<Event> listener = listeners.get(node.get("sub").asLong());
          if (listener != null) {
            listener.accept(new Event(node.path("data"), node.path("meta"), System.nanoTime()));
          }
        } else {
          clientEvents.add(node);
        }
      }
    } catch (IOException e) {
      // The process ended; the waiting calls fail below.
    }
    waiting.values().forEach(f -> f.completeExceptionally(new IllegalStateException("node ended")));
  }

  /// Starts a command; its answer is what the client's callback got.
  CompletableFuture<JsonNode> start(String as, String command, Map<String, ?> arguments) {
    return start(as, command, arguments, null);
  }

  private CompletableFuture<JsonNode> start(
      String as, String command, Map<String, ?> arguments, Consumer<Event> listener) {
    long n = next.incrementAndGet();
    ObjectNode line = JSON.valueToTree(arguments);
    line.put("n", n).put("do", command).put("as", as);
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    waiting.put(n, answer);
    if (listener != null) listeners.put(n, listener);
    try {
      synchronized (in) {
        in.write(line.toString());
        in.write('\n');
        in.flush();
      }
    } catch (IOException e) {
      answer.completeExceptionally(e);
    }
    return answer.thenApply(
        ok -> listener == null ? ok : JSON.createObjectNode().put("sub", n).set("answer", ok));
  }

  private static JsonNode await(CompletableFuture<JsonNode> answer) {
    try {
      return answer.get(30, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) throw cause;
      throw new IllegalStateException(e);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new AssertionError("no answer within 30 s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  Client connect(String as, Member member) {
    return connect(as, member.host(), member.clientPort(), member.username(), member.password());
  }

  Client connect(String as, String host, int port, String username, String password) {
    return connect(as, host, port, username, password, Map.of());
  }

  /// @param options of the client, such as `protocol`
  Client connect(
      String as, String host, int port, String username, String password, Map<String, ?> options) {
    Map<String, Object> arguments = new java.util.HashMap<>();
    arguments.put("host", host);
    arguments.put("port", port);
    arguments.put("options", options);
    if (username != null) arguments.put("username", username);
    if (password != null) arguments.put("password", password);
    await(start(as, "connect", arguments));
    return new Client(as);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /// What these tests need to know of a member to connect to it.
  interface Member {
    String host();

    int clientPort();

    String username();

    String password();
  }

  /// One connected client; calls wait for their answer unless they say otherwise.
  final class Client {
    final String as;

    Client(String as) {
      this.as = as;
    }

    JsonNode set(String path, Object data) {
      return set(path, data, Map.of());
    }

    JsonNode set(String path, Object data, Map<String, ?> options) {
      return await(startSet(path, data, options));
    }

    CompletableFuture<JsonNode> startSet(String path, Object data, Map<String, ?> options) {
      Map<String, Object> arguments = new java.util.HashMap<>();
      arguments.put("path", path);
      arguments.put("data", data);
      arguments.put("options", options);
      return start(as, "set", arguments);
    }

    CompletableFuture<JsonNode> startIncrement(String path, String gauge, double amount) {
      return start(as, "increment", Map.of("path", path, "gauge", gauge, "amount", amount));
    }

    CompletableFuture<JsonNode> startGet(String path) {
      return start(as, "get", Map.of("path", path));
    }

    JsonNode get(String path) {
      return await(startGet(path));
    }

    JsonNode get(String path, Map<String, ?> options) {
      return await(start(as, "get", Map.of("path", path, "options", options)));
    }

    JsonNode call(String command, Map<String, ?> arguments) {
      return await(start(as, command, arguments));
    }

    JsonNode remove(String path) {
      return await(start(as, "remove", Map.of("path", path)));
    }

    /// Subscribes and returns the number that `off` takes, once the server has answered.
    Sub on(String path, Map<String, ?> options, Consumer<Event> listener) {
      JsonNode answer = await(start(as, "on", Map.of("path", path, "options", options), listener));
      return new Sub(answer.get("sub").asLong(), answer.get("answer").path("initial"));
    }

    /// Listens as `docs/use/history.md` tells: after each reconnection from where it was.
    ///
    /// @param since where another client was; null to begin now
    Sub resume(String path, String since, Consumer<Event> listener) {
      Map<String, ?> meta = since == null ? Map.of() : Map.of("since", since);
      Map<String, ?> arguments =
          Map.of("path", path, "options", Map.of("meta", meta), "resume", true);
      JsonNode answer = await(start(as, "on", arguments, listener));
      return new Sub(answer.get("sub").asLong(), answer.get("answer").path("initial"));
    }

    Sub on(String path, Consumer<Event> listener) {
      return on(path, Map.of(), listener);
    }

    void off(Sub sub) {
      await(start(as, "off", Map.of("sub", sub.id)));
    }

    String session() {
      return await(start(as, "session", Map.of())).path("id").asString("");
    }

    void disconnect() {
      await(start(as, "disconnect", Map.of()));
    }
  }

  /// A subscription, with the initial values it was answered with.
  record Sub(long id, JsonNode initial) {}
}
