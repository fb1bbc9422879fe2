package io.muster.link.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.kernel.TlsMaterial;
import io.muster.kernel.TlsReload;
import io.muster.link.LinkSettings;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import javax.net.ssl.SSLException;

/// TLS 1.3 and 1.2 from PEM files, for both ends of links.
///
/// Without a CA the certificate is not verified, since the handshake above TLS binds its mutual
/// proof to the very channel; with a CA both sides must show one that it signed. The engine is the
/// JDK's, which exports the keying material that the binding is made of.
///
/// @param server for links that others dial
/// @param client for links that are dialled here
record TlsContexts(SslContext server, SslContext client) {
  /// Reads the files, and makes new contexts of them when they change: for links to come, those
  /// that are up go on.
  ///
  /// @throws MusterException `tls_material`
  static TlsReload<TlsContexts> of(LinkSettings.Tls tls) {
    return new TlsReload<>("link", where(tls), () -> read(tls), (m, t) -> contexts(tls, m, t));
  }

  private static TlsReload.Texts read(LinkSettings.Tls tls) {
    return new TlsReload.Texts(
        text(tls.certificate()),
        new Secret(text(tls.key())),
        tls.ca().map(TlsContexts::text).orElse(""));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new MusterException(ErrorCode.TLS_MATERIAL, "link.tls: missing file: " + file, e);
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.TLS_MATERIAL,
          "link.tls: cannot read file: " + file + " (" + e.getMessage() + ")",
          e);
    }
  }

  private static TlsContexts contexts(
      LinkSettings.Tls tls, TlsMaterial own, TlsReload.Texts texts) {
    try {
      return new TlsContexts(server(own, texts), client(own, texts));
    } catch (SSLException | IllegalArgumentException e) {
      throw new MusterException(ErrorCode.TLS_MATERIAL, where(tls) + ": " + e.getMessage(), e);
    }
  }

  private static SslContext server(TlsMaterial own, TlsReload.Texts texts) throws SSLException {
    SslContextBuilder b =
        SslContextBuilder.forServer(own.key(), own.chain())
            .sslProvider(SslProvider.JDK)
            .protocols(TlsMaterial.VERSIONS);
    if (!texts.trusted().isEmpty()) {
      b.trustManager(stream(texts.trusted())).clientAuth(ClientAuth.REQUIRE);
    }
    return b.build();
  }

  private static SslContext client(TlsMaterial own, TlsReload.Texts texts) throws SSLException {
    SslContextBuilder b =
        SslContextBuilder.forClient()
            .keyManager(own.key(), own.chain())
            .sslProvider(SslProvider.JDK)
            .protocols(TlsMaterial.VERSIONS)
            .endpointIdentificationAlgorithm(null);
    if (texts.trusted().isEmpty()) b.trustManager(InsecureTrustManagerFactory.INSTANCE);
    else b.trustManager(stream(texts.trusted()));
    return b.build();
  }

  private static InputStream stream(String pem) {
    return new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
  }

  private static String where(LinkSettings.Tls tls) {
    return "link.tls: " + tls.certificate() + ", " + tls.key();
  }
}
