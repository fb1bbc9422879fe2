package io.muster.gateway;

import io.muster.gateway.TlsSettings.Pem;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.kernel.TlsReload;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The pair of a listener as its settings name it, made at the start where that is wanted and there
/// is none.
public final class TlsPair implements TlsReload.Source {
  private static final Logger log = LoggerFactory.getLogger(TlsPair.class);
  private final String branch;
  private final TlsSettings settings;
  private final Optional<Path> trusted;

  /// Makes the pair where `self_signed` is set and neither file exists.
  ///
  /// @param branch the settings' name, such as `gateway.tls`, which begins messages
  /// @param listener a word for logs
  /// @param host the address that is listened on
  /// @param trusted those who sign what the other side must show, a PEM file
  /// @throws MusterException `tls_material`
  public TlsPair(
      String branch, String listener, TlsSettings settings, String host, Optional<Path> trusted) {
    this.branch = branch;
    this.settings = settings;
    this.trusted = trusted;
    if (settings.certificate() instanceof Pem.File(Path certificate)
        && settings.key() instanceof Pem.File(Path key)) {
      present(certificate, key, host, listener);
    }
  }

  /// Whether anything of it may change while the member runs.
  public boolean files() {
    return trusted.isPresent()
        || settings.certificate() instanceof Pem.File
        || settings.key() instanceof Pem.File;
  }

  /// What it is called in messages.
  public String where() {
    return branch + ": " + place(settings.certificate()) + ", " + place(settings.key());
  }

  @Override
  public TlsReload.Texts read() {
    return new TlsReload.Texts(
        text(settings.certificate(), "cert"),
        new Secret(text(settings.key(), "key")),
        trusted.map(ca -> text(new Pem.File(ca), "ca")).orElse(""));
  }

  private String text(Pem pem, String name) {
    return switch (pem) {
      case Pem.Text(Secret text) -> text.reveal();
      case Pem.File(Path path) -> {
        try {
          yield Files.readString(path);
        } catch (NoSuchFileException e) {
          throw wrong("missing " + name + " file: " + path, e);
        } catch (IOException e) {
          throw wrong("cannot read " + name + " file: " + path + " (" + e.getMessage() + ")", e);
        }
      }
    };
  }

  private static String place(Pem pem) {
    return switch (pem) {
      case Pem.Text _ -> "(text)";
      case Pem.File(Path path) -> path.toString();
    };
  }

  private void present(Path certificate, Path key, String host, String listener) {
    boolean certificateThere = Files.exists(certificate);
    boolean keyThere = Files.exists(key);
    if (certificateThere && keyThere) return;
    if (keyThere || (!certificateThere && !settings.selfSigned())) {
      throw wrong("missing cert file: " + certificate, null);
    }
    if (certificateThere) throw wrong("missing key file: " + key, null);
    try {
      SelfSigned.write(certificate, key, names(host), Instant.now());
    } catch (IOException e) {
      throw wrong("cannot write " + certificate + " and " + key + " (" + e.getMessage() + ")", e);
    }
    log.warn(
        "{}_tls_self_signed cert={} key={}: clients must be told to trust it",
        listener,
        certificate,
        key);
  }

  /// What clients may call this member.
  private static Set<String> names(String host) {
    Set<String> names = new LinkedHashSet<>();
    names.add("localhost");
    names.add("127.0.0.1");
    names.add("::1");
    try {
      names.add(InetAddress.getLocalHost().getHostName());
      if (!InetAddress.getByName(host).isAnyLocalAddress()) names.add(host);
      // A machine may be called what no certificate can be for, such as a_b.
      names.removeIf(n -> !n.matches("[0-9A-Za-z.:-]+"));
    } catch (UnknownHostException e) {
      log.debug("own_name_unknown reason=\"{}\"", e.getMessage());
    }
    return names;
  }

  private MusterException wrong(String what, @Nullable Throwable cause) {
    String message = branch + ": " + what;
    return cause == null
        ? new MusterException(ErrorCode.TLS_MATERIAL, message)
        : new MusterException(ErrorCode.TLS_MATERIAL, message, cause);
  }
}
