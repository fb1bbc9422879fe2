package io.muster.node;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.kernel.SettingsTree;
import io.muster.node.clusterduck.ClusterduckFile;
import io.muster.node.happn.HappnFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The file a member is started with: settings of Muster, or a configuration of happn-3,
/// happn-cluster or clusterduck as it is.
///
/// @param settings all layers, not looked at yet
/// @param happn what was made of a file of happn
/// @param clusterduck what was made of a file of clusterduck
public record SettingsFile(
    Settings settings, Optional<HappnFile> happn, Optional<ClusterduckFile> clusterduck) {
  /// What was made of a file of another server.
  ///
  /// @param kind of file
  /// @param warnings what is ignored, has no effect here or means something else; place first
  /// @param yaml the `muster.yaml` that means the same
  public record Taken(String kind, List<String> warnings, String yaml) {}

  /// What was made of the file; empty where it is one of Muster.
  public Optional<Taken> taken() {
    return happn
        .map(h -> new Taken(h.kind(), h.warnings(), h.yaml()))
        .or(() -> clusterduck.map(c -> new Taken("clusterduck", c.warnings(), c.yaml())));
  }

  /// Reads the file, if any.
  ///
  /// @param flags values by key path
  /// @throws MusterException `setting_invalid` when the file cannot be read, is neither YAML nor
  ///     JSON, or says something of happn or clusterduck that cannot be had here;
  ///     `insecure_configuration` for one of clusterduck that would let strangers in
  public static SettingsFile load(
      Optional<Path> file, Map<String, String> environment, Map<String, String> flags) {
    if (file.isEmpty()) {
      Settings none = Settings.load(file, environment, flags);
      return new SettingsFile(none, Optional.empty(), Optional.empty());
    }
    Path path = file.get();
    String text;
    try {
      text = Files.readString(path);
    } catch (IOException e) {
      throw new MusterException(
          ErrorCode.SETTING_INVALID,
          path + ": cannot be read (" + e.getClass().getSimpleName() + ": " + e.getMessage() + ")",
          e);
    }
    Path parent = path.toAbsolutePath().getParent();
    return of(
        text,
        String.valueOf(path.getFileName()),
        parent == null ? path.toAbsolutePath() : parent,
        environment,
        flags);
  }

  /// The same from text, named `file` in messages, as if it lay in the working directory.
  public static SettingsFile of(
      String text, String file, Map<String, String> environment, Map<String, String> flags) {
    return of(text, file, Path.of("").toAbsolutePath(), environment, flags);
  }

  private static SettingsFile of(
      String text,
      String file,
      Path directory,
      Map<String, String> environment,
      Map<String, String> flags) {
    List<String> repeated = new ArrayList<>();
    SettingsTree.Branch tree = ClusterduckFile.parse(text, file, repeated);
    HappnFile.Above above = new HappnFile.Above(environment, flags);
    if (ClusterduckFile.recognised(tree)) {
      ClusterduckFile duck =
          ClusterduckFile.read(tree, file, directory, s -> above.of(s).isPresent())
              .alsoSaying(repeated);
      return new SettingsFile(
          Settings.of(duck.tree(), file, environment, flags), Optional.empty(), Optional.of(duck));
    }
    if (!HappnFile.recognised(tree)) {
      Settings settings = Settings.of(tree, file, environment, flags);
      return new SettingsFile(settings, Optional.empty(), Optional.empty());
    }
    HappnFile happn = HappnFile.read(tree, file, above, knownKeys());
    return new SettingsFile(
        Settings.of(happn.tree(), file, environment, flags), Optional.of(happn), Optional.empty());
  }

  /// Every key that this release reads where nothing is set.
  public static Set<String> knownKeys() {
    Settings none = Settings.load(Optional.empty(), Map.of(), Map.of());
    MusterSettings.read(none);
    return none.rows().stream().map(Settings.Row::path).collect(Collectors.toUnmodifiableSet());
  }
}
