package io.muster.gateway.driver;

import io.muster.gateway.TlsPair;
import io.muster.gateway.TlsSettings;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.TlsMaterial;
import io.muster.kernel.TlsReload;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.util.Optional;
import javax.net.ssl.SSLException;

/// The certificate that clients are shown, and its replacement while the member runs.
final class ClientTls implements AutoCloseable {
  private static final String BRANCH = "gateway.tls";
  private final TlsSettings settings;
  private final TlsPair pair;
  private final TlsReload<SslContext> reload;

  /// Reads the pair, after making it where that is wanted and there is none.
  ///
  /// @param host the address clients come to
  /// @throws MusterException `tls_material`
  ClientTls(TlsSettings settings, String host) {
    this.settings = settings;
    this.pair = new TlsPair(BRANCH, "client", settings, host, Optional.empty());
    this.reload = new TlsReload<>("client", pair.where(), pair, (material, _) -> context(material));
  }

  private static SslContext context(TlsMaterial material) {
    try {
      return SslContextBuilder.forServer(material.key(), material.chain())
          .sslProvider(SslProvider.JDK)
          .protocols(TlsMaterial.VERSIONS)
          .build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new MusterException(ErrorCode.TLS_MATERIAL, BRANCH + ": " + e.getMessage(), e);
    }
  }

  /// What new connections are handled by; any thread.
  SslContext context() {
    return reload.current();
  }

  boolean hsts() {
    return settings.hsts();
  }

  /// What became of the certificates so far.
  TlsReload.View view() {
    return reload.view();
  }

  /// Looks after the files from now on.
  void watch() {
    if (pair.files()) reload.watch(settings.reloadEvery());
  }

  @Override
  public void close() {
    reload.close();
  }
}
