package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `muster demo`: a cluster on this machine, in a fresh directory, until Ctrl-C.
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description =
        "Starts a cluster on this machine in a fresh directory below .muster; Ctrl-C stops it.",
    footer = {
      "",
      "The members end with it, also when it is killed; their data stays in the directory. Ports"
          + " are free ones, so that several demos can run beside each other.",
      "",
      "Exit codes: 130 stopped by Ctrl-C, 143 by SIGTERM; 1 a member did not get ready, or all have"
          + " ended by themselves; 2 usage.",
      "",
      "Example:  muster demo --members 3"
    })
final class DemoCommand implements Callable<Integer> {
  private static final long READY_NANOS = 120_000_000_000L;

  @Option(
      names = "--members",
      paramLabel = "N",
      defaultValue = "3",
      description = "How many (${DEFAULT-VALUE}).")
  int members = 3;

  @Option(names = "--plain", description = "Without security: clients need no password.")
  boolean plain;

  private final List<Child> children = new ArrayList<>();
  private volatile boolean stopping;

  /// One member's process.
  private record Child(String name, Path directory, int clients, int admin, Process process) {
    boolean ready() {
      try {
        return Files.readString(directory.resolve("out.log")).contains("ready name=");
      } catch (IOException e) {
        return false;
      }
    }

    String lastWords() {
      try {
        List<String> lines = Files.readAllLines(directory.resolve("out.log"));
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 12), lines.size()));
      } catch (IOException e) {
        return "(no output)";
      }
    }
  }

  @Override
  public Integer call() throws Exception {
    if (members < 1 || members > 9) {
      throw new MusterException(
          ErrorCode.SETTING_INVALID, "--members: expected 1 to 9, found " + members);
    }
    long start = System.nanoTime();
    Path directory = freshDirectory();
    String password = secret(9);
    Thread stopper = Thread.ofPlatform().name("demo-stop").unstarted(this::stopAll);
    Runtime.getRuntime().addShutdownHook(stopper);
    launch(directory, password);
    for (Child c : children) awaitReady(c, start);
    for (Child c : children) {
      System.out.printf(
          "member %s  clients http://127.0.0.1:%d  admin http://127.0.0.1:%d%n",
          c.name, c.clients, c.admin);
    }
    if (!plain) System.out.printf("admin user _ADMIN  password %s%n", password);
    Child first = children.getFirst();
    System.out.printf(
        "dashboard http://127.0.0.1:%d/  token in %s%n",
        first.admin, first.directory.resolve("data").resolve("admin.token"));
    System.out.println();
    snippet(password);
    // Whole, for those who wait for this line.
    System.out.println(
        String.format(java.util.Locale.ROOT, "ready in %.1f s", (System.nanoTime() - start) / 1e9));
    System.out.flush();
    for (Child c : children) {
      int code = c.process.waitFor();
      if (!stopping) System.err.println("muster: member " + c.name + " ended with " + code);
    }
    return Main.FAILURE;
  }

  private static Path freshDirectory() throws IOException {
    Path base = Files.createDirectories(Path.of(".muster"));
    for (int i = 1; ; i++) {
      Path p = base.resolve("demo-" + i);
      if (Files.exists(p)) continue;
      return Files.createDirectory(p);
    }
  }

  private static String secret(int bytes) {
    byte[] random = new byte[bytes];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  private void launch(Path directory, String password) throws IOException {
    List<Integer> ports = freePorts(members * 3);
    String secret = secret(24);
    List<String> hosts = new ArrayList<>();
    for (int i = 0; i < members; i++) hosts.add("127.0.0.1:" + ports.get(i));
    for (int i = 0; i < members; i++) {
      String name = "m" + (i + 1);
      int clients = ports.get(members + i);
      int admin = ports.get(2 * members + i);
      Path home = Files.createDirectory(directory.resolve(name));
      String yaml =
          """
          cluster:
            name: demo
            secret: %s
          member:
            name: %s
            data_dir: %s
          link:
            host: 127.0.0.1
            port: %d
            # The secret above is 192 random bits: stretching it would only cost time.
            kdf_iterations: 10000
          membership:
            hosts: [%s]
          registry:
            expect: %d
          gateway:
            host: 127.0.0.1
            ports: [%d]
          admin:
            listen: 127.0.0.1:%d
          security:
            secure: %s
            admin_password: %s
          """
              .formatted(
                  secret,
                  name,
                  home.resolve("data").toAbsolutePath(),
                  ports.get(i),
                  String.join(", ", hosts),
                  members,
                  clients,
                  admin,
                  !plain,
                  password);
      Path file = Files.writeString(home.resolve("muster.yaml"), yaml);
      children.add(new Child(name, home, clients, admin, start(file, home)));
    }
  }

  private static Process start(Path file, Path home) throws IOException {
    List<String> command = new ArrayList<>();
    // A group of its own: Ctrl-C reaches the demo, which then stops the members in order.
    if (Files.isExecutable(Path.of("/usr/bin/setsid"))) command.add("/usr/bin/setsid");
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-Xmx512m",
            "-Dio.netty.leakDetection.level=disabled"));
    command.addAll(startCache());
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            "io.muster.cli.Main",
            "start",
            "--until-stdin-closes",
            "-c",
            file.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(home.resolve("out.log").toFile())
        .start();
  }

  /// Members start from the cache this process started from, if any.
  private static List<String> startCache() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(a -> a.startsWith("-XX:AOTCache=") || a.startsWith("-Xlog:"))
        .toList();
  }

  /// Free ports below those the system gives to outgoing connections, so that nobody takes them by
  /// chance before the members do.
  private static List<Integer> freePorts(int n) {
    List<Integer> found = new ArrayList<>();
    while (found.size() < n) {
      int port = ThreadLocalRandom.current().nextInt(12_000, 32_000);
      try (ServerSocket s = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        if (!found.contains(port)) found.add(s.getLocalPort());
      } catch (IOException e) {
        // Taken: another one.
      }
    }
    return found;
  }

  private static void awaitReady(Child c, long start) {
    while (!c.ready()) {
      if (!c.process.isAlive()) {
        throw new MusterException(
            ErrorCode.BOOTSTRAP_FAILED,
            "member " + c.name + " ended with " + c.process.exitValue() + ":\n" + c.lastWords());
      }
      if (System.nanoTime() - start > READY_NANOS) {
        throw new MusterException(
            ErrorCode.BOOTSTRAP_FAILED, "member " + c.name + " is not ready:\n" + c.lastWords());
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  private void snippet(String password) {
    Child one = children.getFirst();
    Child other = children.getLast();
    String login = plain ? "" : ", secure: true, username: '_ADMIN', password: '" + password + "'";
    System.out.printf(
        """
        // npm install happn-3, then: node demo.js
        const happn = require('happn-3');
        const connect = (port) => happn.client.create({ host: '127.0.0.1', port%s });
        (async () => {
          const [a, b] = [await connect(%d), await connect(%d)];
          await b.on('/hello/*', (data, meta) => console.log(meta.path, data));
          await a.set('/hello/world', { at: new Date() });
          console.log(await b.get('/hello/world'));
          setTimeout(() => process.exit(), 500);
        })();

        """,
        login, one.clients, other.clients);
  }

  /// All are asked to stop in order; who has not after ten seconds is ended.
  private void stopAll() {
    stopping = true;
    for (Child c : children) c.process.destroy();
    for (Child c : children) {
      try {
        if (!c.process.waitFor(10, TimeUnit.SECONDS)) c.process.destroyForcibly();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        c.process.destroyForcibly();
      }
    }
  }
}
