package io.muster.node.happn;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.kernel.SettingsTree;
import io.muster.kernel.SettingsTree.Branch;
import io.muster.kernel.SettingsTree.Items;
import io.muster.node.foreign.Outcome;
import io.muster.node.happn.HappnKey.Becomes;
import io.muster.node.happn.HappnKey.Kind;
import io.muster.node.happn.HappnKey.May;
import io.muster.node.happn.HappnKey.Nothing;
import io.muster.node.happn.HappnKey.Only;
import io.muster.node.happn.HappnKey.Works;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A configuration file of happn-3 or happn-cluster as settings of Muster.
///
/// @param kind what it configures
/// @param tree the document of `muster.yaml` that means the same, with the places of this file
/// @param warnings what is ignored, has no meaning here or is spelt in an old way; place first
/// @param yaml the same document as text
public record HappnFile(String kind, Branch tree, List<String> warnings, String yaml) {
  private static final Set<String> TOP =
      Set.of(
          "services",
          "orchestrator",
          "name",
          "host",
          "port",
          "secure",
          "deferListen",
          "announceHost",
          "allowNestedPermissions",
          "disableDefaultAdminNetworkConnections");

  private static final Set<String> MUSTERS =
      Set.of("cluster", "member", "link", "registry", "gateway", "admin", "security", "store");

  /// Keys of the orchestrator that only the newer generation has.
  private static final Set<String> NEWER =
      Set.of("clusterName", "serviceName", "deployment", "timing", "cluster", "minimumePeers");

  public HappnFile {
    warnings = List.copyOf(warnings);
  }

  /// What lies above the file: `MUSTER_*` variables and flags.
  ///
  /// @param variables the whole environment
  /// @param flags by key path
  public record Above(Map<String, String> variables, Map<String, String> flags) {
    /// A setting as the layers above the file give it.
    public Optional<String> of(String setting) {
      String flag = flags.get(setting);
      return Optional.ofNullable(flag != null ? flag : variables.get(Settings.variable(setting)));
    }
  }

  /// Whether a document is one of happn and none of Muster.
  public static boolean recognised(Branch top) {
    Map<String, SettingsTree> entries = top.entries();
    boolean config =
        entries.get("membership") instanceof Branch m && m.entries().containsKey("config");
    return config || entries.keySet().stream().anyMatch(TOP::contains);
  }

  /// Reads a document.
  ///
  /// @param file its name, for messages
  /// @param known the keys of settings that this release has
  /// @throws MusterException `setting_invalid` with everything that cannot be taken over, one a
  ///     line: place, key, what was expected, what to do
  public static HappnFile read(Branch top, String file, Above above, Set<String> known) {
    List<String> problems = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    Kind kind = kind(top, file);
    top.entries()
        .forEach(
            (key, value) -> {
              if (!MUSTERS.contains(key)) return;
              problems.add(
                  value.place()
                      + ": "
                      + key
                      + ": a key of muster.yaml in a file of happn; give it by a variable or flag");
            });
    HappnValues given = new HappnValues(HappnKeys.of(kind), problems, warnings);
    given.read(top);
    Outcome out = new Outcome(problems);
    simple(given, HappnKeys.of(kind), known, out, problems, warnings);
    if (problems.isEmpty()) {
      new HappnCluster(kind, file, given, out, above, problems, warnings).work();
    }
    if (!problems.isEmpty()) {
      throw new MusterException(ErrorCode.SETTING_INVALID, String.join("\n", problems));
    }
    return new HappnFile(kind.text(), out.tree(file), warnings, out.yaml(file));
  }

  /// What a file configures, by the keys it has.
  private static Kind kind(Branch top, String file) {
    Optional<Branch> services = below(top, "services");
    List<String> older = new ArrayList<>();
    List<String> newer = new ArrayList<>();
    boolean orchestrated = false;
    for (Branch b : services.map(s -> List.of(top, s)).orElse(List.of(top))) {
      String prefix = b == top ? "" : "services.";
      collect(b, prefix, "membership", Set.of(), older);
      Optional<Branch> o = below(b, "orchestrator");
      orchestrated |= b.entries().containsKey("orchestrator");
      if (o.isPresent()) collect(b, prefix, "orchestrator", NEWER, newer);
    }
    if (!older.isEmpty() && !newer.isEmpty()) {
      throw new MusterException(
          ErrorCode.SETTING_INVALID,
          file
              + ": keys of both generations of happn-cluster: "
              + String.join(", ", older)
              + " of the older and "
              + String.join(", ", newer)
              + " of the newer; keep those of one");
    }
    if (!older.isEmpty()) return Kind.OLDER;
    return orchestrated ? Kind.NEWER : Kind.SINGLE;
  }

  private static void collect(
      Branch at, String prefix, String service, Set<String> only, List<String> into) {
    Branch config = below(at, service).flatMap(s -> below(s, "config")).orElse(null);
    if (config == null) return;
    for (String key : config.entries().keySet()) {
      if (only.isEmpty() || only.contains(key)) into.add(prefix + service + ".config." + key);
    }
  }

  private static Optional<Branch> below(Branch at, String key) {
    return at.entries().get(key) instanceof Branch b ? Optional.of(b) : Optional.empty();
  }

  /// All keys that depend on nothing but themselves.
  private static void simple(
      HappnValues given,
      Map<String, HappnKey> rows,
      Set<String> known,
      Outcome out,
      List<String> problems,
      List<String> warnings) {
    given
        .all()
        .forEach(
            (path, value) -> {
              HappnKey row = rows.get(path);
              if (row == null) return;
              String place = given.place(path);
              switch (row.effect()) {
                case Becomes b -> out.put(b.setting(), value, place);
                case Nothing n -> warnings.add(place + ": no meaning here: " + n.why());
                case Only o when o.value().equals(value.json()) -> {}
                case Only o when o.value().isEmpty() ->
                    problems.add(place + ": not supported: " + o.remedy());
                case Only o -> problems.add(place + ": expected " + o.value() + ": " + o.remedy());
                case May m when known.contains(m.setting()) -> out.put(m.setting(), value, place);
                case May m when holds(m, value) -> {}
                case May m ->
                    problems.add(
                        place
                            + ": not supported by this release"
                            + (m.value().isEmpty() ? "" : "; expected " + m.value())
                            + ", or leave it out");
                case Works _ -> {}
              }
            });
  }

  /// Whether a value says what holds anyway. `/*` alone is how old files wrote everything.
  private static boolean holds(May m, SettingsTree value) {
    String json = value.json();
    return json.equals(m.value())
        || (value instanceof Items
            && m.value().equals("[\"*\"]")
            && (json.equals("[\"/*\"]") || json.contains("\"*\"")));
  }
}
