package io.muster.access;

import io.muster.access.core.Profiles;
import io.muster.kernel.ClusterSetting;
import io.muster.kernel.Secret;
import io.muster.kernel.SettingShape;
import io.muster.kernel.SettingsSection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The `security` branch.
///
/// @param adminPassword of the user `_ADMIN`, used when the cluster is founded
/// @param iterations PBKDF2 rounds of new password hashes; older ones are brought up to it at login
/// @param adminOverNetwork whether `_ADMIN` may log in at the clients' door
/// @param anonymous whether `_ANONYMOUS` may log in, without a password
/// @param lockoutAttempts failed logins of one name that lock it; 0 for never
/// @param lockTokenToLoginType whether a token made by a connection is good for connections only
/// @param lockTokenToUserId whether the token of a user who was deleted is no good for another one
///     of that name
/// @param revokeForever whether tokens without an end may be revoked: their entry stays for ever
/// @param caseInsensitive whether `Bob` is `bob`, but for the names in `caseSensitiveNames`
/// @param recheckSubscriptions whether subscriptions end when the right to them does
/// @param nestedPermissions whether `on` and `get` of patterns with `**` are narrowed to what the
///     user may see
/// @param logoutOverHttp whether `/auth/logout` revokes the token it is shown
/// @param logActivity whether the last request of each session is recorded, as long as the cluster
///     does not say otherwise
/// @param activityTtl how long it is kept
/// @param auth who checks passwords
/// @param profiles which limits sessions have
public record AccessSettings(
    boolean secure,
    Optional<Secret> adminPassword,
    int iterations,
    boolean adminOverNetwork,
    boolean anonymous,
    int lockoutAttempts,
    Duration lockoutTime,
    boolean lockTokenToLoginType,
    boolean lockTokenToUserId,
    boolean revokeForever,
    boolean caseInsensitive,
    List<String> caseSensitiveNames,
    Duration nonceTtl,
    boolean recheckSubscriptions,
    boolean nestedPermissions,
    boolean logoutOverHttp,
    boolean logActivity,
    Duration activityTtl,
    AuthProviders auth,
    Profiles profiles) {
  /// What the npm server uses when nobody says otherwise; legal on loopback only.
  public static final Secret SAMPLE = new Secret("happn");

  /// The same on all members: on one without it strangers would read what the others guard.
  public static final ClusterSetting<Boolean> SECURE =
      new ClusterSetting<>(
          "security.secure",
          SettingShape.flag(),
          false,
          ClusterSetting.Change.NEVER,
          "whether clients must log in");

  /// Switched on where somebody looks for who does what, and off again.
  public static final ClusterSetting<Boolean> LOG_ACTIVITY =
      new ClusterSetting<>(
          "security.log_session_activity",
          SettingShape.flag(),
          false,
          ClusterSetting.Change.RUNNING,
          "record what each session asked last, for 'muster session activity'");

  public static AccessSettings read(SettingsSection s) {
    SettingsSection lockout = s.section("account_lockout", "guessing of passwords");
    return new AccessSettings(
        s.own(SECURE),
        s.secret("admin_password", "password of the user _ADMIN when the cluster is founded"),
        s.integer("pbkdf2_iterations", 120_000, 10_000, 5_000_000, "rounds of new password hashes"),
        !s.flag(
            "disable_default_admin_network_connections",
            false,
            "refuse logins of _ADMIN at the clients' door"),
        s.flag("allow_anonymous_access", false, "let _ANONYMOUS log in without a password"),
        lockout.flag("enabled", true, "lock a user name after failed logins, on each member")
            ? lockout.integer("attempts", 4, 1, 1_000_000, "failed logins that lock a name")
            : 0,
        lockout.duration(
            "retry_interval",
            Duration.ofMinutes(10),
            Duration.ofSeconds(1),
            Duration.ofDays(30),
            "how long a name stays locked"),
        s.flag(
            "lock_token_to_login_type",
            true,
            "tokens made by connections are good for connections only, and those over HTTP there"),
        s.flag(
            "lock_token_to_user_id",
            true,
            "the token of a deleted user is no good for a new user of that name"),
        s.flag(
            "allow_ttl0_revocations",
            true,
            "allow to revoke tokens that never expire, which are kept in mind for ever"),
        s.flag("usernames_case_insensitive", false, "keep and compare user names in lower case"),
        s.texts(
            "usernames_case_insensitive_exclude",
            List.of(),
            "user names whose case counts nevertheless"),
        s.duration(
            "nonce_ttl",
            Duration.ofMinutes(1),
            Duration.ofSeconds(1),
            Duration.ofHours(1),
            "time to sign a nonce for a login with a key pair"),
        s.flag(
            "update_subscriptions_on_security_directory_changed",
            true,
            "end subscriptions when the right to them does"),
        s.flag(
            "allow_nested_permissions",
            false,
            "narrow subscriptions and reads of patterns with ** to what the user may see"),
        s.flag("allow_logout_over_http", false, "let /auth/logout revoke the token it is shown"),
        s.own(LOG_ACTIVITY),
        s.duration(
            "session_activity_ttl",
            Duration.ofDays(1),
            Duration.ofSeconds(1),
            Duration.ofDays(30),
            "how long is kept what a session asked last"),
        AuthProviders.read(s),
        profiles(s));
  }

  private static Profiles profiles(SettingsSection s) {
    Optional<String> json =
        s.json(
            "profiles",
            "a list of profiles: name, session (a filter), policy",
            "limits of sessions: the first whose filter matches; see docs/operate/users.md");
    try {
      return json.map(Profiles::of).orElse(Profiles.BUILT_IN);
    } catch (IllegalArgumentException e) {
      throw s.wrong("profiles", String.valueOf(e.getMessage()));
    }
  }

  /// For tests and tools: what [#read] gives when nothing is configured but these.
  public static AccessSettings of(boolean secure, Optional<Secret> adminPassword, int iterations) {
    return new AccessSettings(
        secure,
        adminPassword,
        iterations,
        true,
        false,
        4,
        Duration.ofMinutes(10),
        true,
        true,
        true,
        false,
        List.of(),
        Duration.ofMinutes(1),
        true,
        false,
        false,
        false,
        Duration.ofDays(1),
        AuthProviders.NONE,
        Profiles.BUILT_IN);
  }

  /// The same with other providers of authentication.
  public AccessSettings with(AuthProviders providers) {
    return new AccessSettings(
        secure,
        adminPassword,
        iterations,
        adminOverNetwork,
        anonymous,
        lockoutAttempts,
        lockoutTime,
        lockTokenToLoginType,
        lockTokenToUserId,
        revokeForever,
        caseInsensitive,
        caseSensitiveNames,
        nonceTtl,
        recheckSubscriptions,
        nestedPermissions,
        logoutOverHttp,
        logActivity,
        activityTtl,
        providers,
        profiles);
  }
}
