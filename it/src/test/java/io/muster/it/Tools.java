package io.muster.it;

import io.muster.testing.Programs;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// The foreign programs these tests need, installed by the tests themselves where the platform has
/// them: Node and npm (Debian packages when root), npm clients (into `target/`).
final class Tools {
  static final Path ROOT =
      Path.of(System.getProperty("muster.root", "..")).toAbsolutePath().normalize();
  static final Path TARGET = ROOT.resolve("it/target");
  private static final Path CLIENTS = TARGET.resolve("clients");

  private Tools() {}

  /// The directory with `client.js` and its `node_modules`, installed once; skips the test with a
  /// printed reason where Node cannot be had.
  static synchronized Path clients() {
    need("node", "nodejs");
    need("npm", "npm");
    Path source = ROOT.resolve("it/src/test/js");
    try {
      Files.createDirectories(CLIENTS);
      String lock = Files.readString(source.resolve("package-lock.json"));
      Path stamp = CLIENTS.resolve("installed");
      boolean installed = Files.exists(stamp) && Files.readString(stamp).equals(lock);
      for (String f :
          List.of(
              "package.json",
              "package-lock.json",
              ".npmrc",
              "client.js",
              "reference.js",
              "browser.js")) {
        Files.copy(source.resolve(f), CLIENTS.resolve(f), StandardCopyOption.REPLACE_EXISTING);
      }
      if (!installed) {
        run(CLIENTS, 300, "npm", "ci", "--ignore-scripts", "--loglevel=error");
        Files.writeString(stamp, lock);
      }
      return CLIENTS;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Sees to it that `program` is on the PATH: installs the Debian package as root, else skips.
  static void need(String program, String debianPackage) {
    if (onPath(program)) return;
    Programs.install(debianPackage);
    if (!onPath(program)) {
      String why =
          "SKIPPED: this platform has no '"
              + program
              + "' and it could not be installed; install "
              + debianPackage;
      System.err.println(why);
      Assumptions.abort(why);
    }
  }

  static boolean onPath(String program) {
    return !pathOf(program).isEmpty();
  }

  /// Where a program lies; empty when it is not on the PATH.
  static String pathOf(String program) {
    for (String dir : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      Path file = Path.of(dir, program);
      if (!dir.isEmpty() && Files.isExecutable(file)) return file.toString();
    }
    return "";
  }

  /// Runs to the end.
  ///
  /// @return the output, standard error included
  /// @throws IllegalStateException with the output when it fails or takes longer
  static String run(Path directory, int seconds, String... command) {
    return Programs.run(directory, seconds, List.of(command));
  }

  /// The JVM and class path that run `muster` as built. These processes live for seconds, in which
  /// the optimising compiler takes more than it gives: without it a member is ready with half the
  /// CPU. `./muster`, which [DemoTest] runs, has it.
  static List<String> muster() {
    Path lib = ROOT.resolve("dist/target/muster/lib");
    Path cache = lib.resolveSibling("muster.aot");
    if (!Files.isDirectory(lib)) {
      throw new IllegalStateException(lib + " is missing: build with ./mvnw package first");
    }
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command = new ArrayList<>();
    command.add(java);
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-XX:MaxDirectMemorySize=256m"));
    if (Files.exists(cache)) {
      command.addAll(List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off", "-Xlog:cds=off"));
    }
    command.addAll(List.of("-cp", classPath(lib), "io.muster.cli.Main"));
    return command;
  }

  /// In the order with which the start cache was made.
  private static String classPath(Path lib) {
    try (Stream<Path> jars = Files.list(lib)) {
      Path order = lib.resolveSibling("classpath");
      List<String> names =
          Files.exists(order)
              ? Files.readAllLines(order)
              : jars.map(j -> j.getFileName().toString()).sorted().toList();
      return String.join(
          File.pathSeparator, names.stream().map(n -> lib.resolve(n).toString()).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
