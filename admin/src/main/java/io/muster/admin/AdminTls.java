package io.muster.admin;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import io.muster.gateway.TlsPair;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.TlsMaterial;
import io.muster.kernel.TlsReload;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// The certificate of administration, and its replacement while the member runs.
///
/// The JDK's server keeps one SSL context for life; so it is the managers in that context that
/// change what they answer.
final class AdminTls implements AutoCloseable {
  private static final String BRANCH = "admin.tls";

  /// A handshake under way asks for the key of the pair it was given the name of.
  private static final int PAIRS_KEPT = 4;

  /// A pair under a name of its own, and who signs for clients.
  private record Shown(
      String alias, TlsMaterial material, @Nullable X509ExtendedTrustManager clients) {}

  private final AdminSettings.Tls settings;
  private final TlsPair pair;
  private final TlsReload<Shown> reload;

  /// The newest first; guarded by itself.
  private final Deque<Shown> recent = new ArrayDeque<>();

  private int made;

  /// Reads the pair, after making it where that is wanted and there is none.
  ///
  /// @param host the address that is listened on
  /// @throws MusterException `tls_material`
  AdminTls(AdminSettings.Tls settings, String host) {
    this.settings = settings;
    this.pair = new TlsPair(BRANCH, "admin", settings.pair(), host, settings.ca());
    this.reload = new TlsReload<>("admin", pair.where(), pair, this::show);
  }

  private Shown show(TlsMaterial material, TlsReload.Texts texts) {
    Shown next =
        new Shown(
            "pair-" + ++made, material, texts.trusted().isEmpty() ? null : trust(texts.trusted()));
    synchronized (recent) {
      recent.addFirst(next);
      if (recent.size() > PAIRS_KEPT) recent.removeLast();
    }
    return next;
  }

  /// @param pem certificates of those who sign for the others
  static X509ExtendedTrustManager trust(String pem) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      int n = 0;
      byte[] bytes = pem.getBytes(StandardCharsets.US_ASCII);
      for (Certificate c :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes))) {
        store.setCertificateEntry("ca-" + n++, c);
      }
      if (n == 0) throw new CertificateException("there is no certificate as PEM");
      TrustManagerFactory f =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      f.init(store);
      for (TrustManager m : f.getTrustManagers()) {
        if (m instanceof X509ExtendedTrustManager x) return x;
      }
      throw new CertificateException("the JDK has no trust manager");
    } catch (GeneralSecurityException | IOException e) {
      throw new MusterException(ErrorCode.TLS_MATERIAL, BRANCH + ".ca: " + e.getMessage(), e);
    }
  }

  /// What the server makes its connections of.
  HttpsConfigurator configurator() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      boolean asks = settings.ca().isPresent();
      context.init(
          new KeyManager[] {new Keys()}, asks ? new TrustManager[] {new Clients()} : null, null);
      return new HttpsConfigurator(context) {
        @Override
        public void configure(HttpsParameters params) {
          SSLParameters p = context.getDefaultSSLParameters();
          p.setProtocols(TlsMaterial.VERSIONS.toArray(String[]::new));
          p.setNeedClientAuth(asks);
          params.setSSLParameters(p);
        }
      };
    } catch (GeneralSecurityException e) {
      throw new MusterException(ErrorCode.TLS_MATERIAL, BRANCH + ": " + e.getMessage(), e);
    }
  }

  /// Looks after the files from now on.
  void watch() {
    if (pair.files()) reload.watch(settings.pair().reloadEvery());
  }

  TlsReload.View view() {
    return reload.view();
  }

  @Override
  public void close() {
    reload.close();
  }

  /// Shows the newest pair to whoever begins, and stays with it until the end of the handshake.
  private final class Keys extends X509ExtendedKeyManager {
    private @Nullable Shown named(String alias) {
      synchronized (recent) {
        return recent.stream().filter(s -> s.alias.equals(alias)).findFirst().orElse(null);
      }
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      Shown now = reload.current();
      String own = now.material.key().getAlgorithm();
      boolean fits = keyType.equals(own) || keyType.startsWith(own + "_");
      boolean edwards = own.equals("EdDSA") && keyType.startsWith("Ed");
      return fits || edwards ? now.alias : null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return chooseEngineServerAlias(keyType, issuers, null);
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      Shown s = named(alias);
      return s == null ? null : s.material.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      Shown s = named(alias);
      return s == null ? null : s.material.key();
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      String alias = chooseEngineServerAlias(keyType, issuers, null);
      return alias == null ? null : new String[] {alias};
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }
  }

  /// Judges clients by the newest list of those who sign for them.
  private final class Clients extends X509ExtendedTrustManager {
    private X509ExtendedTrustManager now() throws CertificateException {
      X509ExtendedTrustManager m = reload.current().clients;
      if (m == null) throw new CertificateException("nobody signs for clients");
      return m;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      now().checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      now().checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      now().checkClientTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("this is a server");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("this is a server");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("this is a server");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      X509ExtendedTrustManager m = reload.current().clients;
      return m == null ? new X509Certificate[0] : m.getAcceptedIssuers();
    }
  }
}
