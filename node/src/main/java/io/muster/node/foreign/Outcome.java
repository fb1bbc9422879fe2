package io.muster.node.foreign;

import io.muster.kernel.SettingsTree;
import io.muster.kernel.SettingsTree.Branch;
import io.muster.kernel.SettingsTree.Items;
import io.muster.kernel.SettingsTree.Scalar;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Settings of Muster as they are put together from a file of another server, each with where it
/// comes from. For one thread.
public final class Outcome {
  private record Put(SettingsTree value, String place, boolean kept) {}

  private final Map<String, Put> values = new LinkedHashMap<>();
  private final List<String> problems;

  /// @param problems gets what contradicts itself, one line each
  public Outcome(List<String> problems) {
    this.problems = problems;
  }

  /// Sets a key, unless another one has set it to something else.
  ///
  /// @param place of the key as the user wrote it
  public void put(String setting, SettingsTree value, String place) {
    put(setting, new Put(value, place, false));
  }

  /// Sets a key to a part of the file as it is: what lies below it keeps the places it has.
  public void keep(String setting, SettingsTree value) {
    put(setting, new Put(value, value.place(), true));
  }

  private void put(String setting, Put put) {
    String place = put.place;
    SettingsTree value = put.value;
    Put before = values.putIfAbsent(setting, put);
    if (before != null && !before.value.json().equals(value.json())) {
      problems.add(place + ": means the same as " + before.place + "; give one of them");
    }
  }

  /// The same with a text.
  public void put(String setting, String text, String place) {
    put(setting, new Scalar(text, false, place), place);
  }

  /// The same with a list of texts.
  public void put(String setting, List<String> texts, String place) {
    put(
        setting,
        new Items(
            texts.stream().map(t -> (SettingsTree) new Scalar(t, false, place)).toList(), place),
        place);
  }

  /// Whether a key is set.
  public boolean has(String setting) {
    return values.containsKey(setting);
  }

  /// The text of a key; empty where it is not set.
  public Optional<String> text(String setting) {
    return Optional.ofNullable(values.get(setting))
        .map(p -> p.value instanceof Scalar s ? s.text() : "");
  }

  /// The document of `muster.yaml` that means the same.
  ///
  /// @param file for the places of branches
  public Branch tree(String file) {
    Map<String, Object> top = new LinkedHashMap<>();
    values.forEach(
        (setting, put) -> {
          String[] parts = setting.split("\\.", -1);
          Map<String, Object> at = top;
          for (int i = 0; i < parts.length - 1; i++) at = below(at, parts[i]);
          at.put(parts[parts.length - 1], put.kept ? put.value : placed(put.value, put.place));
        });
    return branch(top, file);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> below(Map<String, Object> at, String key) {
    return (Map<String, Object>) at.computeIfAbsent(key, _ -> new LinkedHashMap<String, Object>());
  }

  @SuppressWarnings("unchecked")
  private static Branch branch(Map<String, Object> of, String file) {
    Map<String, SettingsTree> entries = new LinkedHashMap<>();
    of.forEach(
        (key, value) ->
            entries.put(
                key,
                value instanceof SettingsTree t ? t : branch((Map<String, Object>) value, file)));
    return new Branch(entries, file);
  }

  /// The same value at the place of its key, so that messages name it as the user wrote it.
  private static SettingsTree placed(SettingsTree value, String place) {
    return switch (value) {
      case Scalar s -> new Scalar(s.text(), s.quoted(), place);
      case Items i -> new Items(i.items().stream().map(x -> placed(x, place)).toList(), place);
      case Branch b -> {
        Map<String, SettingsTree> entries = new LinkedHashMap<>();
        b.entries().forEach((k, v) -> entries.put(k, placed(v, place)));
        yield new Branch(entries, place);
      }
    };
  }

  /// The document as YAML text, each value with its origin in a comment.
  public String yaml(String file) {
    StringBuilder out = new StringBuilder();
    write(tree(file), "", out);
    return out.toString();
  }

  private static void write(Branch branch, String indent, StringBuilder out) {
    branch
        .entries()
        .forEach(
            (key, value) -> {
              boolean plain = key.matches("[A-Za-z_][A-Za-z0-9_-]*");
              out.append(indent).append(plain ? key : "'" + key + "'").append(':');
              if (value instanceof Branch b && !b.entries().isEmpty()) {
                out.append('\n');
                write(b, indent + "  ", out);
              } else {
                out.append(' ').append(value.json());
                out.append("  # ").append(value.place().replace('\n', ' ')).append('\n');
              }
            });
  }
}
