package io.muster.cli;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/// Something at an address that answers what a test says.
final class ScriptedMember implements AutoCloseable {
  private record Answer(int status, String type, String body) {}

  private final HttpServer server;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();

  ScriptedMember() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        x -> {
          try (x) {
            Answer a =
                answers.getOrDefault(
                    x.getRequestURI().getPath(), new Answer(404, "text/plain", "nothing"));
            byte[] body = a.body.getBytes(StandardCharsets.UTF_8);
            x.getResponseHeaders().set("Content-Type", a.type);
            x.sendResponseHeaders(a.status, body.length == 0 ? -1 : body.length);
            if (body.length > 0) x.getResponseBody().write(body);
          }
        });
    server.start();
  }

  ScriptedMember answering(String path, int status, String type, String body) {
    answers.put(path, new Answer(status, type, body));
    return this;
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
