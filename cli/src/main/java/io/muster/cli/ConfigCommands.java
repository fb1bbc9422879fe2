package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.node.MusterSettings;
import io.muster.node.SettingsFile;
import io.muster.node.happn.HappnFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Commands about settings.
final class ConfigCommands {
  private ConfigCommands() {}

  @Command(
      name = "validate",
      mixinStandardHelpOptions = true,
      description =
          "Checks settings without starting: every problem with file, line and suggestion.",
      footer = {
        "",
        "A configuration file of happn-3 or happn-cluster is checked as it is; what is ignored or"
            + " has no meaning is said on standard error.",
        "",
        "Example:  muster validate -c muster.yaml",
        "          muster validate -c happn.json"
      })
  static final class Validate implements Callable<Integer> {
    @Mixin SettingsOptions settings = new SettingsOptions();

    @Override
    public Integer call() {
      MusterSettings.read(settings.load());
      System.out.println("valid");
      return Main.OK;
    }
  }

  @Command(
      name = "config",
      mixinStandardHelpOptions = true,
      description = "Shows settings, and those that a file of happn means.",
      subcommands = {Export.class, Import.class},
      footer = {
        "",
        "Example:  muster config export --defaults",
        "          muster config import happn.json > muster.yaml"
      })
  static final class Config extends CommandGroup {}

  @Command(
      name = "import",
      mixinStandardHelpOptions = true,
      description = {
        "Prints the muster.yaml that a configuration file of happn-3 or happn-cluster means.",
        "Each setting names the key and the line it comes from; what is ignored or has no meaning"
            + " stands at the top as a comment. Passwords are printed as they stand in the file."
      },
      footer = {
        "",
        "Exit codes: 0 printed; 2 the file says what cannot be had here, or is none of happn.",
        "",
        "Example:  muster config import happn.json > muster.yaml"
      })
  static final class Import implements Callable<Integer> {
    @CommandLine.Parameters(
        paramLabel = "FILE",
        description = "The configuration file of happn, JSON.")
    Path file = Path.of("");

    @Override
    public Integer call() {
      HappnFile happn =
          SettingsFile.load(Optional.of(file), System.getenv(), Map.of())
              .happn()
              .orElseThrow(
                  () ->
                      new MusterException(
                          ErrorCode.SETTING_INVALID,
                          file
                              + ": expected a configuration of happn-3 or happn-cluster (services,"
                              + " port, secure, …), found none of its keys"));
      System.out.println("# " + file.getFileName() + ": " + happn.kind());
      for (String w : happn.warnings()) System.out.println("# warning: " + w);
      System.out.print(happn.yaml());
      return Main.OK;
    }
  }

  @Command(
      name = "export",
      mixinStandardHelpOptions = true,
      description = "Prints every key with its default, range and meaning.",
      footer = {"", "Example:  muster config export --defaults"})
  static final class Export implements Callable<Integer> {
    @CommandLine.Option(
        names = "--defaults",
        required = true,
        description = "What holds where nothing is set.")
    boolean defaults;

    @Override
    public Integer call() {
      Settings none = Settings.load(Optional.empty(), Map.of(), Map.of());
      MusterSettings.read(none);
      for (Settings.Row r : none.rows()) {
        System.out.printf(
            "%-34s %-22s # %s (%s)%n", r.path(), r.fallback(), r.meaning(), r.range());
      }
      return Main.OK;
    }
  }
}
