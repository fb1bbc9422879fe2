package io.muster.plugins.check.http;

import io.muster.plugins.check.net.Dialer;
import io.muster.plugins.check.net.TlsDialog;
import io.muster.plugins.check.net.TlsOptions;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.watch.Endpoint;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Keys of a `grpc` check.
record GrpcSetup(String service, Optional<String> host, TlsOptions tls) implements CheckSetup {
  boolean secure(Endpoint to) {
    return tls.on(to, "https", "grpcs");
  }

  String authority(Endpoint to) {
    if (host.isPresent()) return host.get();
    return to instanceof Endpoint.Net net ? net.authority() : "localhost";
  }

  @Override
  public int defaultPort() {
    return tls.always() ? 443 : 80;
  }

  @Override
  public Check open(CheckContext context) {
    TlsDialog dialog = tls.named(host.map(h -> h.replaceFirst(":\\d+$", ""))).open("h2");
    Dialer dialer = new Dialer();
    return new Check() {
      @Override
      public CompletableFuture<Finding> probe(Probe probe) {
        Endpoint to = probe.target().endpoint();
        return dialer.dial(
            to, secure(to) ? dialog : null, new GrpcConversation(GrpcSetup.this, to));
      }

      @Override
      public void close() {
        dialer.close();
      }
    };
  }
}
