package io.muster.plugins.auth.ldap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.util.ssl.KeyStoreKeyManager;
import com.unboundid.util.ssl.SSLUtil;
import com.unboundid.util.ssl.TrustAllTrustManager;
import io.muster.contract.MapSettings;
import io.muster.spi.SecretText;
import io.muster.spi.auth.Attempt;
import io.muster.spi.auth.AuthSetup;
import io.muster.spi.auth.Authenticator;
import io.muster.spi.auth.Verdict;
import java.io.File;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against a directory server in memory, over plain sockets of this machine and over TLS.
class LdapAuthenticatorTest {
  private static final String PEOPLE = "ou=people,dc=example,dc=org";
  private static final String PIN = "keys of a test";
  @TempDir Path directory;
  private InMemoryDirectoryServer server;
  private Path certificate;

  @BeforeEach
  void start() throws Exception {
    InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig("dc=example,dc=org");
    File keys = keysFor("127.0.0.1");
    SSLUtil tls =
        new SSLUtil(
            new KeyStoreKeyManager(keys, PIN.toCharArray(), "PKCS12", null),
            new TrustAllTrustManager());
    certificate = directory.resolve("ca.pem");
    KeyStore store = KeyStore.getInstance(keys, PIN.toCharArray());
    byte[] der = store.getCertificate("test").getEncoded();
    Files.writeString(
        certificate,
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(der)
            + "\n-----END CERTIFICATE-----\n");
    InetAddress here = InetAddress.getLoopbackAddress();
    config.setListenerConfigs(
        InMemoryListenerConfig.createLDAPConfig("plain", here, 0, tls.createSSLSocketFactory()),
        InMemoryListenerConfig.createLDAPSConfig(
            "tls", here, 0, tls.createSSLServerSocketFactory(), tls.createSSLSocketFactory()));
    config.setSchema(null);
    server = new InMemoryDirectoryServer(config);
    server.startListening();
    server.add("dn: dc=example,dc=org", "objectClass: domain", "dc: example");
    server.add("dn: " + PEOPLE, "objectClass: organizationalUnit", "ou: people");
    server.add("dn: ou=groups,dc=example,dc=org", "objectClass: organizationalUnit", "ou: groups");
    server.add(
        "dn: uid=bob," + PEOPLE,
        "objectClass: inetOrgPerson",
        "uid: bob",
        "cn: Bob",
        "sn: B",
        "userPassword: bob's");
    server.add(
        "dn: uid=o\\,neil," + PEOPLE,
        "objectClass: inetOrgPerson",
        "uid: o,neil",
        "cn: O",
        "sn: N",
        "userPassword: secret");
    server.add(
        "dn: cn=operators,ou=groups,dc=example,dc=org",
        "objectClass: groupOfNames",
        "cn: operators",
        "member: uid=bob," + PEOPLE);
  }

