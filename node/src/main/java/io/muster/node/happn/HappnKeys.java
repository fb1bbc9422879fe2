package io.muster.node.happn;

import static io.muster.node.happn.HappnKey.Kind.NEWER;
import static io.muster.node.happn.HappnKey.Kind.OLDER;
import static io.muster.node.happn.HappnKey.Kind.SINGLE;

import io.muster.node.happn.HappnKey.Becomes;
import io.muster.node.happn.HappnKey.Effect;
import io.muster.node.happn.HappnKey.Kind;
import io.muster.node.happn.HappnKey.May;
import io.muster.node.happn.HappnKey.Nothing;
import io.muster.node.happn.HappnKey.Only;
import io.muster.node.happn.HappnKey.Shape;
import io.muster.node.happn.HappnKey.Works;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The table of all keys that configuration files of happn may have.
final class HappnKeys {
  static final String ORCHESTRATOR = "services.orchestrator.config.";
  static final String MEMBERSHIP = "services.membership.config.";
  static final String DATA = "services.data.config.";
  static final String PROXY = "services.proxy.config.";
  static final String SECURITY = "services.security.config.";
  private static final Set<Kind> ALL = EnumSet.allOf(Kind.class);
  private static final Set<Kind> CLUSTER = EnumSet.of(OLDER, NEWER);
  private static final Set<Kind> ALONE = EnumSet.of(SINGLE);
  private static final Set<Kind> FIRST = EnumSet.of(OLDER);
  private static final Set<Kind> SECOND = EnumSet.of(NEWER);

  private static final List<HappnKey> ROWS = new ArrayList<>();

  static {
    top();
    services();
    security();
    proxy();
    older();
    newer();
  }

  private HappnKeys() {}

  /// All rows, in the order of the page.
  static List<HappnKey> all() {
    return List.copyOf(ROWS);
  }

  /// The keys of one kind of file, by their paths.
  static Map<String, HappnKey> of(Kind kind) {
    Map<String, HappnKey> found = new LinkedHashMap<>();
    for (HappnKey k : ROWS) if (k.kinds().contains(kind)) found.put(k.path(), k);
    return found;
  }

  private static void row(Set<Kind> kinds, String path, Shape shape, Effect effect) {
    ROWS.add(new HappnKey(kinds, path, shape, effect));
  }

  private static void becomes(Set<Kind> kinds, String path, Shape shape, String setting) {
    row(kinds, path, shape, new Becomes(setting));
  }

  private static void may(String path, Shape shape, String setting, String value) {
    row(ALL, path, shape, new May(setting, value));
  }

  private static void nothing(Set<Kind> kinds, String path, Shape shape, String why) {
    row(kinds, path, shape, new Nothing(why));
  }

  private static void top() {
    row(
        ALL,
        "name",
        Shape.TEXT,
        new Works("member.name", "without it the listen address with `-` for `.`, `_`, the port"));
    row(ALONE, "host", Shape.TEXT, new Works("gateway.host", "an address or an interface"));
    row(ALONE, "port", Shape.WHOLE, new Works("gateway.ports", "members' port is 1000 above it"));
    row(
        FIRST,
        "host",
        Shape.TEXT,
        new Works(
            "member.name", "part of the name only: members talk at `membership.config.host`"));
    row(
        FIRST,
        "port",
        Shape.WHOLE,
        new Works("member.name", "part of the name only, and 55000 moves the clients' port"));
    row(SECOND, "host", Shape.TEXT, new Works("link.host", "an address or an interface"));
    row(
        SECOND,
        "port",
        Shape.WHOLE,
        new Works("link.port", "members talk here; 57000 where it is not given"));
    becomes(ALL, "secure", Shape.FLAG, "security.secure");
    row(CLUSTER, "announceHost", Shape.TEXT, new Works("link.advertise", "not empty"));
    becomes(ALONE, "deferListen", Shape.FLAG, "gateway.defer");
    may("allowNestedPermissions", Shape.FLAG, "security.allow_nested_permissions", "false");
    becomes(
        ALL,
        "disableDefaultAdminNetworkConnections",
        Shape.FLAG,
        "security.disable_default_admin_network_connections");
  }

