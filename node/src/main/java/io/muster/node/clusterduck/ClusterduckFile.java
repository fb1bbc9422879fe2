package io.muster.node.clusterduck;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.SettingsTree;
import io.muster.kernel.SettingsTree.Branch;
import io.muster.kernel.SettingsTree.Repeat;
import io.muster.kernel.SettingsTree.Scalar;
import io.muster.node.foreign.Outcome;
import io.muster.node.happn.HappnFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// A configuration file of clusterduck as settings of Muster.
///
/// @param tree the document of `muster.yaml` that means the same, with the places of this file
/// @param warnings what has no effect here or means something else; place first
/// @param yaml the same document as text
public record ClusterduckFile(Branch tree, List<String> warnings, String yaml) {
  private static final String COMPAT = "compat";

  /// What passes through as it is.
  private static final Set<String> SHARED = Set.of("clusters", "notifications");

  private static final Set<String> OWN = Set.of("transports", "threads", "env", COMPAT);

  private static final Set<String> MUSTERS =
      Set.of(
          "cluster",
          "member",
          "link",
          "membership",
          "registry",
          "gateway",
          "admin",
          "security",
          "store",
          "realtime",
          "observability");

  private static final Pattern LOOKS =
      Pattern.compile("(?m)^[\"']?(transports|clusters)[\"']?\\s*:");

  public ClusterduckFile {
    warnings = List.copyOf(warnings);
  }

  /// Whether a document is one of clusterduck: one with `clusters` alone is a `muster.yaml`
  /// already.
  public static boolean recognised(Branch top) {
    Set<String> keys = top.entries().keySet();
    return keys.contains("transports")
        || (keys.stream().anyMatch(OWN::contains) && !HappnFile.recognised(top));
  }

  /// The same with warnings from the parser before its own.
  public ClusterduckFile alsoSaying(List<String> parsed) {
    List<String> all = new ArrayList<>(parsed);
    all.addAll(warnings);
    return new ClusterduckFile(tree, all, yaml);
  }

  /// Parses a document that may be one of clusterduck. Keys may be repeated in one that says
  /// `compat: true` at the top: the last of each holds.
  ///
  /// @param file its name, for places
  /// @param warnings gets what was repeated
  /// @throws MusterException `setting_invalid` with the place of a syntax error or of a repeated
  ///     key, and what to do
  public static Branch parse(String text, String file, List<String> warnings) {
    try {
      return SettingsTree.parse(text, file);
    } catch (MusterException e) {
      if (!LOOKS.matcher(text).find()) throw e;
      return anyway(text, file, warnings, e);
    }
  }

  private static Branch anyway(
      String text, String file, List<String> warnings, MusterException strict) {
    SettingsTree.Lenient lenient;
    try {
      lenient = SettingsTree.parseLenient(text, file);
    } catch (MusterException e) {
      throw new MusterException(
          ErrorCode.SETTING_INVALID,
          e.getMessage()
              + "; look at the indentation there and in the lines before: the keys of an entry of a"
              + " list stand below each other, in the column of the key after its '- '",
          e);
    }
    Map<String, SettingsTree> top = lenient.tree().entries();
    if (lenient.repeats().isEmpty()) throw strict;
    boolean compat = top.get(COMPAT) instanceof Scalar s && s.text().equals("true");
    boolean mayBe = top.keySet().stream().noneMatch(MUSTERS::contains);
    List<String> problems = new ArrayList<>();
    for (Repeat r : lenient.repeats()) {
      String said = r.place() + ": " + r.key() + ": given at " + r.before() + " already";
      if (compat && mayBe) {
        warnings.add(said + "; this one, the later, holds");
      } else {
        problems.add(
            said
                + "; take one out"
                + (mayBe ? ", or write compat: true at the top of the file: the last holds" : ""));
      }
    }
    if (problems.isEmpty()) return lenient.tree();
    throw new MusterException(ErrorCode.SETTING_INVALID, String.join("\n", problems), strict);
  }

  /// Reads a document.
  ///
  /// @param file its name, for messages
  /// @param directory where it lies: files that it names are relative to that
  /// @param above whether a setting is given above the file, by a variable or flag
  /// @throws MusterException `setting_invalid` with everything that cannot be taken over, one a
  ///     line: place, key, what was expected, what to do; `insecure_configuration` without a
  ///     passphrase of 16 characters beyond loopback
  public static ClusterduckFile read(
      Branch top, String file, Path directory, Predicate<String> above) {
    List<String> problems = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    Outcome out = new Outcome(problems);
    Entry keys = new Entry(top, "", problems);
    for (String key : top.entries().keySet()) {
      if (!MUSTERS.contains(key)) continue;
      keys.passed(key);
      keys.problem(
          key,
          "a key of muster.yaml in a file of clusterduck; give it by a variable or flag, or go over"
              + " to muster.yaml with 'muster config import'");
    }
    // Its work is done: it says how the file is parsed.
    keys.flag(COMPAT);
    threads(keys, warnings);
    Transports transports = new Transports(out, file, directory, above, problems, warnings);
    transports.read(keys);
    Environment environment = Environment.read(keys, problems, warnings);
    for (String key : SHARED) {
      keys.value(key)
          .filter(v -> !(v instanceof Scalar s && s.text().isEmpty() && !s.quoted()))
          .ifPresent(v -> out.keep(key, key.equals("clusters") ? environment.given(v) : v));
    }
    environment.tell(warnings);
    keys.finish();
    if (!problems.isEmpty()) {
      throw new MusterException(ErrorCode.SETTING_INVALID, String.join("\n", problems));
    }
    transports.refuseInsecure();
    return new ClusterduckFile(out.tree(file), warnings, out.yaml(file));
  }

  private static void threads(Entry keys, List<String> warnings) {
    keys.text("threads")
        .ifPresent(
            n -> {
              if (n.matches("[1-9]\\d{0,4}")) {
                warnings.add(
                    keys.place("threads")
                        + ": threads: no effect: each probe runs on a virtual thread of its own");
              } else {
                keys.problem(
                    "threads", "expected a number of 1 or more, found '" + n + "'; leave it out");
              }
            });
  }
}
