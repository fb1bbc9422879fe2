package io.muster.node.clusterduck;

import io.muster.kernel.Settings;
import io.muster.kernel.SettingsTree;
import io.muster.kernel.SettingsTree.Branch;
import io.muster.kernel.SettingsTree.Items;
import io.muster.kernel.SettingsTree.Scalar;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// One mapping of the file: what was read of it, and what nobody knows. For one thread.
final class Entry {
  private final Branch branch;
  private final String path;
  private final List<String> problems;
  private final Set<String> known = new TreeSet<>();

  /// @param path with a dot at its end, or empty
  Entry(Branch branch, String path, List<String> problems) {
    this.branch = branch;
    this.path = path;
    this.problems = problems;
  }

  Optional<SettingsTree> value(String key) {
    known.add(key);
    return Optional.ofNullable(branch.entries().get(key));
  }

  /// A key that is looked at elsewhere.
  void passed(String key) {
    known.add(key);
  }

  /// A single value; one that was left empty counts as not given.
  Optional<String> text(String key) {
    return switch (value(key).orElse(null)) {
      case null -> Optional.empty();
      case Scalar s -> Optional.of(s.text().strip()).filter(t -> !t.isEmpty());
      case Branch _, Items _ -> {
        problem(key, "expected a single value");
        yield Optional.empty();
      }
    };
  }

  boolean flag(String key) {
    String text = text(key).orElse("false");
    if (!text.equals("true") && !text.equals("false")) {
      problem(key, "expected true or false, found '" + text + "'");
    }
    return text.equals("true");
  }

  String place() {
    return branch.place();
  }

  /// Where a key stands; that of the mapping where it does not.
  String place(String key) {
    SettingsTree value = branch.entries().get(key);
    return value == null ? branch.place() : value.place();
  }

  void problem(String key, String what) {
    problems.add(place(key) + ": " + path + key + ": " + what);
  }

  void finish() {
    branch
        .entries()
        .forEach(
            (key, value) -> {
              if (known.contains(key)) return;
              problems.add(
                  value.place()
                      + ": "
                      + path
                      + key
                      + ": unknown key"
                      + Settings.suggestion(key, known)
                      + "; expected one of "
                      + String.join(", ", known));
            });
  }
}
