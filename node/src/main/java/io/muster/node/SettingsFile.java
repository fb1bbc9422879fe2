package io.muster.node;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.kernel.SettingsTree;
import io.muster.node.happn.HappnFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The file a member is started with: settings of Muster, or a configuration of happn-3 or
/// happn-cluster as it is.
///
/// @param settings all layers, not looked at yet
/// @param happn what was made of a file of happn
public record SettingsFile(Settings settings, Optional<HappnFile> happn) {
  /// Reads the file, if any.
  ///
  /// @param flags values by key path
  /// @throws MusterException `setting_invalid` when the file cannot be read, is neither YAML nor
  ///     JSON, or says something of happn that cannot be had here
  public static SettingsFile load(
      Optional<Path> file, Map<String, String> environment, Map<String, String> flags) {
    if (file.isEmpty()) {
      return new SettingsFile(Settings.load(file, environment, flags), Optional.empty());
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
    return of(text, String.valueOf(path.getFileName()), environment, flags);
  }

  /// The same from text, named `file` in messages.
  public static SettingsFile of(
      String text, String file, Map<String, String> environment, Map<String, String> flags) {
    SettingsTree.Branch tree = SettingsTree.parse(text, file);
    if (!HappnFile.recognised(tree)) {
      return new SettingsFile(Settings.of(tree, file, environment, flags), Optional.empty());
    }
    HappnFile happn =
        HappnFile.read(tree, file, new HappnFile.Above(environment, flags), knownKeys());
    return new SettingsFile(
        Settings.of(happn.tree(), file, environment, flags), Optional.of(happn));
  }

  /// Every key that this release reads where nothing is set.
  public static Set<String> knownKeys() {
    Settings none = Settings.load(Optional.empty(), Map.of(), Map.of());
    MusterSettings.read(none);
    return none.rows().stream().map(Settings.Row::path).collect(Collectors.toUnmodifiableSet());
  }
}
