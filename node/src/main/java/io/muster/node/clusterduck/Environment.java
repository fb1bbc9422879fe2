package io.muster.node.clusterduck;

import io.muster.kernel.SettingsTree;
import io.muster.kernel.SettingsTree.Branch;
import io.muster.kernel.SettingsTree.Items;
import io.muster.kernel.SettingsTree.Scalar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The key `env`: variables that clusterduck sets for itself and so for the commands of triggers.
///
/// A running program cannot set its own environment here; the commands get theirs all the same:
/// `PATH` each of them, the others where `inherit_env: true` is said. For one thread.
final class Environment {
  private static final String PATH = "PATH";
  private final Map<String, Scalar> variables = new LinkedHashMap<>();
  private final Set<String> reached = new TreeSet<>();

  private Environment() {}

  static Environment read(Entry top, List<String> problems, List<String> warnings) {
    Environment e = new Environment();
    Optional<SettingsTree> given = top.value("env");
    if (given.isEmpty() || (given.get() instanceof Scalar s && s.text().isEmpty())) return e;
    if (!(given.get() instanceof Branch branch)) {
      top.problem("env", "expected names of variables with their values");
      return e;
    }
    branch
        .entries()
        .forEach(
            (name, value) -> {
              String place = value.place() + ": env." + name + ": ";
              if (name.equals("DEBUG")) {
                warnings.add(
                    place
                        + "no effect: debug channels are levels of the log here: muster settings"
                        + " set log.level debug");
              } else if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                problems.add(
                    place + "expected a variable's name: letters, digits and '_', no digit first");
              } else if (name.startsWith("MUSTER_")) {
                problems.add(
                    place
                        + "expected in the environment that muster is started with: settings are"
                        + " read before this file is");
              } else {
                String text = value instanceof Scalar s ? s.text() : value.json();
                e.variables.put(name, new Scalar(text, true, value.place()));
              }
            });
    return e;
  }

  /// `clusters` with the variables at every command that would have had them.
  SettingsTree given(SettingsTree clusters) {
    if (variables.isEmpty() || !(clusters instanceof Branch all)) return clusters;
    Map<String, SettingsTree> pools = new LinkedHashMap<>(all.entries());
    pools.replaceAll((_, pool) -> below(pool, "triggers", t -> below(t, "do", this::action)));
    return new Branch(pools, all.place());
  }

  private interface Change {
    SettingsTree of(SettingsTree entry);
  }

  /// The same with a change to each entry of a list, or to the single one in its place.
  private static SettingsTree below(SettingsTree of, String key, Change change) {
    if (!(of instanceof Branch b)) return of;
    Map<String, SettingsTree> entries = new LinkedHashMap<>(b.entries());
    entries.computeIfPresent(
        key,
        (_, v) ->
            v instanceof Items i
                ? new Items(i.items().stream().map(change::of).toList(), i.place())
                : change.of(v));
    return new Branch(entries, b.place());
  }

  private SettingsTree action(SettingsTree action) {
    if (!(action instanceof Branch b)
        || !(b.entries().get("type") instanceof Scalar type)
        || !type.text().equals("shell")) {
      return action;
    }
    boolean all = b.entries().get("inherit_env") instanceof Scalar s && s.text().equals("true");
    SettingsTree own = b.entries().get("env");
    if (own != null && !(own instanceof Branch)) return action;
    Map<String, SettingsTree> env = new LinkedHashMap<>();
    variables.forEach(
        (name, value) -> {
          if (!all && !name.equals(PATH)) return;
          env.put(name, value);
          reached.add(name);
        });
    if (env.isEmpty()) return action;
    if (own instanceof Branch o) env.putAll(o.entries());
    Map<String, SettingsTree> entries = new LinkedHashMap<>(b.entries());
    entries.put("env", new Branch(env, own == null ? b.place() : own.place()));
    return new Branch(entries, b.place());
  }

  /// Says where the variables have gone.
  void tell(List<String> warnings) {
    variables.forEach(
        (name, value) ->
            warnings.add(
                value.place()
                    + ": env."
                    + name
                    + (reached.contains(name)
                        ? ": set for commands of triggers only"
                        : ": no effect: no trigger has a command with inherit_env: true")
                    + "; for the whole program, set it where muster is started"));
  }
}
