package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.node.SettingsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where settings come from: file, environment, flags.
final class SettingsOptions {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description =
          "The member's settings, YAML or JSON; a configuration file of happn-3, happn-cluster or"
              + " clusterduck as it is, too.")
  @Nullable Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One setting, above file and environment; may be repeated.")
  List<String> set = List.of();

  /// These options again, for another process of this program.
  List<String> arguments() {
    List<String> all = new ArrayList<>();
    if (file != null) all.addAll(List.of("--config", file.toString()));
    for (String s : set) all.addAll(List.of("--set", s));
    return all;
  }

  /// All layers. What is odd about a file of another server is said on standard error.
  Settings load() {
    SettingsFile read = read();
    read.taken()
        .ifPresent(t -> t.warnings().forEach(w -> System.err.println("muster: warning: " + w)));
    return read.settings();
  }

  SettingsFile read() {
    Map<String, String> flags = new HashMap<>();
    for (String s : set) {
      int eq = s.indexOf('=');
      if (eq <= 0) {
        throw new MusterException(ErrorCode.SETTING_INVALID, "--set " + s + ": expected KEY=VALUE");
      }
      flags.put(s.substring(0, eq), s.substring(eq + 1));
    }
    return SettingsFile.load(Optional.ofNullable(file), System.getenv(), flags);
  }
}
