package io.muster.gateway;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.kernel.SettingsSection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// A branch of TLS settings: encryption of a listener. With it the listener speaks TLS 1.3 or 1.2
/// and nothing else.
///
/// @param selfSigned whether a pair is made and written where neither file exists
/// @param hsts whether browsers are told to come over TLS only from now on
/// @param reloadEvery how often files are looked at for a new pair
public record TlsSettings(
    Pem certificate, Pem key, boolean selfSigned, boolean hsts, Duration reloadEvery) {
  /// Where a PEM text comes from.
  public sealed interface Pem {
    /// The text itself.
    record Text(Secret pem) implements Pem {}

    /// A file, read at the start and whenever it changes.
    record File(Path path) implements Pem {}
  }

  private static final String BEGIN = "-----BEGIN ";

  /// Whose branch it is.
  ///
  /// @param branch its name, which begins messages
  /// @param name of the files that are made
  /// @param hsts whether browsers are told to use TLS only, unless something else is said
  public record Use(String branch, String name, boolean hsts) {}

  /// Reads the branch.
  ///
  /// @param home where a pair lies that is made and has no paths of its own
  /// @return empty for plain HTTP
  /// @throws MusterException `setting_invalid` for half a pair or an unknown mode
  public static Optional<TlsSettings> read(SettingsSection s, Path home, Use use) {
    String mode =
        s.text("mode", "", "http or https; https where a certificate is given or made, else http");
    Optional<Pem> certificate =
        pem(
            s.optionalText("cert", "certificate chain: PEM text, or the path of a PEM file"),
            s.optionalText("cert_path", "certificate chain, PEM file"),
            "cert",
            use);
    Optional<Pem> key =
        pem(
            s.optionalText("key", "private key: PEM text, or the path of a PEM file"),
            s.optionalText("key_path", "private key, PEM file"),
            "key",
            use);
    boolean selfSigned =
        s.flag(
            "self_signed",
            false,
            "make a self-signed pair where neither file exists; written to cert_path and key_path,"
                + " or below the data directory");
    boolean hsts =
        s.flag("hsts", use.hsts, "tell browsers to use nothing but TLS for the next 180 days");
    Duration every =
        s.duration(
            "reload_every",
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Duration.ofDays(1),
            "time between looks at the files: a new pair is used without a restart");
    if (!mode.isEmpty() && !mode.equals("http") && !mode.equals("https")) {
      throw wrong(use, "mode: unknown transport mode: " + mode + " can only be http or https");
    }
    if (certificate.isPresent() && key.isEmpty()) throw wrong(use, "key file missing for cert");
    if (key.isPresent() && certificate.isEmpty()) throw wrong(use, "cert file missing key");
    boolean https = mode.equals("https") || (mode.isEmpty() && (key.isPresent() || selfSigned));
    if (!https) return Optional.empty();
    if (certificate.isEmpty() && !selfSigned) {
      throw wrong(
          use,
          "mode: https needs 'cert' and 'key'; self_signed: true makes a pair that no browser"
              + " trusts");
    }
    Pem made = new Pem.File(home.resolve("tls/" + use.name + ".crt"));
    Pem madeKey = new Pem.File(home.resolve("tls/" + use.name + ".key"));
    return Optional.of(
        new TlsSettings(certificate.orElse(made), key.orElse(madeKey), selfSigned, hsts, every));
  }

  private static Optional<Pem> pem(
      Optional<String> value, Optional<String> path, String name, Use use) {
    if (value.isPresent() && path.isPresent()) {
      throw wrong(use, "give " + name + " or " + name + "_path, not both");
    }
    if (path.isPresent()) return path.map(p -> new Pem.File(Path.of(p)));
    return value.map(
        v -> v.contains(BEGIN) ? new Pem.Text(new Secret(v)) : new Pem.File(Path.of(v)));
  }

  private static MusterException wrong(Use use, String what) {
    return new MusterException(ErrorCode.SETTING_INVALID, use.branch + ": " + what);
  }
}
