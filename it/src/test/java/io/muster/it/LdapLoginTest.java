package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Clients that log in with passwords of a directory server, at a real member.
class LdapLoginTest {
  private InMemoryDirectoryServer directory;
  private Cluster cluster;

  @BeforeEach
  void start() throws Exception {
    InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig("dc=example,dc=org");
    config.setSchema(null);
    config.setListenerConfigs(
        InMemoryListenerConfig.createLDAPConfig(
            "plain", InetAddress.getLoopbackAddress(), Cluster.freePorts(1).getFirst(), null));
    directory = new InMemoryDirectoryServer(config);
    directory.add("dn: dc=example,dc=org", "objectClass: domain", "dc: example");
    directory.add(
        "dn: uid=bob,dc=example,dc=org",
        "objectClass: inetOrgPerson",
        "uid: bob",
        "cn: Bob",
        "sn: B",
        "userPassword: bob's");
    directory.add(
        "dn: cn=ops,dc=example,dc=org",
        "objectClass: groupOfNames",
        "cn: ops",
        "member: uid=bob,dc=example,dc=org");
    directory.startListening();
    cluster = Cluster.prepare("ldap", 1, "the admin's password");
    Path file = cluster.member(0).directory.resolve("muster.yaml");
    Files.writeString(
        file,
        Files.readString(file).stripTrailing()
            + """

              auth_providers:
                corp:
                  provider: ldap
                  create_users: true
                  group_map: { ops: operators }
                  urls: [ldap://127.0.0.1:%d]
                  bind_dn: uid={username},dc=example,dc=org
                  group_base: dc=example,dc=org
              default_auth_provider: corp
            """
                .formatted(directory.getListenPort()));
    cluster.member(0).start().awaitReady(Cluster.READY);
  }

  @AfterEach
  void stop() {
    if (cluster != null) cluster.close();
    directory.shutDown(true);
  }

  @Test
  void usersOfTheDirectoryComeInAndGetTheRightsOfTheirGroups() throws Exception {
    MemberProcess member = cluster.member(0);
    AdminRpc admin = new AdminRpc(member);
    admin.call(
        "security.groups.upsertGroup",
        Map.of(
            "name",
            "operators",
            "permissions",
            Map.of("/o/*", Map.of("actions", List.of("get", "set")))));
    try (HappnClients clients = new HappnClients(HappnClients.CURRENT)) {
      assertThatThrownBy(
              () -> clients.connect("eve", member.host(), member.clientPort(), "bob", "wrong"))
          .hasMessageContaining("Invalid credentials");
      var bob = clients.connect("bob", member.host(), member.clientPort(), "bob", "bob's");
      bob.set("/o/1", Map.of("n", 1));

      assertThat(admin.call("security.users.getUser", "bob").toString())
          .contains("\"authType\":\"corp\"")
          .contains("operators");
      // The administrator's password is the cluster's, whatever the directory says.
      clients.connect("admin", member).get("/o/1");
      assertThat(admin.call("subscription.allListeners", bob.session())).isEmpty();
      bob.call("set", Map.of("path", "/o/2", "data", Map.of()));

      directory.shutDown(true);
      assertThat(
              admin
                  .answer("security.login", Map.of("username", "bob", "password", "bob's"))
                  .at("/error/message")
                  .asString())
          .isEqualTo("auth provider corp failed");
      bob.set("/o/3", Map.of("n", 3));
    }
  }
}
