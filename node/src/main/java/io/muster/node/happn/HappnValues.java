package io.muster.node.happn;

import io.muster.kernel.Settings;
import io.muster.kernel.SettingsTree;
import io.muster.kernel.SettingsTree.Branch;
import io.muster.kernel.SettingsTree.Items;
import io.muster.kernel.SettingsTree.Scalar;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a file of happn says, key by key: each value looked at by the shape its row asks for.
///
/// Used by one thread.
final class HappnValues {
  private static final String WHOLE = "-?\\d{1,18}";

  /// Top-level words of the older generation that may stand below `services` as well.
  private static final Set<String> BARE = Set.of("orchestrator", "membership", "health");

  private final Map<String, HappnKey> rows;
  private final Map<String, SettingsTree> found = new LinkedHashMap<>();
  private final Map<String, String> written = new LinkedHashMap<>();
  private final List<String> problems;
  private final List<String> warnings;

  HappnValues(Map<String, HappnKey> rows, List<String> problems, List<String> warnings) {
    this.rows = rows;
    this.problems = problems;
    this.warnings = warnings;
  }

  void read(Branch top) {
    walk("", "", top);
  }

  /// All that was given and may be used, by path.
  Map<String, SettingsTree> all() {
    return found;
  }

  Optional<SettingsTree> node(String path) {
    return Optional.ofNullable(found.get(path));
  }

  Optional<String> text(String path) {
    return node(path).map(n -> n instanceof Scalar s ? s.text() : "");
  }

  Optional<Integer> whole(String path) {
    return text(path).map(Integer::parseInt);
  }

  boolean flag(String path) {
    return text(path).equals(Optional.of("true"));
  }

  /// `file:line:column: key`, as the user wrote it.
  String place(String path) {
    SettingsTree n = found.get(path);
    return (n == null ? "" : n.place() + ": ") + written.getOrDefault(path, path);
  }

  private void walk(String prefix, String asWritten, Branch branch) {
    branch
        .entries()
        .forEach(
            (key, value) -> {
              boolean bare = prefix.isEmpty() && BARE.contains(key);
              String path = (bare ? "services." : "") + join(prefix, key);
              String name = join(asWritten, key);
              HappnKey row = rows.get(path);
              boolean more = rows.keySet().stream().anyMatch(k -> k.startsWith(path + "."));
              boolean nothing = value instanceof Scalar s && !s.quoted() && s.text().isEmpty();
              if (nothing) return;
              if (row != null) given(path, name, row, value);
              else if (more && value instanceof Branch b) walk(path, name, b);
              else if (more) problem(value, name, "keys and values below it", value);
              else unknown(path, name, value);
            });
  }

  private static String join(String prefix, String key) {
    return prefix.isEmpty() ? key : prefix + "." + key;
  }

  private void unknown(String path, String name, SettingsTree value) {
    int dot = path.lastIndexOf('.');
    String parent = dot < 0 ? "" : path.substring(0, dot + 1);
    Set<String> siblings = new HashSet<>();
    for (String k : rows.keySet()) {
      if (k.startsWith(parent)) siblings.add(k.substring(parent.length()).split("\\.", 2)[0]);
    }
    String last = path.substring(dot + 1);
    warnings.add(
        value.place()
            + ": "
            + name
            + ": unknown key, ignored as happn does"
            + Settings.suggestion(last, siblings));
  }

  private void given(String path, String name, HappnKey row, SettingsTree value) {
    if (found.containsKey(path)) {
      problems.add(value.place() + ": " + name + ": given below `services` as well");
      return;
    }
    SettingsTree checked = checked(row.shape(), name, value);
    if (checked == null) return;
    found.put(path, checked);
    written.put(path, name);
  }

  private @Nullable SettingsTree checked(HappnKey.Shape shape, String name, SettingsTree value) {
    return switch (shape) {
      case ANY -> value;
      case TEXT -> value instanceof Scalar s ? s : problem(value, name, shape.text(), value);
      case WHOLE, MILLIS, BYTES -> scalar(WHOLE, shape, name, value);
      case NUMBER -> scalar("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?", shape, name, value);
      case FLAG -> scalar("true|false", shape, name, value);
      case LOOSE_FLAG -> {
        if (unquoted("true|false", value)) yield value;
        warnings.add(value.place() + ": " + name + ": no boolean, counts as false");
        yield new Scalar("false", false, value.place());
      }
      case LOOSE_MILLIS -> {
        if (unquoted(WHOLE, value)) yield value;
        warnings.add(value.place() + ": " + name + ": no number, counts as not given");
        yield null;
      }
      case TEXTS -> texts(shape, name, value);
      case COUNTS -> counts(shape, name, value);
    };
  }

  private @Nullable SettingsTree scalar(
      String pattern, HappnKey.Shape shape, String name, SettingsTree value) {
    return unquoted(pattern, value) ? value : problem(value, name, shape.text(), value);
  }

  private static boolean unquoted(String pattern, SettingsTree value) {
    return value instanceof Scalar s && !s.quoted() && s.text().matches(pattern);
  }

  private @Nullable SettingsTree texts(HappnKey.Shape shape, String name, SettingsTree value) {
    if (!(value instanceof Items items)) return problem(value, name, shape.text(), value);
    List<SettingsTree> all = new ArrayList<>();
    for (SettingsTree i : items.items()) {
      if (!(i instanceof Scalar)) return problem(i, name, shape.text(), i);
      all.add(i);
    }
    return new Items(all, value.place());
  }

  private @Nullable SettingsTree counts(HappnKey.Shape shape, String name, SettingsTree value) {
    if (!(value instanceof Branch b)) return problem(value, name, shape.text(), value);
    for (Map.Entry<String, SettingsTree> e : b.entries().entrySet()) {
      if (!unquoted("\\d{1,9}", e.getValue())) {
        return problem(e.getValue(), name + "." + e.getKey(), "a whole number", e.getValue());
      }
    }
    return b;
  }

  private @Nullable SettingsTree problem(
      SettingsTree at, String name, String expected, SettingsTree value) {
    String shown =
        switch (value) {
          // What stands there may be a secret that slipped to the wrong key.
          case Scalar s when s.quoted() -> "a text";
          case Scalar s -> s.text();
          case Branch _ -> "keys below it";
          case Items _ -> "a list";
        };
    problems.add(at.place() + ": " + name + ": expected " + expected + ", found " + shown);
    return null;
  }
}
