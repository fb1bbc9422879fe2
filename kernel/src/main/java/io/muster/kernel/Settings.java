package io.muster.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The settings of one member from all layers: the file, above it `MUSTER_*` variables, above them
/// flags.
///
/// The parts read their branches through [SettingsSection]; then [#finish] refuses what nobody
/// read, with the nearest known key as a suggestion, and reports every problem at once. Used by one
/// thread, at start.
public final class Settings {
  /// One key as it was asked for: the row of the reference page.
  public record Row(String path, String fallback, String range, String meaning) {}

  private static final Pattern UNDERSCORE = Pattern.compile("_([a-z])");
  private static final Pattern CAPITAL = Pattern.compile("(?<=[a-z0-9])[A-Z]");
  private final String file;
  private final SettingsTree.Branch tree;
  private final Map<String, String> environment;
  private final Map<String, String> flags;
  private final Set<String> usedEnvironment = new HashSet<>();
  private final Set<String> usedFlags = new HashSet<>();
  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final Map<String, String> places = new HashMap<>();
  private final Set<String> problems = new LinkedHashSet<>();
  private final Set<String> sections = new HashSet<>();

  private Settings(
      String file,
      SettingsTree.Branch tree,
      Map<String, String> environment,
      Map<String, String> flags) {
    this.file = file;
    this.tree = tree;
    this.environment = Map.copyOf(environment);
    this.flags = Map.copyOf(flags);
  }

