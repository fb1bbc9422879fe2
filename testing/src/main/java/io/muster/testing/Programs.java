package io.muster.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/// Foreign programs that tests need: installed by the tests themselves where the platform is Debian
/// and they run as root.
public final class Programs {
  private Programs() {}

  /// Whether tests run as root, as they do in containers.
  public static boolean root() {
    return "root".equals(System.getProperty("user.name"));
  }

  /// Installs a Debian package, where that is possible.
  ///
  /// @return whether it was
  public static synchronized boolean install(String debianPackage) {
    if (!root() || !onPath("apt-get")) return false;
    Path here = Path.of(".");
    try {
      run(here, 300, List.of("apt-get", "-qq", "update"));
      run(
          here,
          600,
          List.of("apt-get", "-qq", "-y", "install", "--no-install-recommends", debianPackage));
      return true;
    } catch (IllegalStateException e) {
      System.err.println("could not install " + debianPackage + ": " + e.getMessage());
      return false;
    }
  }

  /// Whether a program can be started by its name.
  public static boolean onPath(String program) {
    for (String dir : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (!dir.isEmpty() && Files.isExecutable(Path.of(dir, program))) return true;
    }
    return false;
  }

  /// Runs to the end.
  ///
  /// @return the output, standard error included
  /// @throws IllegalStateException with the output when it fails or takes longer
  public static String run(Path directory, int seconds, List<String> command) {
    try {
      Path out = Files.createTempFile("muster-run", ".out");
      Process p =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      boolean ended = p.waitFor(seconds, TimeUnit.SECONDS);
      if (!ended) p.destroyForcibly().waitFor();
      String text = Files.readString(out);
      Files.delete(out);
      if (!ended || p.exitValue() != 0) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "%s: %s%n%s",
                String.join(" ", command),
                ended ? "exit " + p.exitValue() : "no end in " + seconds + " s",
                text));
      }
      return text;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
