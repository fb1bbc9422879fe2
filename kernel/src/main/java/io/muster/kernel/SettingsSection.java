package io.muster.kernel;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One branch of the settings tree (YAML, then `MUSTER_*`, then flags), read once into a record.
///
/// Each feature has a settings record with a static `read(SettingsSection)`. Every read names key,
/// fallback and meaning, so that the same calls also make the reference page and `muster config
/// export --defaults`; keys that nobody read are reported as unknown, with a suggestion. All
/// methods throw a [MusterException] with [ErrorCode#SETTING_INVALID] that names file, line,
/// column, what was expected and what was found.
public interface SettingsSection {
  /// The branch under `key`; empty when absent.
  SettingsSection section(String key, String meaning);

  /// The keys that the file has below this branch, as written and in its order, for branches whose
  /// keys are names that the user chose.
  List<String> keys();

  /// Whether the user gave `key`, in any layer.
  boolean has(String key);

  String text(String key, String fallback, String meaning);

  /// A host name, an address, or a network interface of this machine such as `eth0/ipv6/1`, which
  /// is given back as its address.
  default String host(String key, String fallback, String meaning) {
    String text = text(key, fallback, meaning);
    try {
      return HostSpec.resolve(text);
    } catch (IllegalArgumentException e) {
      throw wrong(key, "a host, an address or an interface: " + e.getMessage());
    }
  }

  Optional<String> optionalText(String key, String meaning);

  /// A secret under `key`, or the first line of the file named by `key`_file.
  Optional<Secret> secret(String key, String meaning);

  boolean flag(String key, boolean fallback, String meaning);

  int integer(String key, int fallback, int min, int max, String meaning);

  double number(String key, double fallback, double min, double max, String meaning);

  /// A duration such as `200ms`, `1.5s`, `2m`; a bare number counts milliseconds.
  Duration duration(String key, Duration fallback, Duration min, Duration max, String meaning);

  /// A size in bytes such as `512`, `64KiB`, `10MiB`.
  long bytes(String key, long fallback, long min, long max, String meaning);

  <E extends Enum<E>> E choice(String key, Class<E> type, E fallback, String meaning);

  List<String> texts(String key, List<String> fallback, String meaning);

  Map<String, String> textMap(String key, String meaning);

  /// Whatever stands under `key`, lists and keys of any depth included, as JSON text, for what has
  /// a grammar of its own. A variable or flag gives it as JSON or YAML.
  ///
  /// @param range what is expected, for the reference page
  Optional<String> json(String key, String range, String meaning);

  /// What stands under `key` in the file, with all its places, for whoever reads it by rules of its
  /// own. No variable or flag gives it.
  ///
  /// @param range what is expected, for the reference page
  Optional<SettingsTree> tree(String key, String range, String meaning);

  /// The member's own value of a setting that the cluster may hold as well: its name ends with the
  /// key, and begins with this branch.
  <T> T own(ClusterSetting<T> setting);

  /// An error at the place of `key`, for rules the methods above cannot express: `throw
  /// section.wrong(...)`.
  MusterException wrong(String key, String expected);
}
