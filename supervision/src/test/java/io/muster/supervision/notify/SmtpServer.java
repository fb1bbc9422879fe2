package io.muster.supervision.notify;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Takes mail by SMTP (RFC 5321), without TLS, and keeps it.
final class SmtpServer implements AutoCloseable {
  private final ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  final List<String> mails = new CopyOnWriteArrayList<>();
  final List<String> commands = new CopyOnWriteArrayList<>();

  SmtpServer() throws IOException {
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(client.getOutputStream(), true, StandardCharsets.UTF_8)) {
      out.print("220 test\r\n");
      String line;
      while ((line = in.readLine()) != null) {
        commands.add(line);
        if (line.startsWith("DATA")) {
          out.print("354 go on\r\n");
          StringBuilder mail = new StringBuilder();
          while ((line = in.readLine()) != null && !line.equals("."))
            mail.append(line).append('\n');
          mails.add(mail.toString());
        }
        if (line == null) return;
        out.print(line.startsWith("QUIT") ? "221 bye\r\n" : "250 ok\r\n");
        out.flush();
      }
    } catch (IOException e) {
      // The client went away.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
