package io.muster.node;

import io.muster.access.AccessSettings;
import io.muster.admin.AdminSettings;
import io.muster.gateway.GatewaySettings;
import io.muster.kernel.Address;
import io.muster.kernel.ClusterSetting;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.kernel.Secret;
import io.muster.kernel.Settings;
import io.muster.kernel.SettingsSection;
import io.muster.link.LinkSettings;
import io.muster.membership.DiscoverySettings;
import io.muster.membership.MembershipSettings;
import io.muster.node.secrets.SecretFiles;
import io.muster.protocols.happn.HappnSettings;
import io.muster.realtime.RealtimeSettings;
import io.muster.registry.RegistrySettings;
import io.muster.spi.store.StoreSetup;
import io.muster.store.StoreProviders;
import io.muster.supervision.SupervisionSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The whole tree of settings, read once.
///
/// @param logFormat how the log is written
/// @param places where the settings were given that the cluster holds as well; by their names
public record MusterSettings(
    Cluster cluster,
    Self member,
    LinkSettings link,
    MembershipSettings membership,
    RegistrySettings registry,
    StoreSetup store,
    RealtimeSettings realtime,
    GatewaySettings gateway,
    HappnSettings happn,
    AccessSettings security,
    AdminSettings admin,
    DoorSettings door,
    DiscoverySettings discovery,
    SupervisionSettings supervision,
    LogFormat logFormat,
    Map<String, String> places) {
  public MusterSettings {
    places = Map.copyOf(places);
  }

  /// @param secretFiles where the secret lies; empty where it is in no file
  /// @param minimumMembers of this member's service that must be here before clients may come
  /// @param stabiliseTimeout start fails when that takes longer; zero waits for ever
  public record Cluster(
      String name,
      Optional<Secret> secret,
      Optional<Secret> secretBefore,
      Optional<SecretFiles> secretFiles,
      String deployment,
      int minimumMembers,
      Duration stabiliseTimeout) {}

  /// @param name unique in the cluster
  public record Self(
      String name, Set<Role> roles, String service, Map<String, String> labels, Path dataDir) {}

  /// Reads everything and refuses what nobody knows.
  ///
  /// @throws MusterException `setting_invalid` with all problems, `insecure_configuration`
  public static MusterSettings read(Settings settings) {
    SettingsSection root = settings.root();
    SettingsSection c = root.section("cluster", "the cluster");
    String name = c.text("name", "muster", "name of the cluster; members of others are refused");
    Optional<SecretFiles> files = secretFiles(c);
    Cluster cluster =
        new Cluster(
            name,
            c.secret("secret", "what members of the cluster share"),
            c.secret("secret_before", "the other secret that is accepted while it is rotated")
                .or(() -> files.flatMap(f -> accepted(c, f))),
            files,
            c.text("deployment", "default", "members find those of the same in a database"),
            c.integer(
                "minimum_members",
                1,
                1,
                1000,
                "members, this one included, before clients may come"),
            c.duration(
                "stabilise_timeout",
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofDays(1),
                "start fails when it takes longer to become stable; 0 waits for ever"));
    LinkSettings link = LinkSettings.read(root.section("link", "links between members"));
    Self self = self(root.section("member", "this member"), link);
    SettingsSection gateway = root.section("gateway", "the clients' door");
    SettingsSection m = root.section("membership", "who is here");
    SettingsSection r = root.section("registry", "the consensus groups");
    RegistrySettings registry = RegistrySettings.read(r);
    boolean founds = registry.seed() || registry.expect() > 0 || !registry.voters().isEmpty();
    if (founds && !self.roles().contains(Role.CONTROL)) {
      throw r.wrong("expect", "none of 'seed', 'expect', 'voters' without the role control");
    }
    DiscoverySettings discovery = DiscoverySettings.read(m);
    // What its provider says of it stands below.
    SettingsSection store = root.section("store", "records");
    String provider = store.text("provider", StoreProviders.EMBEDDED, "where records are kept");
    if (discovery.source() == DiscoverySettings.Source.DATABASE
        && provider.equals(StoreProviders.EMBEDDED)) {
      throw m.wrong(
          "source",
          "swim, static or dns where store.provider is embedded: members find each other in a"
              + " database that all of them reach before they are members");
    }
    SettingsSection observability = root.section("observability", "reports and logs");
    MusterSettings all =
        new MusterSettings(
            cluster,
            self,
            link,
            MembershipSettings.read(m),
            registry,
            StoreProviders.installed().read(store),
            RealtimeSettings.read(root.section("realtime", "publish and subscribe")),
            GatewaySettings.read(gateway, self.dataDir()),
            HappnSettings.read(gateway.section("happn", "the happn protocol")),
            AccessSettings.read(root.section("security", "users and passwords")),
            AdminSettings.read(root.section("admin", "administration"), self.dataDir()),
            DoorSettings.read(c, gateway, observability, self.service(), cluster),
            discovery,
            supervision(root),
            observability.choice(
                "log_format",
                LogFormat.class,
                LogFormat.TEXT,
                "how the log is written: lines for people, or one JSON object a line"),
            places(settings));
    settings.finish();
    all.refuseInsecure();
    if (all.happn.cleanup().asked() && !all.security.secure()) {
      throw gateway.wrong(
          "happn",
          "no unconfigured_session_cleanup: unable to cleanup sockets in an unsecure setup");
    }
    return all;
  }

  private static SupervisionSettings supervision(SettingsSection root) {
    return SupervisionSettings.read(
        root.tree("clusters", "names of clusters", "services that are watched, by name"),
        root.tree("notifications", "keys below it", "who is told of what happens to services"));
  }

  private static Optional<SecretFiles> secretFiles(SettingsSection c) {
    Optional<String> before = c.optionalText("secret_before_file", "");
    return c.optionalText("secret_file", "")
        .map(used -> SecretFiles.beside(Path.of(used), before.map(Path::of)));
  }

  /// What a rotation under way has put beside the secret.
  private static Optional<Secret> accepted(SettingsSection c, SecretFiles files) {
    if (files.lasting() || !Files.exists(files.before())) return Optional.empty();
    try {
      return files.held().stream().skip(1).findFirst();
    } catch (MusterException e) {
      MusterException wrong = c.wrong("secret_file", "readable files (" + e.getMessage() + ")");
      wrong.initCause(e);
      throw wrong;
    }
  }

  private static Map<String, String> places(Settings settings) {
    Map<String, String> places = new HashMap<>();
    for (ClusterSetting<?> s : ClusterCatalogue.ALL) {
      settings.place(s.name()).ifPresent(place -> places.put(s.name(), place));
    }
    return places;
  }

  /// Where a setting was given that the cluster holds as well; empty when it was not.
  Optional<String> place(String name) {
    return Optional.ofNullable(places.get(name));
  }

  private static Self self(SettingsSection m, LinkSettings link) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String role :
        m.texts("roles", List.of("control", "gateway", "worker"), "what it is for")) {
      try {
        roles.add(Role.valueOf(role.toUpperCase(Locale.ROOT)));
      } catch (IllegalArgumentException e) {
        MusterException wrong = m.wrong("roles", "control, gateway, worker; found '" + role + "'");
        wrong.initCause(e);
        throw wrong;
      }
    }
    if (roles.isEmpty()) throw m.wrong("roles", "one or more of control, gateway, worker");
    String host = link.advertise().orElse(link.host());
    String made = host.replace('.', '-').replace(':', '-') + "_" + link.port();
    String name = m.text("name", made, "unique name");
    if (name.isBlank() || name.length() > 200 || name.chars().anyMatch(Character::isISOControl)) {
      throw m.wrong("name", "1 to 200 characters on one line");
    }
    return new Self(
        name,
        roles,
        m.text("service", "happn-cluster-node", "name of the service this member is one of"),
        m.textMap("labels", "free words about this member"),
        Path.of(m.text("data_dir", ".muster/data", "where everything is kept")));
  }

  /// The password of the user `_ADMIN` that a cluster founded with these settings has.
  public Optional<Secret> adminPassword() {
    return security.adminPassword();
  }

  private void refuseInsecure() {
    boolean peersLoopback = loopback(link.host());
    if (!peersLoopback && cluster.secret.map(s -> s.reveal().length()).orElse(0) < 16) {
      throw insecure(
          "link.host is "
              + link.host()
              + ", beyond loopback: cluster.secret must have 16 characters or more");
    }
    boolean sample =
        security.adminPassword().isEmpty()
            || security.adminPassword().get().equals(AccessSettings.SAMPLE);
    if (!loopback(gateway.host()) && security.secure() && sample) {
      throw insecure(
          "gateway.host is "
              + gateway.host()
              + ", beyond loopback: security.admin_password must be set and not the sample one");
    }
    if (!loopback(gateway.host()) && !security.secure()) {
      throw insecure(
          "gateway.host is " + gateway.host() + ", beyond loopback: security.secure must be true");
    }
    if (!loopback(admin.listen().host()) && admin.auth() == AdminSettings.Auth.NONE) {
      throw insecure("admin.auth is none: legal on loopback only");
    }
    if (!loopback(admin.listen().host()) && admin.tls().isEmpty() && !admin.plain()) {
      throw insecure(
          "admin.listen is "
              + admin.listen()
              + ", beyond loopback: admin.tls must have cert and key, or self_signed: true; mode:"
              + " http says that something else protects the token on its way");
    }
  }

  private static MusterException insecure(String why) {
    return new MusterException(ErrorCode.INSECURE_CONFIGURATION, why);
  }

  private static boolean loopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /// Where a client on this machine reaches one of the clients' ports.
  public String clientUrl(int port) {
    String scheme = gateway.tls().isPresent() ? "https://" : "http://";
    return scheme + new Address(reachable(gateway.host()), port);
  }

  /// Where a process on this machine reaches administration, unless `admin.listen` has port 0.
  public String adminUrl() {
    String scheme = admin.tls().isPresent() ? "https://" : "http://";
    return scheme + new Address(reachable(admin.listen().host()), admin.listen().port());
  }

  /// A wildcard is reached over loopback; what cannot be resolved is left for its user to say so.
  private static String reachable(String host) {
    try {
      return InetAddress.getByName(host).isAnyLocalAddress() ? "127.0.0.1" : host;
    } catch (UnknownHostException e) {
      return host;
    }
  }

  /// The secret of links; a fixed one on loopback where none is given.
  public List<Secret> secrets() {
    Secret current = cluster.secret.orElse(new Secret("loopback only, no secret"));
    return cluster.secretBefore.map(old -> List.of(current, old)).orElse(List.of(current));
  }
}