  private static void services() {
    String session = "services.session.config.";
    String primus = session + "primusOpts.";
    becomes(ALL, primus + "pingInterval", Shape.MILLIS, "gateway.happn.ping_interval");
    becomes(ALL, primus + "maxLength", Shape.BYTES, "gateway.frame_bytes_max");
    becomes(ALL, primus + "allowSkippedHeartBeats", Shape.WHOLE, "gateway.happn.skipped_pings");
    row(
        ALL,
        primus + "compression",
        Shape.FLAG,
        new Only("false", "messages are not compressed here; leave it out"));
    String cleanup = session + "unconfiguredSessionCleanup.";
    for (String key : List.of("interval", "threshold")) {
      becomes(
          ALL, cleanup + key, Shape.MILLIS, "gateway.happn.unconfigured_session_cleanup." + key);
    }
    becomes(
        ALL, cleanup + "verbose", Shape.FLAG, "gateway.happn.unconfigured_session_cleanup.verbose");
    nothing(
        ALL,
        session + "disableSessionEventLogging",
        Shape.FLAG,
        "sessions that come and go are not logged at the level info");
    String subscriptions = "services.subscription.config.subscriptionTree.";
    becomes(ALL, subscriptions + "searchCache", Shape.WHOLE, "realtime.topic_cache");
    nothing(
        ALL,
        subscriptions + "permutationCache",
        Shape.WHOLE,
        "patterns are not expanded into permutations here");
    becomes(
        ALL,
        "services.publisher.config.publicationOptions.acknowledgeTimeout",
        Shape.MILLIS,
        "realtime.acknowledge_timeout");
    transport();
    String doors = "services.connect.config.middleware.security.";
    may(doors + "exclusions", Shape.TEXTS, "gateway.happn.exclusions", "[]");
    for (String page : List.of("forbidden", "unauthorized")) {
      may(doors + page + "ResponsePath", Shape.TEXT, "gateway.happn." + page + "_page", "");
    }
    data();
  }

  private static void transport() {
    String transport = "services.transport.config.";
    becomes(ALONE, transport + "mode", Shape.TEXT, "gateway.tls.mode");
    becomes(ALONE, transport + "key", Shape.TEXT, "gateway.tls.key");
    becomes(ALONE, transport + "cert", Shape.TEXT, "gateway.tls.cert");
    becomes(ALONE, transport + "keyPath", Shape.TEXT, "gateway.tls.key_path");
    becomes(ALONE, transport + "certPath", Shape.TEXT, "gateway.tls.cert_path");
    becomes(ALONE, transport + "keepAliveTimeout", Shape.MILLIS, "gateway.keep_alive");
    row(
        CLUSTER,
        transport + "mode",
        Shape.TEXT,
        new Works("link.tls", "`https` encrypts links, with the pair below"));
    becomes(CLUSTER, transport + "keyPath", Shape.TEXT, "link.tls.key");
    becomes(CLUSTER, transport + "certPath", Shape.TEXT, "link.tls.cert");
    for (String text : List.of("key", "cert")) {
      row(
          CLUSTER,
          transport + text,
          Shape.TEXT,
          new Only("", "put the PEM text into a file and name that in " + text + "Path"));
    }
    nothing(
        CLUSTER,
        transport + "keepAliveTimeout",
        Shape.MILLIS,
        "members are connected by links, which do not idle");
  }

  private static void data() {
    for (String file : List.of("filename", "dbfile")) {
      nothing(
          ALL,
          DATA + file,
          Shape.TEXT,
          "records are always kept, below member.data_dir; this file is neither read nor written");
    }
    nothing(ALL, DATA + "fsync", Shape.FLAG, "what is acknowledged is on disk always");
    nothing(ALL, DATA + "secure", Shape.FLAG, "`secure` at the top decides");
    row(
        ALL,
        DATA + "datastores",
        Shape.ANY,
        new Works("store", "`provider`, `patterns` and `settings` of each; see below"));
  }

