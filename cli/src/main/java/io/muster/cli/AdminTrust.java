package io.muster.cli;

import io.muster.admin.AdminSettings;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.kernel.TlsMaterial;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Whom commands trust at an `https` address, and what they show of themselves.
///
/// @param ca who signs the member's certificate, PEM
/// @param certificate what is shown to the member, PEM
/// @param key of `certificate`
/// @param member what the settings of `-c` say: the pair itself is trusted where no `ca` is named
record AdminTrust(
    Optional<Path> ca,
    Optional<Path> certificate,
    Optional<Path> key,
    Optional<AdminSettings.Tls> member) {
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final char[] NO_PASSWORD = {};

  AdminTrust {
    if (certificate.isPresent() != key.isPresent()) {
      throw usage("--client-cert and --client-key: expected both, or neither", null);
    }
  }

  /// @throws MusterException `setting_invalid` for files that cannot be used
  HttpClient client() {
    HttpClient.Builder b = HttpClient.newBuilder().connectTimeout(CONNECT);
    Optional<String> trusted =
        ca.map(AdminTrust::text).or(() -> member.flatMap(AdminSettings.Tls::shown));
    if (trusted.isEmpty() && certificate.isEmpty()) return b.build();
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(), trusted.isEmpty() ? null : trust(trusted.get()), null);
      return b.sslContext(context).build();
    } catch (GeneralSecurityException | IOException e) {
      throw usage(ca.map(f -> "--ca " + f).orElse("admin.tls") + ": " + e.getMessage(), e);
    }
  }

  private static TrustManager[] trust(String pem) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    int n = 0;
    try (InputStream in =
        new java.io.ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII))) {
      for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca-" + n++, c);
      }
    }
    if (n == 0) throw new IOException("there is no certificate as PEM");
    TrustManagerFactory f =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    f.init(store);
    return f.getTrustManagers();
  }

  private KeyManager @Nullable [] keys() throws GeneralSecurityException, IOException {
    if (certificate.isEmpty() || key.isEmpty()) return null;
    TlsMaterial own =
        TlsMaterial.of(
            "--client-cert " + certificate.get(),
            text(certificate.get()),
            new Secret(text(key.get())));
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("own", own.key(), NO_PASSWORD, own.chain().toArray(Certificate[]::new));
    KeyManagerFactory f = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    f.init(store, NO_PASSWORD);
    return f.getKeyManagers();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw usage(file + " cannot be read (" + e.getClass().getSimpleName() + ")", e);
    }
  }

  /// A handshake that failed, in words that say what to do.
  static MusterException refused(String url, SSLException e) {
    return new MusterException(
        ErrorCode.TLS_MATERIAL,
        url
            + ": "
            + e.getMessage()
            + "; --ca FILE names who signs the member's certificate, and the address must be one"
            + " that the certificate is for",
        e);
  }

  private static MusterException usage(String message, @Nullable Throwable cause) {
    return new MusterException(ErrorCode.SETTING_INVALID, message, cause);
  }
}
