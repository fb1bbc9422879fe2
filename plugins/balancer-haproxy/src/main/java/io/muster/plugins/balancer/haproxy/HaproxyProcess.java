package io.muster.plugins.balancer.haproxy;

import io.muster.plugins.balancer.program.Command;
import io.muster.plugins.balancer.program.ManagedFile;
import io.muster.plugins.balancer.program.Pids;
import io.muster.plugins.balancer.program.Waiting;
import io.muster.spi.balance.BalancerException;
import io.muster.spi.balance.BalancerException.Step;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The haproxy that runs: how it is found, checked, started and replaced.
///
/// Replaced means: a master is told to start a new worker, or a new process is started that takes
/// the listeners over the old one's admin socket and lets it finish (`-sf`, `-x`). Either way the
/// listening sockets are never closed, and the old one goes on with the clients it has.
///
/// For one thread.
final class HaproxyProcess {
  private static final Pattern PID = Pattern.compile("(?m)^Pid: (\\d+)$");
  private static final Pattern MASTER = Pattern.compile("(?m)^\\s*master-worker\\b");

  private final HaproxySettings settings;
  private final List<Path> files;
  private final AdminSocket socket;
  private final Optional<AdminSocket> master;
  private final Path pidFile;
  private final Optional<Path> stateFile;

  HaproxyProcess(
      HaproxySettings settings,
      List<Path> files,
      AdminSocket socket,
      Optional<AdminSocket> master,
      Path pidFile,
      Optional<Path> stateFile) {
    this.settings = settings;
    this.files = List.copyOf(files);
    this.socket = socket;
    this.master = master;
    this.pidFile = pidFile;
    this.stateFile = stateFile;
  }

  AdminSocket socket() {
    return socket;
  }

  /// The process that answers at the admin socket; empty when none does.
  OptionalLong answering() {
    if (!Files.exists(socket.path())) return OptionalLong.empty();
    try {
      Matcher pid = PID.matcher(socket.ask("show info"));
      return pid.find() ? OptionalLong.of(Long.parseLong(pid.group(1))) : OptionalLong.empty();
    } catch (BalancerException e) {
      return OptionalLong.empty();
    }
  }

  /// Whether there is one, be it deaf.
  boolean runs() {
    return answering().isPresent() || Pids.running(pidFile, settings.bin()).isPresent();
  }

  /// Lets haproxy check files.
  ///
  /// @param instead candidate by the file whose place it would take
  /// @throws BalancerException `VALIDATE` with haproxy's words, in which candidates have the names
  ///     of the files they would replace
  void check(Map<Path, Path> instead) {
    List<String> command = new ArrayList<>(List.of(settings.bin(), "-c"));
    for (Path file : files) {
      command.addAll(List.of("-f", instead.getOrDefault(file, file).toString()));
    }
    Command.Ended ended = Command.run(Step.VALIDATE, "haproxy_bin", settings.within(), command);
    if (ended.exit() == 0) return;
    String words = words(ended);
    StringBuilder targets = new StringBuilder();
    for (Map.Entry<Path, Path> e : instead.entrySet()) {
      words = words.replace(e.getValue().toString(), e.getKey().toString());
      Matcher place =
          Pattern.compile(Pattern.quote(e.getKey().toString()) + ":(\\d+)").matcher(words);
      List<String> lines = new ManagedFile(e.getValue()).text().orElse("").lines().toList();
      while (place.find()) {
        int line = Integer.parseInt(place.group(1));
        String text = line >= 1 && line <= lines.size() ? lines.get(line - 1).strip() : "";
        if (text.startsWith("server " + Server.PREFIX)) targets.append("; in: ").append(text);
      }
    }
    throw new BalancerException(
        Step.VALIDATE,
        "haproxy refuses the configuration (exit " + ended.exit() + "): " + words + targets);
  }