  /// Reads the file, if any.
  ///
  /// @param flags values by key path, such as `gateway.port` to `1`
  /// @throws MusterException `setting_invalid` when the file cannot be read or is no YAML
  public static Settings load(
      Optional<Path> file, Map<String, String> environment, Map<String, String> flags) {
    if (file.isEmpty()) {
      return new Settings(
          "(no file)", new SettingsTree.Branch(Map.of(), "(no file)"), environment, flags);
    }
    Path path = file.get();
    try {
      return of(Files.readString(path), path.getFileName().toString(), environment, flags);
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.SETTING_INVALID,
          path + ": cannot be read (" + e.getClass().getSimpleName() + ": " + e.getMessage() + ")",
          e);
    }
  }

  /// Settings from text, named `file` in messages.
  public static Settings of(
      String yaml, String file, Map<String, String> environment, Map<String, String> flags) {
    return new Settings(file, SettingsTree.parse(yaml, file), environment, flags);
  }

  /// Settings from a document that was read already, or made from another one.
  ///
  /// @param file its name in messages that are about no single place
  public static Settings of(
      SettingsTree.Branch tree,
      String file,
      Map<String, String> environment,
      Map<String, String> flags) {
    return new Settings(file, tree, environment, flags);
  }

  /// The top of the tree.
  public SettingsSection root() {
    return new Section("", tree);
  }

  /// The environment variable of a key path: `gateway.max_connections` gives
  /// `MUSTER_GATEWAY_MAX_CONNECTIONS`.
  public static String variable(String path) {
    return "MUSTER_" + path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /// Every key asked for so far, in order of asking.
  public List<Row> rows() {
    return List.copyOf(rows.values());
  }

  /// Where a single value that was asked for was given: a place in the file, a variable, a flag;
  /// empty when it was not.
  public Optional<String> place(String path) {
    return Optional.ofNullable(places.get(path));
  }

  /// Refuses unknown keys and everything found wrong while reading.
  ///
  /// @throws MusterException `setting_invalid`, one problem a line
  public void finish() {
    unknown("", tree);
    for (String flag : new TreeSet<>(flags.keySet())) {
      if (!usedFlags.contains(flag)) {
        problems.add("--set " + flag + ": unknown key" + suggestion(flag, rows.keySet()));
      }
    }
    variables();
    if (!problems.isEmpty()) {
      throw new MusterException(ErrorCode.SETTING_INVALID, String.join("\n", problems));
    }
  }

  /// Refuses variables that no key has, that two keys have, or whose key is more than one value.
  private void variables() {
    Map<String, String> known = new LinkedHashMap<>();
    for (String path : rows.keySet()) {
      String name = variable(path);
      String other = known.putIfAbsent(name, path);
      if (!environment.containsKey(name)) continue;
      if (other != null) {
        problems.add(
            name + ": means " + other + " as well as " + path + "; give them in the file instead");
      } else if (!usedEnvironment.contains(name)) {
        problems.add(name + ": " + path + " cannot be given by a variable; give it in the file");
      }
    }
    for (String name : new TreeSet<>(environment.keySet())) {
      if (!name.startsWith("MUSTER_") || known.containsKey(name)) continue;
      boolean below =
          sections.stream()
              .filter(s -> s.indexOf('.') < 0)
              .anyMatch(s -> name.startsWith(variable(s) + "_"));
      // Others use the prefix, too (MUSTER_LOG_LEVEL, MUSTER_JAVA_OPTS): beside the sections only
      // what is nearly a setting is taken for a mistake.
      boolean nearly = known.keySet().stream().anyMatch(k -> distance(name, k) <= 2);
      if (below || nearly) {
        problems.add(name + ": unknown variable" + suggestion(name, known.keySet()));
      }
    }
  }

  private void unknown(String prefix, SettingsTree.Branch branch) {
    branch
        .entries()
        .forEach(
            (written, value) -> {
              String key = snakeCase(written);
              String path = prefix.isEmpty() ? key : prefix + "." + key;
              if (!key.equals(written) && branch.entries().containsKey(key)) {
                problems.add(
                    value.place() + ": " + written + " is " + path + ", which is given as well");
                return;
              }
              if (rows.containsKey(path)) return;
              if (sections.contains(path) && value instanceof SettingsTree.Branch b) {
                unknown(path, b);
              } else if (sections.contains(path)) {
                if (!(value instanceof SettingsTree.Scalar s && s.text().isEmpty())) {
                  problems.add(value.place() + ": " + path + ": expected keys and values below it");
                }
              } else {
                Set<String> siblings = new HashSet<>();
                for (Set<String> all : List.of(rows.keySet(), sections)) {
                  for (String p : all) {
                    int dot = p.lastIndexOf('.');
                    if ((dot < 0 ? "" : p.substring(0, dot)).equals(prefix)) {
                      siblings.add(p.substring(dot + 1));
                    }
                  }
                }
                String asWritten = prefix.isEmpty() ? written : prefix + "." + written;
                problems.add(
                    value.place() + ": " + asWritten + ": unknown key" + suggestion(key, siblings));
              }
            });
  }

  /// `pingInterval` of `ping_interval`: the spelling of configurations of happn-cluster.
  private static String camelCase(String key) {
    return UNDERSCORE.matcher(key).replaceAll(m -> m.group(1).toUpperCase(Locale.ROOT));
  }

  private static String snakeCase(String key) {
    return CAPITAL.matcher(key).replaceAll(m -> "_" + m.group().toLowerCase(Locale.ROOT));
  }

  /// ` (did you mean 'x'?)` with the nearest known word; empty where none is near.
  public static String suggestion(String word, Set<String> known) {
    return known.stream()
        .min((a, b) -> Integer.compare(distance(word, a), distance(word, b)))
        .filter(best -> distance(word, best) <= Math.max(2, word.length() / 3))
        .map(best -> " (did you mean '" + best + "'?)")
        .orElse("");
  }

  /// Levenshtein's distance.
  static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) previous[j] = j;
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, Math.min(previous[j], row[j - 1]) + 1);
      }
      previous = row;
    }
    return previous[b.length()];
  }

  private record Given(String text, String place) {}

  private final class Section implements SettingsSection {
    private final String prefix;
    private final SettingsTree.Branch branch;

    Section(String prefix, SettingsTree.Branch branch) {
      this.prefix = prefix;
      this.branch = branch;
    }

    /// What stands under the key, which may be written in camel case as well.
    private @Nullable SettingsTree child(String key) {
      SettingsTree child = branch.entries().get(key);
      return child != null ? child : branch.entries().get(camelCase(key));
    }

    private String path(String key) {
      return prefix.isEmpty() ? key : prefix + "." + key;
    }

    @Override
    public SettingsSection section(String key, String meaning) {
      sections.add(path(key));
      return child(key) instanceof SettingsTree.Branch b
          ? new Section(path(key), b)
          : new Section(path(key), new SettingsTree.Branch(Map.of(), file));
    }

    @Override
    public List<String> keys() {
      return List.copyOf(branch.entries().keySet());
    }

    @Override
    public boolean has(String key) {
      return child(key) != null
          || environment.containsKey(variable(path(key)))
          || flags.containsKey(path(key));
    }

    /// The value of the highest layer, as text.
    private @Nullable Given given(String key, String fallback, String range, String meaning) {
      Given found = find(key, fallback, range, meaning);
      if (found != null) places.put(path(key), found.place);
      return found;
    }

    private @Nullable Given find(String key, String fallback, String range, String meaning) {
      String path = path(key);
      rows.put(path, new Row(path, fallback, range, meaning));
      usedFlags.add(path);
      usedEnvironment.add(variable(path));
      String flag = flags.get(path);
      if (flag != null) return new Given(flag, "--set " + path);
      String variable = environment.get(variable(path));
      if (variable != null) return new Given(variable, variable(path));
      SettingsTree value = child(key);
      if (value instanceof SettingsTree.Scalar s) return new Given(s.text(), s.place());
      if (value != null) problem(value.place(), path, range, "a list or keys below it");
      return null;
    }

    private void problem(String place, String path, String expected, String found) {
      problems.add(place + ": " + path + ": expected " + expected + ", found " + found);
    }

    private <T> T read(
        String key,
        T fallback,
        String shown,
        String range,
        String meaning,
        java.util.function.Function<String, @Nullable T> parse) {
      Given given = given(key, shown, range, meaning);
      if (given == null) return fallback;
      T value = parse.apply(given.text.strip());
      if (value != null) return value;
      problem(given.place, path(key), range, "'" + given.text + "'");
      return fallback;
    }

    private <T> T read(String key, SettingShape<T> shape, T fallback, String meaning) {
      return read(key, fallback, shape.text(fallback), shape.range(), meaning, shape::parse);
    }

    @Override
    public <T> T own(ClusterSetting<T> setting) {
      String key = setting.name().substring(setting.name().lastIndexOf('.') + 1);
      Invariant.check(
          path(key).equals(setting.name()), setting.name() + " is read below " + prefix);
      return read(key, setting.shape(), setting.fallback(), setting.meaning());
    }

    @Override
    public String text(String key, String fallback, String meaning) {
      return read(key, fallback, fallback, "a text", meaning, s -> s);
    }

    @Override
    public Optional<String> optionalText(String key, String meaning) {
      Given given = given(key, "", "a text", meaning);
      return given == null || given.text.isEmpty() ? Optional.empty() : Optional.of(given.text);
    }

    @Override
    public Optional<Secret> secret(String key, String meaning) {
      Given given = given(key, "", "a secret text", meaning);
      Given named = given(key + "_file", "", "a file", meaning + ", in the first line of a file");
      if (given != null && named != null) {
        problems.add(named.place + ": give " + path(key) + " or " + path(key) + "_file, not both");
      }
      if (given != null && !given.text.isEmpty()) return Optional.of(new Secret(given.text));
      if (named == null || named.text.isEmpty()) return Optional.empty();
      try {
        String line = Files.readString(Path.of(named.text)).lines().findFirst().orElse("");
        if (!line.isBlank()) return Optional.of(new Secret(line.strip()));
        problem(named.place, path(key) + "_file", "a file with a secret", "an empty one");
      } catch (IOException e) {
        problem(
            named.place,
            path(key) + "_file",
            "a readable file",
            named.text + " (" + e.getClass().getSimpleName() + ")");
      }
      return Optional.empty();
    }

    @Override
    public boolean flag(String key, boolean fallback, String meaning) {
      return read(key, SettingShape.flag(), fallback, meaning);
    }

    @Override
    public int integer(String key, int fallback, int min, int max, String meaning) {
      return read(key, SettingShape.whole(min, max), fallback, meaning);
    }

    @Override
    public double number(String key, double fallback, double min, double max, String meaning) {
      return read(
          key,
          fallback,
          Double.toString(fallback),
          "a number from " + min + " to " + max,
          meaning,
          s -> {
            try {
              double n = Double.parseDouble(s);
              return n >= min && n <= max ? (Double) n : null;
            } catch (NumberFormatException e) {
              return null;
            }
          });
    }

    @Override
    public Duration duration(
        String key, Duration fallback, Duration min, Duration max, String meaning) {
      return read(key, SettingShape.duration(min, max), fallback, meaning);
    }

    @Override
    public long bytes(String key, long fallback, long min, long max, String meaning) {
      return read(key, SettingShape.bytes(min, max), fallback, meaning);
    }

    @Override
    public <E extends Enum<E>> E choice(String key, Class<E> type, E fallback, String meaning) {
      List<String> names =
          Arrays.stream(type.getEnumConstants())
              .map(e -> e.name().toLowerCase(Locale.ROOT))
              .toList();
      return read(
          key,
          fallback,
          fallback.name().toLowerCase(Locale.ROOT),
          "one of " + String.join(", ", names),
          meaning,
          s -> {
            int at = names.indexOf(s.toLowerCase(Locale.ROOT));
            return at < 0 ? null : type.getEnumConstants()[at];
          });
    }

    @Override
    public List<String> texts(String key, List<String> fallback, String meaning) {
      SettingsTree value = child(key);
      boolean above = flags.containsKey(path(key)) || environment.containsKey(variable(path(key)));
      if (above || !(value instanceof SettingsTree.Items items)) {
        return read(
            key,
            fallback,
            fallback.toString(),
            "a list of texts",
            meaning,
            s ->
                Arrays.stream(s.split(",", -1))
                    .map(String::strip)
                    .filter(t -> !t.isEmpty())
                    .toList());
      }
      rows.put(path(key), new Row(path(key), fallback.toString(), "a list of texts", meaning));
      List<String> texts = new ArrayList<>();
      for (SettingsTree item : items.items()) {
        if (item instanceof SettingsTree.Scalar s) texts.add(s.text());
        else problem(item.place(), path(key), "a list of texts", "a list or keys");
      }
      return List.copyOf(texts);
    }

    @Override
    public Map<String, String> textMap(String key, String meaning) {
      rows.put(path(key), new Row(path(key), "{}", "keys with texts", meaning));
      Map<String, String> map = new LinkedHashMap<>();
      SettingsTree value = child(key);
      if (value instanceof SettingsTree.Branch b) {
        b.entries()
            .forEach(
                (k, v) -> {
                  if (v instanceof SettingsTree.Scalar s) map.put(k, s.text());
                  else problem(v.place(), path(key) + "." + k, "a text", "a list or keys");
                });
      } else if (value != null) {
        problem(value.place(), path(key), "keys with texts", "something else");
      }
      return map;
    }

    @Override
    public Optional<String> json(String key, String range, String meaning) {
      String path = path(key);
      rows.put(path, new Row(path, "", range, meaning));
      usedFlags.add(path);
      usedEnvironment.add(variable(path));
      String above = flags.getOrDefault(path, environment.get(variable(path)));
      if (above != null) {
        String name = flags.containsKey(path) ? "--set " + path : variable(path);
        places.put(path, name);
        SettingsTree.Branch whole = SettingsTree.parse("value: " + above, name);
        return Optional.ofNullable(whole.entries().get("value")).map(SettingsTree::json);
      }
      SettingsTree value = child(key);
      if (value == null) return Optional.empty();
      places.put(path, value.place());
      return Optional.of(value.json());
    }

    @Override
    public Optional<SettingsTree> tree(String key, String range, String meaning) {
      rows.put(path(key), new Row(path(key), "", range, meaning));
      SettingsTree value = child(key);
      if (value != null) places.put(path(key), value.place());
      return Optional.ofNullable(value);
    }

    @Override
    public MusterException wrong(String key, String expected) {
      SettingsTree value = child(key);
      String place =
          flags.containsKey(path(key))
              ? "--set " + path(key)
              : environment.containsKey(variable(path(key)))
                  ? variable(path(key))
                  : value == null ? file : value.place();
      return new MusterException(
          ErrorCode.SETTING_INVALID, place + ": " + path(key) + ": expected " + expected);
    }
  }
}
