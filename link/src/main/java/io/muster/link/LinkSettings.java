package io.muster.link;

import io.muster.kernel.Address;
import io.muster.kernel.MusterException;
import io.muster.kernel.SettingsSection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// The `link` branch: where members listen for each other, and the limits of links.
///
/// @param advertise host told to peers, where it differs from `host`
/// @param kdfIterations PBKDF2 rounds of the key; the dialling side follows the listening side
///     within 10,000 and 5,000,000
public record LinkSettings(
    String host,
    int port,
    Optional<String> advertise,
    Optional<Tls> tls,
    int frameBytesMax,
    long queueBytesMax,
    Duration connectTimeout,
    Duration pingEvery,
    Duration silenceMax,
    int kdfIterations) {
  /// PEM files. With `ca`, peers must show a certificate signed by it and be shown one.
  ///
  /// @param reloadEvery how often the files are looked at for new ones
  public record Tls(Path certificate, Path key, Optional<Path> ca, Duration reloadEvery) {}

  public static LinkSettings read(SettingsSection s) {
    SettingsSection tls = s.section("tls", "encryption of links");
    Optional<String> cert = tls.optionalText("cert", "certificate chain, PEM file");
    Optional<String> key = tls.optionalText("key", "private key, PEM file");
    Optional<String> ca =
        tls.optionalText("ca", "trusted certificates, PEM file; peers must show one of them");
    Duration reloadEvery =
        tls.duration(
            "reload_every",
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Duration.ofDays(1),
            "time between looks at the files: new ones are used for links to come");
    if (cert.isPresent() != key.isPresent()) {
      throw s.wrong("tls", "both 'cert' and 'key', or neither");
    }
    return new LinkSettings(
        s.host(
            "host",
            "127.0.0.1",
            "address or interface (eth0/ipv6/1) to listen on for peers, TCP and UDP"),
        s.integer("port", 56000, 0, 65535, "port to listen on for peers, TCP and UDP; 0 is any"),
        s.optionalText("advertise", "host name, address or interface told to peers")
            .map(a -> s.host("advertise", a, "host name, address or interface told to peers")),
        cert.map(
            c -> new Tls(Path.of(c), Path.of(key.orElseThrow()), ca.map(Path::of), reloadEvery)),
        (int)
            s.bytes(
                "frame_bytes_max",
                32 << 20,
                1 << 20,
                256 << 20,
                "largest payload of one call or message"),
        s.bytes(
            "queue_bytes_max", 64 << 20, 1 << 20, 1L << 30, "what may wait to be sent on a link"),
        s.duration(
            "connect_timeout",
            Duration.ofSeconds(3),
            Duration.ofMillis(100),
            Duration.ofMinutes(1),
            "longest time to connect and authenticate"),
        s.duration(
            "ping_every",
            Duration.ofSeconds(1),
            Duration.ofMillis(100),
            Duration.ofMinutes(1),
            "time between pings on a link"),
        s.duration(
            "silence_max",
            Duration.ofSeconds(5),
            Duration.ofMillis(300),
            Duration.ofMinutes(5),
            "a link on which nothing arrives for so long is closed"),
        s.integer("kdf_iterations", 600_000, 10_000, 5_000_000, "PBKDF2 rounds of the link key"));
  }

  /// The address told to peers once `port` is bound.
  public Address advertised(int port) {
    String told = advertise.orElse(host);
    if (told.equals("0.0.0.0") || told.equals("::")) {
      throw new MusterException(
          io.muster.kernel.ErrorCode.SETTING_INVALID,
          "link.host: peers cannot reach "
              + told
              + "; set link.advertise to this machine's address");
    }
    return new Address(told, port);
  }
}
