package io.muster.plugins.auth.ldap;

import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPURL;
import io.muster.spi.ProviderSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The keys of a provider `ldap`. Immutable.
///
/// @param servers tried in this order
/// @param tls from the first byte (`ldaps`)
/// @param startTls after the first exchange
/// @param caFile certificates, PEM, that the servers' must come from; else those Java trusts
/// @param bindDn with `{username}`
/// @param userAttribute of the user's own entry: how the name is written
/// @param groupBase below which the user's groups are looked for; empty for no groups
/// @param groupFilter with `{dn}` or `{username}`
record LdapSettings(
    List<Server> servers,
    boolean tls,
    boolean startTls,
    Optional<Path> caFile,
    String bindDn,
    String userAttribute,
    Optional<String> groupBase,
    String groupFilter) {
  static final String USERNAME = "{username}";
  static final String DN = "{dn}";

  record Server(String host, int port) {}

  LdapSettings {
    servers = List.copyOf(servers);
  }

  static LdapSettings read(ProviderSettings s) {
    List<String> urls =
        s.texts("urls", List.of(), "servers, tried in order, e.g. ldaps://dir1.example.org:636");
    boolean startTls = s.flag("start_tls", false, "begin TLS on ldap:// connections");
    Optional<Path> ca =
        s.optionalText("ca_file", "certificates, PEM, that the servers' come from").map(Path::of);
    String bindDn =
        s.text("bind_dn", "", "whom to log in as, e.g. uid={username},ou=people,dc=example,dc=org");
    String attribute =
        s.text("user_attribute", "uid", "attribute of the user that is the name in Muster");
    Optional<String> groupBase =
        s.optionalText("group_base", "where groups are, e.g. ou=groups,dc=example,dc=org");
    String filter =
        s.text("group_filter", "(member={dn})", "groups of a user, with {dn} or {username}");
    List<Server> servers = new ArrayList<>();
    boolean tls = false;
    for (String url : urls) {
      LDAPURL parsed = url(s, url);
      boolean secure = parsed.getScheme().equals("ldaps");
      if (!servers.isEmpty() && secure != tls) {
        throw s.wrong("urls", "all ldap:// or all ldaps://, found both");
      }
      tls = secure;
      if (!tls && !startTls && !loopback(parsed.getHost())) {
        throw s.wrong(
            "urls", "ldaps://…, or start_tls: true: passwords do not go over a network in clear");
      }
      servers.add(new Server(parsed.getHost(), parsed.getPort()));
    }
    if (servers.isEmpty()) throw s.wrong("urls", "at least one of ldap://HOST:PORT or ldaps://…");
    if (tls && startTls) throw s.wrong("start_tls", "false with ldaps://: that is TLS already");
    check(s, bindDn, groupBase, filter);
    return new LdapSettings(servers, tls, startTls, ca, bindDn, attribute, groupBase, filter);
  }

  private static LDAPURL url(ProviderSettings s, String url) {
    String expected = "ldap://HOST:PORT or ldaps://HOST:PORT, found '" + url + "'";
    try {
      LDAPURL parsed = new LDAPURL(url);
      boolean good = parsed.hostProvided() && !parsed.getScheme().equals("ldapi");
      if (good && !parsed.baseDNProvided()) return parsed;
    } catch (LDAPException e) {
      RuntimeException wrong = s.wrong("urls", expected + " (" + e.getMessage() + ")");
      wrong.addSuppressed(e);
      throw wrong;
    }
    throw s.wrong("urls", expected);
  }

  private static void check(
      ProviderSettings s, String bindDn, Optional<String> groupBase, String filter) {
    if (!bindDn.contains(USERNAME) || !valid(bindDn.replace(USERNAME, "x"))) {
      throw s.wrong(
          "bind_dn", "a distinguished name with {username} in it, found '" + bindDn + "'");
    }
    if (groupBase.isPresent() && !valid(groupBase.get())) {
      throw s.wrong("group_base", "a distinguished name, found '" + groupBase.get() + "'");
    }
    try {
      Filter.create(filter.replace(DN, "x").replace(USERNAME, "x"));
    } catch (LDAPException e) {
      RuntimeException wrong = s.wrong("group_filter", "a filter (" + e.getMessage() + ")");
      wrong.addSuppressed(e);
      throw wrong;
    }
    if (!filter.contains(DN) && !filter.contains(USERNAME)) {
      throw s.wrong("group_filter", "{dn} or {username} in it, found '" + filter + "'");
    }
  }

  private static boolean valid(String name) {
    return !name.isBlank() && com.unboundid.ldap.sdk.DN.isValidDN(name);
  }

  private static boolean loopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
