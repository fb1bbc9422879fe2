package io.muster.supervision.config;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.spi.action.ActionProvider;
import io.muster.spi.balance.BalancerProvider;
import io.muster.spi.check.CheckProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/// The kinds of checks, balancers and actions that are installed. Immutable.
///
/// @param checks by name
/// @param balancers by name
/// @param actions by name
public record Kinds(
    Map<String, CheckProvider> checks,
    Map<String, BalancerProvider> balancers,
    Map<String, ActionProvider> actions) {
  public Kinds {
    checks = Map.copyOf(checks);
    balancers = Map.copyOf(balancers);
    actions = Map.copyOf(actions);
  }

  /// Those of the class path.
  ///
  /// @throws MusterException `plugin_invalid` when one cannot be loaded, or two have one name
  public static Kinds installed() {
    return new Kinds(
        all(CheckProvider.class, CheckProvider::name),
        all(BalancerProvider.class, BalancerProvider::name),
        all(ActionProvider.class, ActionProvider::name));
  }

  private static <P> Map<String, P> all(Class<P> type, Function<P, String> name) {
    Map<String, P> found = new TreeMap<>();
    Iterator<P> providers = ServiceLoader.load(type, Kinds.class.getClassLoader()).iterator();
    try {
      while (providers.hasNext()) {
        P provider = providers.next();
        P other = found.putIfAbsent(name.apply(provider), provider);
        if (other != null) {
          throw new MusterException(
              ErrorCode.PLUGIN_INVALID,
              "'"
                  + name.apply(provider)
                  + "' is the name of "
                  + other.getClass().getName()
                  + " and of "
                  + provider.getClass().getName()
                  + "; take one of their jars out");
        }
      }
    } catch (ServiceConfigurationError e) {
      throw new MusterException(
          ErrorCode.PLUGIN_INVALID, "a " + type.getSimpleName() + " cannot be loaded: " + e, e);
    }
    return found;
  }

  /// A kind of check as it is written in a cluster of a type.
  Optional<CheckProvider> check(String type, String written) {
    CheckProvider own = checks.get(type + "-" + written);
    return Optional.ofNullable(own != null ? own : checks.get(written));
  }

  Set<String> checkNames() {
    return checks.keySet();
  }
}
