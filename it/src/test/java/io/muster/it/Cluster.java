package io.muster.it;

import io.muster.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// Members on this machine that form one cluster, on free ports, in a fresh directory under
/// `target/`.
final class Cluster implements AutoCloseable {
  static final String SECRET = "a secret of the integration tests";
  static final Duration READY = Duration.ofSeconds(150);
  final List<MemberProcess> members = new ArrayList<>();
  final Path directory;

  private final String name;
  private final List<String> hosts;
  private final String password;

  private Cluster(Path directory, String name, List<String> hosts, String password) {
    this.directory = directory;
    this.name = name;
    this.hosts = hosts;
    this.password = password;
  }

  /// Starts `size` members and waits until all are ready.
  static Cluster start(String name, int size, String password) {
    Cluster cluster = prepare(name, size, password);
    try {
      cluster.members.forEach(MemberProcess::start);
      cluster.members.forEach(m -> m.awaitReady(READY));
      return cluster;
    } catch (Throwable t) {
      cluster.close();
      throw t;
    }
  }

  /// Members that are configured and not started.
  static Cluster prepare(String name, int size, String password) {
    try {
      Path base = Files.createDirectories(Tools.TARGET.resolve("clusters"));
      List<Integer> ports = freePorts(size * 3);
      List<String> hosts =
          IntStream.range(0, size).mapToObj(i -> "127.0.0.1:" + ports.get(i)).toList();
      Path directory = Files.createTempDirectory(base, name + "-");
      Cluster cluster = new Cluster(directory, name, hosts, password);
      for (int i = 0; i < size; i++) {
        Path dir = cluster.directory.resolve("m" + i);
        int client = ports.get(size + i);
        int admin = ports.get(2 * size + i);
        String yaml = yaml(name, "m" + i, dir, hosts.get(i), client, admin, hosts, size, password);
        cluster.members.add(
            new MemberProcess("m" + i, dir, "127.0.0.1", client, admin, password, List.of(), yaml));
      }
      return cluster;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// One more member, of a role of its own; not started.
  MemberProcess add(String member, String role) {
    List<Integer> ports = freePorts(3);
    Path dir = directory.resolve(member);
    String yaml =
        yaml(
                name,
                member,
                dir,
                "127.0.0.1:" + ports.get(0),
                ports.get(1),
                ports.get(2),
                this.hosts,
                0,
                password)
            .replace("member:\n", "member:\n  roles: [" + role + "]\n");
    MemberProcess added =
        new MemberProcess(
            member, dir, "127.0.0.1", ports.get(1), ports.get(2), password, List.of(), yaml);
    members.add(added);
    return added;
  }

  static String yaml(
      String cluster,
      String member,
      Path directory,
      String peerAddress,
      int clientPort,
      int adminPort,
      List<String> hosts,
      int expect,
      String password) {
    int colon = peerAddress.lastIndexOf(':');
    return """
    cluster:
      name: %s
      secret: %s
    member:
      name: %s
      data_dir: %s
    link:
      host: %s
      port: %s
      kdf_iterations: 10000
    membership:
      hosts: [%s]
    registry:
      expect: %d
    gateway:
      host: %s
      ports: [%d]
    admin:
      listen: 127.0.0.1:%d
    security:
      secure: %s
    %s
    """
        .formatted(
            cluster,
            SECRET,
            member,
            directory.resolve("data"),
            peerAddress.substring(0, colon),
            peerAddress.substring(colon + 1),
            String.join(", ", hosts),
            expect,
            peerAddress.substring(0, colon),
            clientPort,
            adminPort,
            password != null,
            password == null ? "" : "  admin_password: " + password);
  }

  /// Ports that were free a moment ago, all different, and below those the system gives to
  /// outgoing connections: nobody takes them by chance before a member does.
  static List<Integer> freePorts(int n) {
    List<Integer> found = new ArrayList<>();
    while (found.size() < n) {
      int port = ThreadLocalRandom.current().nextInt(12_000, 32_000);
      try (ServerSocket s = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        if (!found.contains(port)) found.add(s.getLocalPort());
      } catch (IOException e) {
        // Taken: another one.
      }
    }
    return found;
  }

  MemberProcess member(int i) {
    return members.get(i);
  }

  /// The member that leads the consensus group, as the others say.
  MemberProcess leader(String group) {
    MemberProcess[] found = new MemberProcess[1];
    Eventually.within(
        Duration.ofSeconds(20),
        "a leader of " + group,
        () -> {
          for (MemberProcess m : members) {
            if (!m.running()) continue;
            for (JsonNode g : m.adminJson("/v1/registry").path("groups")) {
              if (g.path("group").asString("").equals(group)
                  && g.path("role").asString("").equalsIgnoreCase("leader")) {
                found[0] = m;
                return true;
              }
            }
          }
          return false;
        });
    return found[0];
  }

  /// Everybody's last words, for messages of failed tests.
  String lastLines() {
    StringBuilder b = new StringBuilder();
    members.forEach(m -> b.append(m.lastLines(25)).append('\n'));
    return b.toString();
  }

  @Override
  public void close() {
    members.forEach(MemberProcess::close);
  }
}
