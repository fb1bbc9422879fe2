package io.muster.plugins.auth.ldap;

import com.unboundid.ldap.sdk.Attribute;
import com.unboundid.ldap.sdk.Entry;
import com.unboundid.ldap.sdk.FailoverServerSet;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.PostConnectProcessor;
import com.unboundid.ldap.sdk.RDN;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SearchResultEntry;
import com.unboundid.ldap.sdk.SearchScope;
import com.unboundid.ldap.sdk.StartTLSPostConnectProcessor;
import com.unboundid.util.ssl.HostNameSSLSocketVerifier;
import io.muster.spi.auth.Attempt;
import io.muster.spi.auth.Authenticator;
import io.muster.spi.auth.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Logs in at the directory as the user, and reads the user's own entry and groups with the rights
/// the user has there.
final class LdapAuthenticator implements Authenticator {
  /// Groups of one user that are looked at.
  private static final int GROUPS_MAX = 1000;

  private final LdapSettings settings;

  LdapAuthenticator(LdapSettings settings) {
    this.settings = settings;
  }

  @Override
  public Verdict check(Attempt attempt)
      throws LDAPException, IOException, GeneralSecurityException {
    String name = attempt.username();
    // An anonymous bind would succeed, whoever asks.
    if (attempt.password().reveal().isEmpty()) return new Verdict.Wrong();
    String dn = settings.bindDn().replace(LdapSettings.USERNAME, escaped(name));
    try (LDAPConnection connection = connect(attempt)) {
      try {
        connection.bind(dn, attempt.password().reveal());
      } catch (LDAPException e) {
        Verdict verdict = refused(e.getResultCode());
        if (verdict == null) throw e;
        return verdict;
      }
      Entry own = connection.getEntry(dn, settings.userAttribute());
      String written = own == null ? null : own.getAttributeValue(settings.userAttribute());
      return new Verdict.Accepted(written == null ? name : written, groups(connection, dn, name));
    }
  }

  /// As the value of a name's part, whatever is in it.
  private static String escaped(String value) {
    return new RDN("x", value).toString().substring(2);
  }

  /// @return null when the result says nothing about the password
  private static @Nullable Verdict refused(ResultCode result) {
    if (result.equals(ResultCode.INVALID_CREDENTIALS)
        || result.equals(ResultCode.NO_SUCH_OBJECT)
        || result.equals(ResultCode.INVALID_DN_SYNTAX)
        || result.equals(ResultCode.INAPPROPRIATE_AUTHENTICATION)) {
      return new Verdict.Wrong();
    }
    boolean locked =
        result.equals(ResultCode.CONSTRAINT_VIOLATION)
            || result.equals(ResultCode.UNWILLING_TO_PERFORM);
    return locked ? new Verdict.Refused("the directory does not admit this user now") : null;
  }

  private Set<String> groups(LDAPConnection connection, String dn, String name)
      throws LDAPException {
    Optional<String> base = settings.groupBase();
    if (base.isEmpty()) return Set.of();
    String filter =
        settings
            .groupFilter()
            .replace(LdapSettings.DN, Filter.encodeValue(dn))
            .replace(LdapSettings.USERNAME, Filter.encodeValue(name));
    Set<String> found = new HashSet<>();
    for (SearchResultEntry e :
        connection
            .search(base.get(), SearchScope.SUB, Filter.create(filter), "cn")
            .getSearchEntries()) {
      if (found.size() >= GROUPS_MAX) break;
      found.add(e.getDN());
      // By its short name as well: group_map may use either.
      Attribute cn = e.getAttribute("cn");
      if (cn != null) found.addAll(Set.of(cn.getValues()));
    }
    return found;
  }

  private LDAPConnection connect(Attempt attempt)
      throws LDAPException, IOException, GeneralSecurityException {
    int millis = Math.clamp(attempt.left().toMillis(), 1, 600_000);
    LDAPConnectionOptions options = new LDAPConnectionOptions();
    options.setConnectTimeoutMillis(millis);
    options.setResponseTimeoutMillis(millis);
    options.setFollowReferrals(false);
    options.setSSLSocketVerifier(new HostNameSSLSocketVerifier(true));
    boolean encrypted = settings.tls() || settings.startTls();
    SSLContext tls = encrypted ? context() : null;
    SocketFactory sockets =
        settings.tls() && tls != null ? tls.getSocketFactory() : SocketFactory.getDefault();
    PostConnectProcessor start =
        settings.startTls() && tls != null ? new StartTLSPostConnectProcessor(tls) : null;
    String[] hosts =
        settings.servers().stream().map(LdapSettings.Server::host).toArray(String[]::new);
    int[] ports = settings.servers().stream().mapToInt(LdapSettings.Server::port).toArray();
    return new FailoverServerSet(hosts, ports, sockets, options, null, start).getConnection();
  }

  /// Read anew for each login, as rarely as those come: a certificate that was replaced counts.
  private SSLContext context() throws IOException, GeneralSecurityException {
    if (settings.caFile().isEmpty()) return SSLContext.getDefault();
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    Path file = settings.caFile().get();
    try (InputStream in = Files.newInputStream(file)) {
      int n = 0;
      for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("ca-" + n++, c);
      }
      if (n == 0) throw new IOException(file + " has no certificates");
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  @Override
  public void close() {
    // Each login closes its own connection.
  }
}
