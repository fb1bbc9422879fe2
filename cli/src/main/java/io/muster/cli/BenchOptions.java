package io.muster.cli;

import io.muster.bench.Target;
import io.muster.bench.Timing;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.node.MusterSettings;
import io.muster.node.SettingsFile;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What all measurements have in common: whom to measure, as whom, how long.
///
/// Without addresses the running members are found as by all commands: `-c`, else `MUSTER_ADMIN`,
/// else all of what runs below `.muster`, else the default address. Where their settings are known
/// here, as those of a demo are, the password is found as well.
final class BenchOptions {
  @Option(
      names = "--url",
      split = ",",
      paramLabel = "URL",
      description = "Where clients connect: host:port, ws:// or wss://; the running members'.")
  List<String> urls = List.of();

  @Option(
      names = "--admin",
      split = ",",
      paramLabel = "URL",
      description =
          "Administration of the members, for their CPU time and memory, such as"
              + " http://127.0.0.1:8880.")
  List<String> admins = List.of();

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Settings of a member on this machine: its addresses and password.")
  @Nullable Path config;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "The member's admin.token, needed without --url; found as by all commands.")
  @Nullable Path tokenFile;

  @Option(
      names = "--user",
      defaultValue = "_ADMIN",
      paramLabel = "NAME",
      description = "Who logs in (_ADMIN).")
  String user = "_ADMIN";

  @Option(
      names = "--password",
      arity = "0..1",
      interactive = true,
      paramLabel = "PASSWORD",
      description = "Better from MUSTER_PASSWORD, or asked for when no value is given.")
  char @Nullable [] password;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "PEM file of the authorities to trust for wss://, instead of Java's.")
  @Nullable Path certificates;

  @Option(
      names = "--secs",
      defaultValue = "10",
      paramLabel = "N",
      description = "Seconds to measure (${DEFAULT-VALUE}).")
  double secs = 10;

  @Option(
      names = "--warmup",
      defaultValue = "3",
      paramLabel = "N",
      description = "Seconds before that, not measured (${DEFAULT-VALUE}).")
  double warmup = 3;

  @Option(
      names = "--threads",
      defaultValue = "1",
      paramLabel = "N",
      description = "Event loops of the generator (${DEFAULT-VALUE}).")
  int threads = 1;

  @Option(names = "--json", description = "Output for programs.")
  boolean json;

  Timing timing() {
    return new Timing(
        Duration.ofNanos((long) (warmup * 1e9)), Duration.ofNanos((long) (secs * 1e9)));
  }

  /// Tells people what goes on; programs are spared it.
  Consumer<String> progress() {
    return json ? _ -> {} : text -> System.err.println("muster: " + text);
  }

  /// @throws MusterException `setting_invalid`
  /// @throws Main.NotRunning when addresses are to be found and nobody is there
  Target target() {
    List<AdminClient> members = members();
    List<URI> clients = new ArrayList<>();
    if (urls.isEmpty()) {
      for (AdminClient m : members) clientsOf(m).ifPresent(clients::add);
      if (clients.isEmpty()) {
        throw new Main.NotRunning("no member is open to clients; --url says where they connect");
      }
    } else {
      for (String u : urls) clients.add(Target.url(u));
      // Members nobody named are measured only if they are those behind the addresses.
      if (!named() && !behind(clients, members)) members = List.of();
    }
    List<AdminClient> measured = members;
    return new Target(
        clients,
        measured.stream().map(m -> URI.create(m.asked())).toList(),
        user,
        secret(measured),
        Optional.ofNullable(certificates),
        threads);
  }

  private boolean named() {
    return !admins.isEmpty() || config != null || System.getenv("MUSTER_ADMIN") != null;
  }

  private List<AdminClient> members() {
    if (!admins.isEmpty()) return admins.stream().map(this::at).toList();
    if (!named()) {
      List<LocalMembers.LocalMember> local = LocalMembers.together();
      if (!local.isEmpty()) return local.stream().map(m -> at(m.url())).toList();
    }
    String environment = System.getenv("MUSTER_ADMIN");
    if (config == null && environment != null) {
      return Stream.of(environment.split(",", -1)).map(this::at).toList();
    }
    return List.of(AdminClient.at(null, config, tokenFile));
  }

  private AdminClient at(String url) {
    return AdminClient.at(url.strip(), null, tokenFile);
  }

  /// What the member was started with, where that is known here.
  private Optional<MusterSettings> settings(AdminClient member) {
    return Optional.ofNullable(config)
        .or(() -> LocalMembers.at(member.asked()).flatMap(LocalMembers.LocalMember::settings))
        .map(
            f ->
                SettingsFile.load(
                        Optional.of(f), config == null ? Map.of() : System.getenv(), Map.of())
                    .settings())
        .map(MusterSettings::read);
  }

  /// A member's first port for clients: on the host of its settings, else on that of its
  /// administration; none when it serves no clients.
  private Optional<URI> clientsOf(AdminClient member) {
    int port = member.get("/v1/status").path("clientPorts").path(0).asInt(0);
    if (port == 0) return Optional.empty();
    return Optional.of(
        Target.url(
            settings(member)
                .map(s -> s.clientUrl(port))
                .orElse(URI.create(member.asked()).getHost() + ":" + port)));
  }

  private static boolean behind(List<URI> clients, List<AdminClient> members) {
    Set<Integer> ports = new HashSet<>();
    try {
      for (AdminClient m : members) {
        m.get("/v1/status").path("clientPorts").forEach(p -> ports.add(p.asInt(0)));
      }
      for (URI c : clients) {
        if (!ports.contains(c.getPort())) return false;
        if (!InetAddress.getByName(c.getHost()).isLoopbackAddress()) return false;
      }
      return true;
    } catch (Main.NotRunning | MusterException | UnknownHostException e) {
      return false;
    }
  }

  private Optional<Secret> secret(List<AdminClient> members) {
    if (password != null) return Optional.of(new Secret(new String(password)));
    String environment = System.getenv("MUSTER_PASSWORD");
    if (environment != null) return Optional.of(new Secret(environment));
    if (!user.equals("_ADMIN")) return Optional.empty();
    return members.stream()
        .flatMap(m -> settings(m).stream())
        .findFirst()
        .flatMap(MusterSettings::adminPassword);
  }
}
