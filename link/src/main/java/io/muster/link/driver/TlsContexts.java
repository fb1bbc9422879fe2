package io.muster.link.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.kernel.TlsMaterial;
import io.muster.link.LinkSettings;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.nio.file.Files;
import javax.net.ssl.SSLException;

/// TLS 1.3 and 1.2 from PEM files.
///
/// Without a CA the certificate is not verified, since the handshake above TLS binds its mutual
/// proof to the very channel; with a CA both sides must show one that it signed. The engine is the
/// JDK's, which exports the keying material that the binding is made of.
final class TlsContexts {
  private TlsContexts() {}

  static SslContext server(LinkSettings.Tls tls) {
    TlsMaterial own = material(tls);
    try {
      SslContextBuilder b =
          SslContextBuilder.forServer(own.key(), own.chain())
              .sslProvider(SslProvider.JDK)
              .protocols(TlsMaterial.VERSIONS);
      tls.ca().ifPresent(ca -> b.trustManager(ca.toFile()).clientAuth(ClientAuth.REQUIRE));
      return b.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw wrong(tls, e);
    }
  }

  static SslContext client(LinkSettings.Tls tls) {
    TlsMaterial own = material(tls);
    try {
      SslContextBuilder b =
          SslContextBuilder.forClient()
              .keyManager(own.key(), own.chain())
              .sslProvider(SslProvider.JDK)
              .protocols(TlsMaterial.VERSIONS)
              .endpointIdentificationAlgorithm(null);
      if (tls.ca().isPresent()) b.trustManager(tls.ca().get().toFile());
      else b.trustManager(InsecureTrustManagerFactory.INSTANCE);
      return b.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw wrong(tls, e);
    }
  }

  private static TlsMaterial material(LinkSettings.Tls tls) {
    try {
      return TlsMaterial.of(
          "link.tls: " + tls.certificate() + ", " + tls.key(),
          Files.readString(tls.certificate()),
          new Secret(Files.readString(tls.key())));
    } catch (IOException e) {
      throw wrong(tls, e);
    }
  }

  private static MusterException wrong(LinkSettings.Tls tls, Exception e) {
    return new MusterException(
        ErrorCode.TLS_MATERIAL,
        "link.tls: " + tls.certificate() + ", " + tls.key() + ": " + e.getMessage(),
        e);
  }
}
