package io.muster.gateway.driver;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// A client that writes and reads bytes, and nothing by itself. Reads give up after ten seconds.
final class RawSocket implements AutoCloseable {
  record Answer(int status, Map<String, String> headers, String body) {}

  private final Socket socket;
  private final InputStream in;

  RawSocket(int port) throws IOException {
    this(port, 0);
  }

  /// @param receiveBytes the receive buffer, 0 for the usual one
  RawSocket(int port, int receiveBytes) throws IOException {
    socket = new Socket();
    if (receiveBytes > 0) socket.setReceiveBufferSize(receiveBytes);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
    socket.setSoTimeout(10_000);
    in = socket.getInputStream();
  }

  /// @param connected such as one that speaks TLS
  RawSocket(Socket connected) throws IOException {
    socket = connected;
    socket.setSoTimeout(10_000);
    in = socket.getInputStream();
  }

  RawSocket write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  RawSocket write(String text) throws IOException {
    return write(text.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
  }

  String line() throws IOException {
    StringBuilder b = new StringBuilder();
    for (int c; (c = in.read()) != '\n'; ) {
      if (c < 0) throw new EOFException("the server closed after '" + b + "'");
      if (c != '\r') b.append((char) c);
    }
    return b.toString();
  }

  Answer answer() throws IOException {
    int status = Integer.parseInt(line().split(" ")[1]);
    Map<String, String> headers = headers();
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    return new Answer(status, headers, new String(in.readNBytes(length), StandardCharsets.UTF_8));
  }

  /// The lines up to the empty one.
  Map<String, String> headers() throws IOException {
    Map<String, String> headers = new HashMap<>();
    for (String l; !(l = line()).isEmpty(); ) {
      int colon = l.indexOf(':');
      headers.put(l.substring(0, colon).toLowerCase(Locale.ROOT), l.substring(colon + 1).strip());
    }
    return headers;
  }

  RawSocket upgrade() throws IOException {
    write(
        """
        GET /echo HTTP/1.1
        Host: x
        Upgrade: websocket
        Connection: Upgrade
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

        """);
    int status = answer().status();
    if (status != 101) throw new AssertionError("not upgraded: " + status);
    return this;
  }

  /// The payload of the next frame, which must be a text.
  String text() throws IOException {
    int first = in.read();
    if (first < 0) throw new EOFException("the server closed");
    if (first != 0x81) throw new AssertionError("a frame that begins with " + first);
    int length = in.read();
    if (length == 126) length = in.read() << 8 | in.read();
    else if (length == 127) {
      in.readNBytes(4);
      length = in.read() << 24 | in.read() << 16 | in.read() << 8 | in.read();
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  /// Whether the server has closed, once everything before is read.
  boolean closed() throws IOException {
    try {
      byte[] sink = new byte[64 << 10];
      while (in.read(sink) >= 0) {
        // What was on its way.
      }
      return true;
    } catch (java.net.SocketException e) {
      return true;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
