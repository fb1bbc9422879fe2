package io.muster.access;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.SettingsSection;
import io.muster.spi.auth.AuthProvider;
import io.muster.spi.auth.AuthSetup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;

/// Who checks passwords: `security.auth_providers`, `default_auth_provider` and
/// `allow_user_choose_auth_provider`. Immutable.
///
/// @param byDefault the provider of users that name none: a key of `configured`, or [#OWN]
/// @param userChooses whether a login may name the provider of a user who is not there yet
/// @param configured by the name that users' `authType` has
public record AuthProviders(
    String byDefault, boolean userChooses, Map<String, Configured> configured) {
  /// Muster's own: the password is kept here, as a hash.
  public static final String OWN = "happn";

  /// No other than Muster's own.
  public static final AuthProviders NONE = new AuthProviders(OWN, true, Map.of());

  /// One provider.
  ///
  /// @param createUsers whether whoever it accepts becomes a user; else there has to be one
  /// @param groups that users it creates are put into, where they are there
  /// @param groupMap Muster's groups by the provider's: at each login the user is put into those it
  ///     has there, and taken out of the others that stand here
  /// @param timeout longest wait for an answer, time in the queue included
  /// @param loginsMax how many are checked at once
  /// @param queueMax how many more wait; others are refused
  public record Configured(
      AuthSetup setup,
      boolean createUsers,
      List<String> groups,
      Map<String, String> groupMap,
      Duration timeout,
      int loginsMax,
      int queueMax) {
    public Configured {
      groups = List.copyOf(groups);
      groupMap = Map.copyOf(groupMap);
    }
  }

  public AuthProviders {
    configured = Map.copyOf(configured);
  }

  /// Whether there is a provider of this name.
  public boolean known(String name) {
    return name.equals(OWN) || configured.containsKey(name);
  }

  /// Reads what belongs to `security`, with the providers on the class path.
  ///
  /// @throws MusterException `auth_provider` when one cannot be loaded, `setting_invalid`
  static AuthProviders read(SettingsSection s) {
    List<AuthProvider> found = new ArrayList<>();
    try {
      ServiceLoader.load(AuthProvider.class).forEach(found::add);
    } catch (ServiceConfigurationError e) {
      throw new MusterException(ErrorCode.AUTH_PROVIDER, String.valueOf(e.getMessage()), e);
    }
    return read(s, found);
  }

  static AuthProviders read(SettingsSection s, List<AuthProvider> installed) {
    TreeMap<String, AuthProvider> byName = new TreeMap<>();
    for (AuthProvider p : installed) {
      boolean good = p.name().matches("[a-z][a-z0-9-]*") && !p.name().equals(OWN);
      if (!good || byName.putIfAbsent(p.name(), p) != null) {
        throw new MusterException(
            ErrorCode.AUTH_PROVIDER,
            p.getClass().getName()
                + " calls itself '"
                + p.name()
                + "': expected small letters, digits and '-', a letter first, and a name that no"
                + " other has");
      }
    }
    SettingsSection all =
        s.section("auth_providers", "who else checks passwords, by the authType of users");
    Map<String, Configured> configured = new LinkedHashMap<>();
    for (String key : all.keys()) {
      if (!key.matches("[a-z][a-z0-9_]*") || key.equals(OWN)) {
        throw all.wrong(
            key, "a name of small letters, digits and '_', a letter first, other than " + OWN);
      }
      configured.put(key, one(all.section(key, "a provider of authentication"), byName));
    }
    String byDefault =
        s.text("default_auth_provider", OWN, "who checks the passwords of users that name nobody");
    AuthProviders providers =
        new AuthProviders(
            byDefault,
            s.flag(
                "allow_user_choose_auth_provider",
                true,
                "let the login of a user that is not there yet name the provider (authType)"),
            configured);
    if (providers.known(byDefault)) return providers;
    throw s.wrong(
        "default_auth_provider",
        "happn or one of auth_providers ("
            + String.join(", ", configured.keySet())
            + "), found '"
            + byDefault
            + "'");
  }

  private static Configured one(SettingsSection s, TreeMap<String, AuthProvider> installed) {
    String choices = String.join(", ", installed.keySet());
    String name = s.text("provider", "", "kind of provider: " + choices);
    AuthProvider provider = installed.get(name);
    if (provider == null) {
      throw s.wrong("provider", "one of " + choices + ", found '" + name + "'");
    }
    return new Configured(
        provider.read(new AuthSection(s)),
        s.flag("create_users", false, "make a user of whoever it accepts and is none yet"),
        s.texts("groups", List.of(), "groups of users that it creates"),
        s.textMap("group_map", "Muster's groups by the provider's, kept in step at each login"),
        s.duration(
            "timeout",
            Duration.ofSeconds(5),
            Duration.ofMillis(100),
            Duration.ofMinutes(1),
            "longest wait for its answer"),
        s.integer("logins_max", 8, 1, 1000, "logins that it checks at once"),
        s.integer("queue_max", 1000, 1, 100_000, "logins that wait for it; more are refused"));
  }
}
