package io.muster.plugins.balancer.nginx;

import io.muster.plugins.balancer.program.Command;
import io.muster.plugins.balancer.program.ManagedFile;
import io.muster.plugins.balancer.program.Pids;
import io.muster.plugins.balancer.program.Waiting;
import io.muster.spi.balance.BalancerException;
import io.muster.spi.balance.BalancerException.Step;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The nginx that runs: its master, its workers, and how they are renewed. For one thread.
final class NginxProcess {
  private static final Pattern PID = Pattern.compile("(?m)^\\s*pid\\s+([^;\\s]+)\\s*;");
  private static final Pattern BUILT_PID = Pattern.compile("--pid-path=(\\S+)");
  private static final Pattern BUILT_PREFIX = Pattern.compile("--prefix=(\\S+)");

  private final NginxSettings settings;
  private final Path conf;
  private final Optional<Path> given;

  NginxProcess(NginxSettings settings, Path conf, Optional<Path> pidFile) {
    this.settings = settings;
    this.conf = conf;
    given = pidFile;
  }

  /// Where the master is named: as the user says, else the main file, else how nginx was built.
  Path pidFile() {
    if (given.isPresent()) return given.get();
    String built = nginx("-V").output();
    Matcher inFile = PID.matcher(new ManagedFile(conf).text().orElse(""));
    String name = inFile.find() ? inFile.group(1).replaceAll("[\"']", "") : "";
    if (name.isEmpty()) name = group(BUILT_PID, built, "/run/nginx.pid");
    return Path.of(group(BUILT_PREFIX, built, "/usr/share/nginx")).resolve(name);
  }

  private static String group(Pattern pattern, String text, String fallback) {
    Matcher match = pattern.matcher(text);
    return match.find() ? match.group(1) : fallback;
  }

  private Command.Ended nginx(String... words) {
    List<String> command = new ArrayList<>(List.of(settings.bin()));
    command.addAll(List.of(words));
    return Command.run(Step.VALIDATE, "nginx_bin", settings.within(), command);
  }

  OptionalLong master() {
    return Pids.running(pidFile(), settings.bin());
  }

  /// @throws BalancerException `VALIDATE` with nginx's words
  void check() {
    Command.Ended ended = nginx("-t", "-q", "-c", conf.toString());
    if (ended.exit() == 0) return;
    throw new BalancerException(
        Step.VALIDATE,
        "nginx refuses the configuration (exit " + ended.exit() + "): " + ended.output());
  }

  /// Starts one where none runs, and returns when its workers do.
  void start() {
    Command.Ended ended =
        Command.run(
            Step.APPLY,
            "nginx_bin",
            settings.within(),
            List.of(settings.bin(), "-c", conf.toString()));
    if (ended.exit() != 0) {
      throw new BalancerException(
          Step.APPLY, "nginx did not start (exit " + ended.exit() + "): " + ended.output());
    }
    boolean works =
        Waiting.until(
            settings.within(),
            () -> {
              OptionalLong master = master();
              return master.isPresent() && workers(master.getAsLong()) > 0;
            });
    if (!works) {
      throw new BalancerException(
          Step.VERIFY,
          "nginx was started, but "
              + pidFile()
              + " names no nginx with workers after "
              + settings.within().toMillis()
              + " ms");
    }
  }

  /// Has the master start new workers, and returns when they have taken over. The old ones finish
  /// what they have.
  ///
  /// @throws BalancerException `VERIFY` when there are none: the old ones go on
  void reload(long master) {
    Set<Long> before = new HashSet<>(Pids.children(master));
    Pids.signal(master, "HUP");
    // The old ones are told to finish after the new ones were started.
    boolean renewed =
        Waiting.until(
            settings.within(),
            () -> {
              List<Long> now = working(master);
              return !now.isEmpty() && now.stream().noneMatch(before::contains);
            });
    if (renewed) return;
    throw new BalancerException(
        Step.VERIFY,
        "nginx (process "
            + master
            + ") was told to read its configuration, but has no new workers after "
            + settings.within().toMillis()
            + " ms; its error log says why");
  }

  /// How many take clients.
  int workers(long master) {
    return working(master).size();
  }

  /// How many take none any more, and finish what they have.
  int finishing(long master) {
    return (int)
        Pids.children(master).stream()
            .filter(pid -> Pids.commandLine(pid).contains("shutting down"))
            .count();
  }

  private static List<Long> working(long master) {
    return Pids.children(master).stream()
        .filter(
            pid -> {
              String line = Pids.commandLine(pid);
              return line.contains("worker process") && !line.contains("shutting down");
            })
        .toList();
  }
}
