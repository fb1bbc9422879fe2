package io.muster.gateway.driver;

import io.muster.gateway.TlsSettings;
import io.muster.gateway.TlsSettings.Pem;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.kernel.TlsMaterial;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificate that clients are shown, and its replacement while the member runs.
///
/// Files are compared by what they hold, not by their times: whatever puts them there (a copy, a
/// rename, another target of a link) is seen. A pair that cannot be used is said once, and the one
/// before it stays.
final class ClientTls implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClientTls.class);

  /// Both texts as they were read together.
  private record Pair(String certificate, Secret key) {}

  private final TlsSettings settings;
  private volatile SslContext context;
  private volatile Instant expires = Instant.EPOCH;
  private volatile long reloads;
  private volatile long failures;
  private @Nullable ScheduledExecutorService watcher;

  // Of the watcher: the pair that is shown, the one tried last, and why none could be read.
  private Pair shown;
  private Pair tried;
  private String unreadable = "";

  /// Reads the pair, after making it where that is wanted and there is none.
  ///
  /// @param host the address clients come to
  /// @throws MusterException `tls_material`
  ClientTls(TlsSettings settings, String host) {
    this.settings = settings;
    if (settings.certificate() instanceof Pem.File(Path certificate)
        && settings.key() instanceof Pem.File(Path key)) {
      present(certificate, key, host);
    }
    shown = read();
    tried = shown;
    context = context(shown);
  }

  /// What new connections are handled by; any thread.
  SslContext context() {
    return context;
  }

  boolean hsts() {
    return settings.hsts();
  }

  /// When the certificate ends.
  Instant expires() {
    return expires;
  }

  /// Pairs that took the place of another one.
  long reloads() {
    return reloads;
  }

  /// New pairs that could not be used.
  long failures() {
    return failures;
  }

  /// Looks after the files from now on, on a thread of its own.
  void watch() {
    boolean files =
        settings.certificate() instanceof Pem.File || settings.key() instanceof Pem.File;
    if (!files || watcher != null) return;
    ScheduledExecutorService w =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("client-tls").daemon(true).factory());
    long every = settings.reloadEvery().toMillis();
    w.scheduleWithFixedDelay(this::look, every, every, TimeUnit.MILLISECONDS);
    watcher = w;
  }

  private void look() {
    try {
      Pair now = read();
      unreadable = "";
      if (now.equals(tried)) return;
      tried = now;
      if (!now.equals(shown)) use(now);
    } catch (MusterException e) {
      // A file that is not there is looked for again and again; it is said and counted once.
      String why = String.valueOf(e.getMessage());
      if (!why.equals(unreadable)) refused(e);
      unreadable = why;
    } catch (RuntimeException e) {
      failures++;
      log.error("client_tls_watch_failed", e);
    }
  }

  private void use(Pair now) {
    try {
      context = context(now);
    } catch (MusterException e) {
      refused(e);
      return;
    }
    shown = now;
    reloads++;
    log.info("client_tls_reloaded expires={}", expires);
  }

  private void refused(MusterException e) {
    failures++;
    log.warn("client_tls_not_reloaded reason=\"{}\": the pair before it stays", e.getMessage());
  }

  private Pair read() {
    return new Pair(text(settings.certificate(), "cert"), new Secret(text(settings.key(), "key")));
  }

  private static String text(Pem pem, String name) {
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

  private SslContext context(Pair pair) {
    TlsMaterial material = TlsMaterial.of(where(), pair.certificate, pair.key);
    try {
      SslContext made =
          SslContextBuilder.forServer(material.key(), material.chain())
              .sslProvider(SslProvider.JDK)
              .protocols(TlsMaterial.VERSIONS)
              .build();
      expires = material.expires();
      return made;
    } catch (SSLException | IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()), e);
    }
  }

  private String where() {
    return "gateway.tls: " + place(settings.certificate()) + ", " + place(settings.key());
  }

  private static String place(Pem pem) {
    return switch (pem) {
      case Pem.Text _ -> "(text)";
      case Pem.File(Path path) -> path.toString();
    };
  }

  private void present(Path certificate, Path key, String host) {
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
        "client_tls_self_signed cert={} key={}: clients must be told to trust it",
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

  private static MusterException wrong(String what, @Nullable Exception cause) {
    String message = "gateway.tls: " + what;
    return cause == null
        ? new MusterException(ErrorCode.TLS_MATERIAL, message)
        : new MusterException(ErrorCode.TLS_MATERIAL, message, cause);
  }

  @Override
  public void close() {
    ScheduledExecutorService w = watcher;
    if (w != null) w.shutdownNow();
  }
}