  /// What it said, but for where it is installed.
  private static String words(Command.Ended ended) {
    return ended
        .output()
        .lines()
        .filter(line -> !line.startsWith("[NOTICE]"))
        .collect(Collectors.joining("\n"));
  }

  /// Starts one where none runs, and returns when it answers.
  void start() {
    List<String> command = command();
    if (settings.own()) {
      command.add("-W");
      master.ifPresent(m -> command.addAll(List.of("-S", m.path() + ",mode,600")));
    }
    launch(command);
    if (!Waiting.until(settings.within(), () -> answering().isPresent())) {
      throw new BalancerException(
          Step.VERIFY,
          "haproxy was started, but does not answer at "
              + socket.path()
              + " within "
              + settings.within().toMillis()
              + " ms; it needs the line: stats socket "
              + socket.path()
              + " level admin expose-fd listeners");
    }
  }

  private List<String> command() {
    List<String> command = new ArrayList<>(List.of(settings.bin()));
    for (Path file : files) command.addAll(List.of("-f", file.toString()));
    command.addAll(List.of("-p", pidFile.toString(), "-D"));
    return command;
  }

  private void launch(List<String> command) {
    Command.Ended ended = Command.run(Step.APPLY, "haproxy_bin", settings.within(), command);
    if (ended.exit() != 0) {
      throw new BalancerException(
          Step.APPLY, "haproxy did not start (exit " + ended.exit() + "): " + words(ended));
    }
  }

  /// Replaces the running process, and returns when another one answers.
  ///
  /// @throws BalancerException `VERIFY` when the old one still does: it goes on
  void reload() {
    OptionalLong before = answering();
    saveState();
    OptionalLong pid = before.isPresent() ? before : Pids.running(pidFile, settings.bin());
    if (pid.isEmpty()) {
      throw new BalancerException(Step.APPLY, "haproxy ended before it could be replaced");
    }
    OptionalLong over = master(pid.getAsLong());
    if (over.isPresent() && master.isPresent() && Files.exists(master.get().path())) {
      master.get().ask("reload");
    } else if (over.isPresent()) {
      Pids.signal(over.getAsLong(), "USR2");
    } else {
      List<String> command = command();
      command.addAll(List.of("-sf", Long.toString(pid.getAsLong())));
      if (settings.reuseSocket() && before.isPresent()) {
        command.addAll(List.of("-x", socket.path().toString()));
      }
      launch(command);
    }
    boolean replaced =
        Waiting.until(
            settings.within(),
            () -> {
              OptionalLong now = answering();
              return now.isPresent() && !now.equals(before);
            });
    if (!replaced) {
      throw new BalancerException(
          Step.VERIFY,
          "haproxy was told to replace its process, but "
              + (before.isPresent() ? "process " + before.getAsLong() : "none")
              + " answers at "
              + socket.path()
              + " after "
              + settings.within().toMillis()
              + " ms; its own log says why");
    }
  }

  /// The master of a process, which may be the process itself.
  private OptionalLong master(long pid) {
    OptionalLong parent = Pids.parent(pid);
    if (parent.isPresent() && Pids.is(parent.getAsLong(), settings.bin())) return parent;
    String line = " " + Pids.commandLine(pid) + " ";
    boolean itself = line.contains(" -W ") || line.contains(" -Ws ") || masterInFile();
    return itself ? OptionalLong.of(pid) : OptionalLong.empty();
  }

  private boolean masterInFile() {
    return files.stream()
        .anyMatch(f -> MASTER.matcher(new ManagedFile(f).text().orElse("")).find());
  }

  /// For those whose file says `load-server-state-from-file`. A reload does not depend on it.
  private void saveState() {
    if (stateFile.isEmpty() || !Files.isDirectory(stateFile.get().resolveSibling("."))) return;
    ManagedFile file = new ManagedFile(stateFile.get());
    try {
      file.candidate(socket.ask("show servers state") + "\n");
      file.commit();
    } catch (BalancerException e) {
      // The new process then checks its servers as one that starts does.
      file.discard();
    }
  }
}
