package io.muster.plugins.check.http;

import com.google.re2j.Pattern;
import io.muster.plugins.check.net.Dialer;
import io.muster.plugins.check.net.TlsDialog;
import io.muster.plugins.check.net.TlsOptions;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.watch.Endpoint;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/// Keys of an `http` check.
///
/// @param headers with those for logging in; secret
record HttpSetup(
    String method,
    String path,
    Optional<String> host,
    Map<String, String> headers,
    byte[] body,
    StatusSet status,
    Optional<Pattern> match,
    Optional<JsonMatch> json,
    int bodyMax,
    int redirects,
    TlsOptions tls)
    implements CheckSetup {
  @Override
  public int defaultPort() {
    return tls.always() ? 443 : 80;
  }

  /// Whether the body decides anything.
  boolean looks() {
    return match.isPresent() || json.isPresent();
  }

  boolean secure(Endpoint to) {
    return tls.on(to, "https");
  }

  /// The Host header.
  String host(Endpoint to) {
    if (host.isPresent()) return host.get();
    return switch (to) {
      case Endpoint.Unix _ -> "localhost";
      case Endpoint.Net net ->
          net.port() == (secure(to) ? 443 : 80)
              ? net.authority().substring(0, net.authority().lastIndexOf(':'))
              : net.authority();
    };
  }

  /// The whole request.
  byte[] request(Endpoint to, String path) {
    StringBuilder text = new StringBuilder(160);
    text.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: ").append(host(to));
    text.append("\r\nConnection: close\r\n");
    if (!has("User-Agent")) text.append("User-Agent: muster\r\n");
    if (!has("Accept")) text.append("Accept: */*\r\n");
    headers.forEach((name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
    if (body.length > 0) text.append("Content-Length: ").append(body.length).append("\r\n");
    byte[] head = text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = Arrays.copyOf(head, head.length + body.length);
    System.arraycopy(body, 0, all, head.length, body.length);
    return all;
  }

  private boolean has(String header) {
    return headers.keySet().stream().anyMatch(header::equalsIgnoreCase);
  }

  @Override
  public Check open(CheckContext context) {
    TlsDialog dialog = tls.named(host.map(this::name)).open(null);
    Dialer dialer = new Dialer();
    return new Check() {
      @Override
      public CompletableFuture<Finding> probe(Probe probe) {
        Endpoint to = probe.target().endpoint();
        Function<HttpConversation, CompletableFuture<Finding>> dial =
            c -> dialer.dial(to, secure(to) ? dialog : null, c);
        return dial.apply(new HttpConversation(HttpSetup.this, to, path, redirects, dial));
      }

      @Override
      public void close() {
        dialer.close();
      }
    };
  }

  private String name(String host) {
    return host.replaceFirst(":\\d+$", "");
  }

  @Override
  public String toString() {
    return "HttpSetup[" + method + " " + path + "]";
  }
}
