package io.muster.it;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Debian's chromium without a screen, driven line by line through Node (`browser.js`).
final class Browser implements AutoCloseable {
  private static final int NODE_MIN = 20;
  private final Process process;
  private final BufferedWriter in;
  private final AtomicLong next = new AtomicLong();
  private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();

  /// Skips the test with a printed reason where there is no browser.
  Browser() {
    Path dir = Tools.clients();
    String version = Tools.run(dir, 10, "node", "--version").strip();
    if (Integer.parseInt(version.substring(1, version.indexOf('.'))) < NODE_MIN) {
      String why = "SKIPPED: the browser is driven by Node " + NODE_MIN + " or later: " + version;
      System.err.println(why);
      Assumptions.abort(why);
    }
    Tools.need("chromium", "chromium");
    try {
      process =
          new ProcessBuilder("node", "browser.js", Tools.pathOf("chromium"))
              .directory(dir.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    in = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofVirtual().name("browser").start(this::read);
  }

  private void read() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        JsonNode node = HappnClients.JSON.readTree(line);
        CompletableFuture<JsonNode> answer = waiting.remove(node.path("n").asLong());
        if (answer == null) continue;
        if (node.has("error")) {
          answer.completeExceptionally(new HappnClients.Refused(node.get("error")));
        } else {
          answer.complete(node.get("ok"));
        }
      }
    } catch (IOException e) {
      // The process ended; the waiting calls fail below.
    }
    waiting.values().forEach(f -> f.completeExceptionally(new IllegalStateException("node ended")));
  }

  private JsonNode command(String what, String as, Map<String, ?> arguments) {
    long n = next.incrementAndGet();
    ObjectNode line = HappnClients.JSON.valueToTree(arguments);
    line.put("n", n).put("do", what).put("as", as);
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    waiting.put(n, answer);
    try {
      synchronized (in) {
        in.write(line.toString());
        in.write('\n');
        in.flush();
      }
      return answer.get(60, TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) throw cause;
      throw new IllegalStateException(e);
    } catch (TimeoutException e) {
      throw new AssertionError("no answer within 60 s: " + line, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// A page of its own, without cookies of others, with the client that a member serves.
  ///
  /// @param origin such as `http://127.0.0.1:55000`
  Page open(String as, String origin) {
    command("open", as, Map.of("url", origin + "/ping", "script", origin + "/browser_client"));
    return new Page(as);
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  final class Page {
    private final String as;

    Page(String as) {
      this.as = as;
    }

    /// Runs the body of an asynchronous function in the page.
    JsonNode run(String body) {
      return run(body, null);
    }

    /// @param arg what the body knows as `arg`
    JsonNode run(String body, Object arg) {
      Map<String, Object> arguments = new HashMap<>();
      arguments.put("body", body);
      arguments.put("arg", arg);
      return command("run", as, arguments);
    }
  }
}
