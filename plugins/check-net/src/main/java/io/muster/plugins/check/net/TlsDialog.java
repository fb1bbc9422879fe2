package io.muster.plugins.check.net;

import io.muster.spi.watch.Endpoint;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// TLS as a check's keys want it, ready for connections. Safe on any thread.
public final class TlsDialog {
  private final TlsOptions options;
  private final SslContext context;

  TlsDialog(TlsOptions options, @Nullable String protocol) {
    this.options = options;
    SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
    try {
      if (!options.verify()) {
        builder
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null);
      } else if (options.caFile().isPresent()) {
        builder.trustManager(options.caFile().get().toFile());
      }
      if (protocol != null) {
        builder.applicationProtocolConfig(
            new ApplicationProtocolConfig(
                Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                protocol));
      }
      context = builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "expected certificates in PEM in "
              + options.caFile().map(Object::toString).orElse("the platform's store")
              + ": "
              + e.getMessage(),
          e);
    }
  }

  /// A handler for one connection.
  SslHandler handler(Endpoint to) {
    Optional<String> name = options.serverName();
    SslHandler handler =
        switch (to) {
          case Endpoint.Net net ->
              context.newHandler(ByteBufAllocator.DEFAULT, name.orElse(net.host()), net.port());
          case Endpoint.Unix _ ->
              context.newHandler(ByteBufAllocator.DEFAULT, name.orElse("localhost"), -1);
        };
    // Whoever asks gives up by itself.
    handler.setHandshakeTimeoutMillis(0);
    return handler;
  }
}