  private static void security() {
    row(
        ALL,
        SECURITY + "adminUser.username",
        Shape.TEXT,
        new Only("\"_ADMIN\"", "the administrator is always _ADMIN"));
    becomes(ALL, SECURITY + "adminUser.password", Shape.TEXT, "security.admin_password");
    may(SECURITY + "adminUser.publicKey", Shape.TEXT, "security.admin_public_key", "");
    nothing(
        ALL,
        SECURITY + "sessionTokenSecret",
        Shape.TEXT,
        "the cluster makes its own and shares it: tokens of before are refused, log in again");
    becomes(ALL, SECURITY + "profiles", Shape.ANY, "security.profiles");
    becomes(ALL, SECURITY + "cookieName", Shape.TEXT, "gateway.happn.cookie_name");
    becomes(ALL, SECURITY + "cookieDomain", Shape.TEXT, "gateway.happn.cookie_domain");
    becomes(ALL, SECURITY + "httpsCookie", Shape.FLAG, "gateway.happn.https_cookie");
    String lockout = SECURITY + "accountLockout.";
    becomes(ALL, lockout + "enabled", Shape.FLAG, "security.account_lockout.enabled");
    becomes(ALL, lockout + "attempts", Shape.WHOLE, "security.account_lockout.attempts");
    becomes(
        ALL, lockout + "retryInterval", Shape.MILLIS, "security.account_lockout.retry_interval");
    for (String key :
        List.of(
            "lockTokenToLoginType",
            "lockTokenToUserId",
            "allowAnonymousAccess",
            "allowLogoutOverHttp",
            "updateSubscriptionsOnSecurityDirectoryChanged",
            "disableDefaultAdminNetworkConnections",
            "usernamesCaseInsensitive")) {
      becomes(ALL, SECURITY + key, Shape.FLAG, "security." + snake(key));
    }
    becomes(ALL, SECURITY + "allowTTL0Revocations", Shape.FLAG, "security.allow_ttl0_revocations");
    becomes(
        ALL,
        SECURITY + "usernamesCaseInsensitiveExclude",
        Shape.TEXTS,
        "security.usernames_case_insensitive_exclude");
    nothing(
        ALL,
        SECURITY + "activateSessionManagement",
        Shape.FLAG,
        "sessions and revoked tokens are always listed");
    may(SECURITY + "logSessionActivity", Shape.FLAG, "security.log_session_activity", "false");
    may(SECURITY + "sessionActivityTTL", Shape.MILLIS, "security.session_activity_ttl", "86400000");
    may(
        SECURITY + "allowUserChooseAuthProvider",
        Shape.FLAG,
        "security.allow_user_choose_auth_provider",
        "true");
    becomes(ALL, SECURITY + "pbkdf2Iterations", Shape.WHOLE, "security.pbkdf2_iterations");
    becomes(ALL, SECURITY + "defaultNonceTTL", Shape.MILLIS, "security.nonce_ttl");
    may(
        SECURITY + "defaultAuthProvider",
        Shape.TEXT,
        "security.default_auth_provider",
        "\"happn\"");
    row(
        ALL,
        SECURITY + "authProviders",
        Shape.ANY,
        new Only("", "providers are code of the npm server; leave it out: happn's own is used"));
  }

  private static String snake(String camel) {
    return camel.replaceAll("(?<=[a-z0-9])([A-Z])", "_$1").toLowerCase(java.util.Locale.ROOT);
  }

  private static void proxy() {
    row(
        CLUSTER,
        PROXY + "port",
        Shape.WHOLE,
        new Works("gateway.ports", "55000, or 57000 where `port` is 55000"));
    row(CLUSTER, PROXY + "host", Shape.TEXT, new Works("gateway.host", "as below"));
    becomes(CLUSTER, PROXY + "keyPath", Shape.TEXT, "gateway.tls.key_path");
    becomes(CLUSTER, PROXY + "certPath", Shape.TEXT, "gateway.tls.cert_path");
    nothing(
        CLUSTER,
        PROXY + "allowSelfSignedCerts",
        Shape.LOOSE_FLAG,
        "clients are served directly: there is no server behind a proxy to check");
    becomes(CLUSTER, PROXY + "defer", Shape.FLAG, "gateway.defer");
    becomes(CLUSTER, PROXY + "timeout", Shape.LOOSE_MILLIS, "gateway.keep_alive");
    nothing(
        CLUSTER,
        "services.replicator.config.securityChangesetReplicateInterval",
        Shape.LOOSE_MILLIS,
        "changes of rights hold on all members with the next request");
    row(CLUSTER, ORCHESTRATOR + "replicate", Shape.TEXTS, new May("realtime.replicate", "[\"*\"]"));
  }

