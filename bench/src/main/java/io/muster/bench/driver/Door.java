package io.muster.bench.driver;

import io.muster.bench.Target;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// One address where clients connect, and what they say there.
record Door(URI url, @Nullable SslContext tls, String user, Optional<Secret> password) {
  /// All doors of a target.
  ///
  /// @throws MusterException `tls_material`
  static List<Door> of(Target target) {
    SslContext tls = null;
    List<Door> doors = new ArrayList<>();
    for (URI url : target.urls()) {
      boolean secure = url.getScheme().equals("wss");
      if (secure && tls == null) tls = context(target);
      doors.add(new Door(url, secure ? tls : null, target.user(), target.password()));
    }
    return doors;
  }

  private static SslContext context(Target target) {
    try {
      SslContextBuilder builder = SslContextBuilder.forClient();
      target.certificates().ifPresent(pem -> builder.trustManager(pem.toFile()));
      return builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new MusterException(
          ErrorCode.TLS_MATERIAL,
          "--ca "
              + target.certificates().map(Object::toString).orElse("")
              + ": expected certificates in a PEM file ("
              + e.getMessage()
              + ")",
          e);
    }
  }
}
