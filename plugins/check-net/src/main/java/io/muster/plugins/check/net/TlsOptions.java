package io.muster.plugins.check.net;

import io.muster.spi.ProviderSettings;
import io.muster.spi.watch.Endpoint;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keys about TLS that all checks over the network have.
///
/// @param on empty: where the address has a scheme that says so (`https`, `rediss`, …)
/// @param verify whether the certificate must be one for the name asked for
/// @param caFile certificates, PEM, that the target's comes from; empty: the platform's
/// @param serverName asked for, and expected in the certificate, instead of the target's host
public record TlsOptions(
    Optional<Boolean> on, boolean verify, Optional<Path> caFile, Optional<String> serverName) {
  /// Reads `tls`, `tls_verify`, `tls_ca_file` and `tls_server_name`.
  public static TlsOptions read(ProviderSettings s) {
    boolean given = s.has("tls");
    boolean tls = s.flag("tls", false, "Speak TLS; unset: as the scheme of the address says.");
    return rest(s, given ? Optional.of(tls) : Optional.empty());
  }

  /// Reads all but `tls`, where something else says whether it is spoken.
  public static TlsOptions read(ProviderSettings s, boolean on) {
    return rest(s, Optional.of(on));
  }

  private static TlsOptions rest(ProviderSettings s, Optional<Boolean> on) {
    boolean verify =
        s.flag("tls_verify", true, "Whether the certificate is checked, and its name.");
    Optional<Path> ca =
        s.optionalText("tls_ca_file", "Certificates, PEM, that are trusted; empty: the platform's.")
            .map(Path::of);
    Optional<String> name =
        s.optionalText("tls_server_name", "Name asked for and expected; empty: the address' own.");
    if (ca.isPresent() && !verify) {
      throw s.wrong("tls_ca_file", "tls_verify: true beside it: else nobody looks at it");
    }
    return new TlsOptions(on, verify, ca, name);
  }

  /// These, for a target that has another name than its address, unless a name is given.
  public TlsOptions named(Optional<String> name) {
    return new TlsOptions(on, verify, caFile, serverName.or(() -> name));
  }

  /// Whether TLS is spoken with a target.
  ///
  /// @param schemes that mean TLS
  public boolean on(Endpoint to, String... schemes) {
    if (on.isPresent()) return on.get();
    if (!(to instanceof Endpoint.Net net)) return false;
    for (String scheme : schemes) if (net.scheme().equals(scheme)) return true;
    return false;
  }

  /// Whether TLS is spoken with whatever target: the default port may depend on it.
  public boolean always() {
    return on.orElse(false);
  }

  /// Reads the files.
  ///
  /// @param protocol offered by ALPN; null for none
  /// @throws IllegalArgumentException when a file cannot be read, with its name
  public TlsDialog open(@Nullable String protocol) {
    return new TlsDialog(this, protocol);
  }
}
