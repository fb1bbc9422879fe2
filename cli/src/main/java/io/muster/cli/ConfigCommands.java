package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.node.MusterSettings;
import io.muster.node.SettingsFile;
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
        "A configuration file of happn-3, happn-cluster or clusterduck is checked as it is; what is"
            + " ignored or has no effect is said on standard error.",
        "",
        "Example:  muster validate -c muster.yaml",
        "          muster validate -c happn.json",
        "          muster validate -c clusterduck.yaml"
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
      description = "Shows settings, and those that a file of happn or clusterduck means.",
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
        "Prints the muster.yaml that a configuration file of happn-3, happn-cluster or clusterduck"
            + " means.",
        "Each setting names the key and the line it comes from; what is ignored or has no effect"
            + " stands at the top as a comment. Passwords are printed as they stand in the file."
      },
      footer = {
        "",
        "Exit codes: 0 printed; 2 the file says what cannot be had here, or is none of these.",
        "",
        "Example:  muster config import happn.json > muster.yaml",
        "          muster config import /etc/clusterduck/clusterduck.yaml > muster.yaml"
      })
  static final class Import implements Callable<Integer> {
    @CommandLine.Parameters(
        paramLabel = "FILE",
        description = "The configuration file of happn (JSON) or clusterduck (YAML).")
    Path file = Path.of("");

    @Override
    public Integer call() {
      SettingsFile.Taken taken =
          SettingsFile.load(Optional.of(file), System.getenv(), Map.of())
              .taken()
              .orElseThrow(
                  () ->
                      new MusterException(
                          ErrorCode.SETTING_INVALID,
                          file
                              + ": expected a configuration of happn-3 or happn-cluster (services,"
                              + " port, secure, …) or of clusterduck (transports, threads, env),"
                              + " found none of its keys"));
      System.out.println("# " + file.getFileName() + ": " + taken.kind());
      for (String w : taken.warnings()) System.out.println("# warning: " + w);
      System.out.print(taken.yaml());
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
