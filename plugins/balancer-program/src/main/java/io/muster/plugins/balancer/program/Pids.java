package io.muster.plugins.balancer.program;

import io.muster.spi.balance.BalancerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/// Processes of others, by their ids.
public final class Pids {
  private static final int NAME_CHARS_MAX = 15;

  private Pids() {}

  /// The process that a file names, if it runs and is the program: ids are used again.
  ///
  /// @param program a path or a name
  public static OptionalLong running(Path pidFile, String program) {
    OptionalLong pid = named(pidFile);
    return pid.isPresent() && is(pid.getAsLong(), program) ? pid : OptionalLong.empty();
  }

  private static OptionalLong named(Path pidFile) {
    try {
      String first = Files.readString(pidFile).lines().findFirst().orElse("").strip();
      return OptionalLong.of(Long.parseLong(first));
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /// Whether a process lives and is the program. Where the system does not tell names, every
  /// process that lives is.
  public static boolean is(long pid, String program) {
    if (pid <= 1 || ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty()) return false;
    Path stat = Path.of("/proc/" + pid + "/stat");
    try {
      // "4711 (name) S …"; the name may hold anything but ends with the last parenthesis.
      String text = Files.readString(stat);
      int open = text.indexOf('(');
      int close = text.lastIndexOf(')');
      if (open < 0 || close < open) return true;
      boolean ended = text.startsWith(" Z", close + 1) || text.startsWith(" X", close + 1);
      return !ended && text.substring(open + 1, close).equals(shortName(program));
    } catch (NoSuchFileException e) {
      return !Files.isDirectory(Path.of("/proc/1"));
    } catch (IOException e) {
      return false;
    }
  }

  private static String shortName(String program) {
    String name = program.substring(program.lastIndexOf('/') + 1);
    return name.length() <= NAME_CHARS_MAX ? name : name.substring(0, NAME_CHARS_MAX);
  }

  /// The process that started another one.
  public static OptionalLong parent(long pid) {
    return ProcessHandle.of(pid)
        .flatMap(ProcessHandle::parent)
        .map(p -> OptionalLong.of(p.pid()))
        .orElse(OptionalLong.empty());
  }

  /// Those that a process started and that live.
  public static List<Long> children(long pid) {
    return ProcessHandle.of(pid)
        .map(p -> p.children().filter(ProcessHandle::isAlive).map(ProcessHandle::pid).toList())
        .orElse(List.of());
  }

  /// What a process was started with, words separated by spaces; empty where that is not told.
  public static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline")).replace('\0', ' ').strip();
    } catch (IOException e) {
      return "";
    }
  }

  /// Sends a signal.
  ///
  /// @param signal as `kill` names it: `HUP`
  /// @throws BalancerException `APPLY` when it may not be sent, or the process has gone
  public static void signal(long pid, String signal) {
    Command.Ended kill =
        Command.run(
            BalancerException.Step.APPLY,
            "PATH",
            Duration.ofSeconds(10),
            List.of("kill", "-s", signal, Long.toString(pid)));
    if (kill.exit() == 0) return;
    throw new BalancerException(
        BalancerException.Step.APPLY,
        "could not send "
            + signal
            + " to process "
            + pid
            + ": "
            + kill.output()
            + "; the member needs the same user as that process, or root");
  }
}