  private File keysFor(String address) throws Exception {
    Path keys = directory.resolve("keys.p12");
    Process made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "test",
                "-keyalg",
                "EC",
                "-dname",
                "CN=test",
                "-ext",
                "san=ip:" + address,
                "-keystore",
                keys.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PIN)
            .inheritIO()
            .start();
    assertThat(made.waitFor()).isZero();
    return keys.toFile();
  }

  @AfterEach
  void stop() {
    server.shutDown(true);
  }

  private static AuthSetup read(Map<String, String> keys) {
    return new LdapProvider().read(new MapSettings(keys));
  }

  private Map<String, String> keys(String listener, String scheme) {
    Map<String, String> keys = new HashMap<>();
    keys.put("urls", scheme + "://127.0.0.1:" + server.getListenPort(listener));
    keys.put("bind_dn", "uid={username}," + PEOPLE);
    keys.put("group_base", "ou=groups,dc=example,dc=org");
    return keys;
  }

  private static Verdict check(Map<String, String> keys, String user, String password)
      throws Exception {
    try (Authenticator a = read(keys).open()) {
      return a.check(new Attempt(user, new SecretText(password), Duration.ofSeconds(20)));
    }
  }

  @Test
  void aBindIsALoginWithTheGroupsOfTheUser() throws Exception {
    Map<String, String> keys = keys("plain", "ldap");

    assertThat(check(keys, "bob", "bob's"))
        .isEqualTo(
            new Verdict.Accepted(
                "bob", Set.of("operators", "cn=operators,ou=groups,dc=example,dc=org")));
    // The directory does not mind how the name is written, and says how it is.
    assertThat(check(keys, "BOB", "bob's"))
        .isInstanceOfSatisfying(
            Verdict.Accepted.class, a -> assertThat(a.username()).isEqualTo("bob"));
    assertThat(check(keys, "bob", "wrong")).isEqualTo(new Verdict.Wrong());
    assertThat(check(keys, "nobody", "x")).isEqualTo(new Verdict.Wrong());
    assertThat(check(keys, "bob", "")).isEqualTo(new Verdict.Wrong());
  }

  @Test
  void aNameCannotBecomePartOfTheQuestion() throws Exception {
    Map<String, String> keys = keys("plain", "ldap");

    assertThat(check(keys, "o,neil", "secret")).isEqualTo(new Verdict.Accepted("o,neil", Set.of()));
    keys.put("group_filter", "(|(member={dn})(cn={username}))");
    assertThat(check(keys, "o,neil", "secret")).isEqualTo(new Verdict.Accepted("o,neil", Set.of()));
    for (String name : new String[] {"bob," + PEOPLE, "*)(cn=*", "bob+cn=Bob", "\u0000", "bob\\"}) {
      assertThat(check(keys, name, "bob's")).as(name).isEqualTo(new Verdict.Wrong());
    }
  }

  @Test
  void tlsNeedsACertificateThatIsTrusted() throws Exception {
    Map<String, String> secure = keys("tls", "ldaps");
    Map<String, String> started = keys("plain", "ldap");
    started.put("start_tls", "true");
    for (Map<String, String> keys : java.util.List.of(secure, started)) {
      assertThatThrownBy(() -> check(keys, "bob", "bob's")).isInstanceOf(LDAPException.class);
      keys.put("ca_file", certificate.toString());
      assertThat(check(keys, "bob", "bob's")).isInstanceOf(Verdict.Accepted.class);
      assertThat(check(keys, "bob", "wrong")).isEqualTo(new Verdict.Wrong());
    }
  }

  @Test
  void aServerThatIsAwayIsAFailureUnlessAnotherOneIsThere() throws Exception {
    Map<String, String> keys = keys("plain", "ldap");
    String there = keys.get("urls");
    keys.put("urls", "ldap://127.0.0.1:1," + there);
    assertThat(check(keys, "bob", "bob's")).isInstanceOf(Verdict.Accepted.class);
    keys.put("urls", "ldap://127.0.0.1:1");
    assertThatThrownBy(() -> check(keys, "bob", "bob's"))
        .isInstanceOf(LDAPException.class)
        .hasMessageNotContaining("bob's");
  }

  @Test
  void settingsThatCannotBeAreRefused() {
    Map<String, String> good = keys("plain", "ldap");
    refused(good, "urls", "ldap://dir.example.org:389", "do not go over a network in clear");
    refused(good, "urls", "http://x", "ldap://HOST:PORT");
    refused(good, "urls", "ldap://127.0.0.1:1,ldaps://127.0.0.1:2", "found both");
    refused(good, "bind_dn", "uid=bob," + PEOPLE, "{username}");
    refused(good, "bind_dn", "{username}", "a distinguished name");
    refused(good, "group_filter", "(member={dn}", "a filter");
    refused(good, "group_filter", "(cn=all)", "{dn} or {username}");
    refused(good, "group_base", "groups", "a distinguished name");
    Map<String, String> tls = keys("tls", "ldaps");
    refused(tls, "start_tls", "true", "TLS already");
  }

  private static void refused(Map<String, String> good, String key, String value, String why) {
    Map<String, String> keys = new HashMap<>(good);
    keys.put(key, value);
    assertThatThrownBy(() -> read(keys)).as(key + " " + value).hasMessageContaining(why);
  }
}
