package io.muster.plugins.check.http;

import io.muster.plugins.check.net.Dialer;
import io.muster.plugins.check.net.TlsDialog;
import io.muster.plugins.check.net.TlsOptions;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Keys of a `websocket` check.
record WebSocketSetup(
    URI url,
    Map<String, String> headers,
    Optional<String> subprotocol,
    int messageMax,
    List<Step> flow,
    TlsOptions tls)
    implements CheckSetup {
  @Override
  public int defaultPort() {
    if (url.getPort() > 0) return url.getPort();
    return tls.always() ? 443 : 80;
  }

  @Override
  public Check open(CheckContext context) {
    TlsDialog dialog = tls.always() ? tls.open("http/1.1") : null;
    Dialer dialer = new Dialer();
    return new Check() {
      @Override
      public CompletableFuture<Finding> probe(Probe probe) {
        return dialer.dial(
            probe.target().endpoint(), dialog, new WebSocketConversation(WebSocketSetup.this));
      }

      @Override
      public void close() {
        dialer.close();
      }
    };
  }

  @Override
  public String toString() {
    return "WebSocketSetup[" + url.getScheme() + "://" + url.getHost() + url.getPath() + "]";
  }
}
