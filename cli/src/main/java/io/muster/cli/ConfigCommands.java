package io.muster.cli;

import io.muster.kernel.Settings;
import io.muster.node.MusterSettings;
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
      footer = {"", "Example:  muster validate -c muster.yaml"})
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
      description = "Shows settings.",
      subcommands = Export.class,
      footer = {"", "Example:  muster config export --defaults"})
  static final class Config extends CommandGroup {}

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