  private static void older() {
    row(
        FIRST,
        "services.data.path",
        Shape.TEXT,
        new Works("store.provider", "`happn-service-mongo` is `mongodb`"));
    row(FIRST, DATA + "url", Shape.TEXT, new Works("store.url", "MongoDB's"));
    row(FIRST, DATA + "database", Shape.TEXT, new Works("store.database", "else the URL's"));
    row(FIRST, DATA + "collection", Shape.TEXT, new Works("store.collection", "`happn-cluster`"));
    row(
        FIRST,
        ORCHESTRATOR + "minimumPeers",
        Shape.WHOLE,
        new Works("cluster.minimum_members", "itself included; 0 is 1"));
    becomes(
        FIRST,
        ORCHESTRATOR + "stableReportInterval",
        Shape.MILLIS,
        "cluster.stable_report_interval");
    row(
        FIRST,
        ORCHESTRATOR + "stabiliseTimeout",
        Shape.MILLIS,
        new Works("cluster.stabilise_timeout", "120000 where it is not given; 0 waits for ever"));
    row(
        FIRST,
        MEMBERSHIP + "clusterName",
        Shape.TEXT,
        new Works("cluster.name", "`happn-cluster` where it is not given"));
    row(
        FIRST,
        MEMBERSHIP + "seed",
        Shape.LOOSE_FLAG,
        new Works(
            "membership.seed", "and `registry.seed`: founds the registry at its first start"));
    becomes(FIRST, MEMBERSHIP + "seedWait", Shape.LOOSE_MILLIS, "membership.seed_wait");
    becomes(FIRST, MEMBERSHIP + "randomWait", Shape.LOOSE_MILLIS, "membership.random_wait");
    row(
        FIRST,
        MEMBERSHIP + "host",
        Shape.TEXT,
        new Works("link.host", "else this machine's address; not `0.0.0.0`"));
    row(FIRST, MEMBERSHIP + "port", Shape.WHOLE, new Works("link.port", "56000"));
    row(FIRST, MEMBERSHIP + "hosts", Shape.TEXTS, new Works("membership.hosts", "needed"));
    becomes(FIRST, MEMBERSHIP + "joinTimeout", Shape.MILLIS, "membership.join_timeout");
    becomes(FIRST, MEMBERSHIP + "pingInterval", Shape.MILLIS, "membership.ping_interval");
    becomes(FIRST, MEMBERSHIP + "pingTimeout", Shape.MILLIS, "membership.ping_timeout");
    becomes(FIRST, MEMBERSHIP + "pingReqTimeout", Shape.MILLIS, "membership.ping_req_timeout");
    becomes(FIRST, MEMBERSHIP + "pingReqGroupSize", Shape.WHOLE, "membership.ping_req_group_size");
    becomes(FIRST, MEMBERSHIP + "udp.maxDgramSize", Shape.BYTES, "membership.udp.max_dgram_size");
    becomes(
        FIRST, MEMBERSHIP + "disseminationFactor", Shape.NUMBER, "membership.dissemination_factor");
    String health = "services.health.config.";
    becomes(FIRST, health + "healthInterval", Shape.MILLIS, "observability.health_interval");
    becomes(FIRST, health + "warmupLimit", Shape.MILLIS, "observability.warmup_limit");
  }

  private static void newer() {
    row(
        SECOND,
        ORCHESTRATOR + "clusterName",
        Shape.TEXT,
        new Works("cluster.name", "`happn-cluster` where it is not given"));
    row(SECOND, ORCHESTRATOR + "serviceName", Shape.TEXT, new Works("member.service", "the same"));
    row(
        SECOND,
        ORCHESTRATOR + "deployment",
        Shape.TEXT,
        new Works("cluster.deployment", "`Test-Deploy` where it is not given"));
    String timing = ORCHESTRATOR + "timing.";
    becomes(SECOND, timing + "keepAlive", Shape.MILLIS, "membership.database.keep_alive");
    for (String spelt :
        List.of("keepAliveThreshold", "keepaliveThreshold", "keepAliveThreshhold")) {
      becomes(SECOND, timing + spelt, Shape.MILLIS, "membership.database.keep_alive_threshold");
    }
    becomes(SECOND, timing + "memberRefresh", Shape.MILLIS, "membership.refresh_interval");
    becomes(SECOND, timing + "healthReport", Shape.MILLIS, "observability.health_interval");
    for (String key : List.of("timing.stabiliseTimeout", "stabiliseTimeout")) {
      becomes(SECOND, ORCHESTRATOR + key, Shape.MILLIS, "cluster.stabilise_timeout");
    }
    row(
        SECOND,
        ORCHESTRATOR + "cluster",
        Shape.COUNTS,
        new Works("cluster.services", "members wanted per service, this one included"));
    for (String spelt : List.of("minimumPeers", "minimumePeers")) {
      row(
          SECOND,
          ORCHESTRATOR + spelt,
          Shape.WHOLE,
          new Works("cluster.minimum_members", "old word for `cluster`; 0 is 1"));
    }
  }

  /// The table as it stands in the page.
  static String table() {
    StringBuilder page = new StringBuilder("| key | files | value | here |\n|---|---|---|---|\n");
    for (HappnKey k : ROWS) {
      String files =
          k.kinds().size() == Kind.values().length
              ? "all"
              : Arrays.stream(Kind.values())
                  .filter(k.kinds()::contains)
                  .map(Kind::word)
                  .collect(Collectors.joining(", "));
      page.append(
          "| `%s` | %s | %s | %s |\n".formatted(k.path(), files, k.shape().text(), here(k)));
    }
    return page.toString();
  }

  private static String here(HappnKey k) {
    return switch (k.effect()) {
      case Becomes b -> "`" + b.setting() + "`";
      case May m when m.value().isEmpty() ->
          "`" + m.setting() + "` in releases that have it, else refused";
      case May m ->
          "`%s` in releases that have it, else only `%s`".formatted(m.setting(), m.value());
      case Works w -> "`" + w.setting() + "`: " + w.how();
      case Nothing n -> "no meaning: " + n.why();
      case Only o when o.value().isEmpty() -> "refused: " + o.remedy();
      case Only o -> "only `" + o.value() + "`: " + o.remedy();
    };
  }
}
