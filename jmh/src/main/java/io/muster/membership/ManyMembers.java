package io.muster.membership;

import io.muster.kernel.Address;
import io.muster.kernel.ControlLoop;
import io.muster.kernel.MemberId;
import io.muster.kernel.Role;
import io.muster.kernel.Secret;
import io.muster.kernel.TimeSource;
import io.muster.link.LinkIdentity;
import io.muster.link.LinkSettings;
import io.muster.link.driver.LinkNetwork;
import io.muster.membership.driver.SwimMembership;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Members by the dozen on one machine, with real links and real gossip and nothing above: how long
/// they take to find each other, what they send when nothing happens, and how soon all know that
/// one was killed.
///
/// The members live in a few processes, a dozen in each; the last process has a single one, which
/// is killed (`kill -9`) at the end. Traffic is what the loopback device counted: run it in a
/// network namespace of its own, see `docs/performance.md`.
public final class ManyMembers {
  private static final int EACH = 12;
  private static final int PORT = 21_000;
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final Duration QUIET = Duration.ofSeconds(20);

  private ManyMembers() {}

  /// @param args how many members, 50 where nothing is said
  public static void main(String[] args) throws Exception {
    if (args.length == 3) {
      members(Integer.parseInt(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]));
      return;
    }
    int total = args.length == 0 ? 50 : Integer.parseInt(args[0]);
    if (total < 2 || total > 500) {
      throw new IllegalArgumentException("expected 2 to 500 members, found " + total);
    }
    List<Child> children = new ArrayList<>();
    try {
      measure(total, children);
    } finally {
      children.forEach(c -> c.process.destroyForcibly());
    }
  }

  private static void measure(int total, List<Child> children) throws Exception {
    long begin = System.nanoTime();
    for (int from = 0; from < total - 1; from += EACH) {
      children.add(new Child(from, Math.min(from + EACH, total - 1), total));
    }
    Child victim = new Child(total - 1, total, total);
    children.add(victim);
    for (Child c : children) c.sees(total);
    say(
        "%d members in %d processes see each other after %.1f s",
        total, children.size(), seconds(begin));
    TimeUnit.SECONDS.sleep(QUIET.toSeconds());
    long before = sent();
    long from = System.nanoTime();
    TimeUnit.SECONDS.sleep(QUIET.toSeconds());
    double kilobytes = (sent() - before) / 1000.0 / seconds(from) / total;
    say(
        "a member sends %.2f kB/s when nothing happens, headers included, and hears as much",
        kilobytes);
    for (Child c : children) c.settled(total);
    long kill = System.nanoTime();
    victim.process.destroyForcibly();
    for (Child c : children) if (c != victim) c.sees(total - 1);
    say("all know that one was killed after %.2f s", seconds(kill));
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  private static double seconds(long from) {
    return (System.nanoTime() - from) / 1e9;
  }

  /// Bytes that went through the loopback device.
  private static long sent() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/net/dev"))) {
      String[] p = line.strip().split("[: ]+", 0);
      if (p[0].equals("lo")) return Long.parseLong(p[1]);
    }
    throw new IllegalStateException("/proc/net/dev names no loopback device 'lo'");
  }

  /// A process with some of the members, which prints how many its members see, the least of them,
  /// whenever that changes.
  private static final class Child {
    final Process process;
    private final BlockingQueue<Integer> seen = new LinkedBlockingQueue<>();
    private int last;

    Child(int from, int to, int total) throws IOException {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--sun-misc-unsafe-memory-access=allow",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  ManyMembers.class.getName(),
                  "" + from,
                  "" + to,
                  "" + total)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      Thread.ofVirtual().start(this::read);
    }

    private void read() {
      try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line; (line = in.readLine()) != null; ) {
          if (line.startsWith("sees ")) seen.add(Integer.parseInt(line.substring(5)));
        }
      } catch (IOException e) {
        // It was killed.
      }
    }

    /// Forgets what its members saw before.
    void settled(int expected) {
      for (Integer next; (next = seen.poll()) != null; ) last = next;
      if (last == expected) return;
      throw new IllegalStateException(
          "members come and go, this machine is too busy: expected "
              + expected
              + " to be seen, found "
              + last);
    }

    void sees(int expected) throws InterruptedException {
      while (last != expected) {
        Integer next = seen.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
        if (next == null) {
          throw new IllegalStateException(
              "expected " + expected + " members within " + LIMIT + ", found " + last);
        }
        last = next;
      }
    }
  }

  /// Runs members until the process is killed.
  private static void members(int from, int to, int total) throws InterruptedException {
    List<SwimMembership> all = new ArrayList<>();
    for (int i = from; i < to; i++) all.add(member(i, total));
    int shown = 0;
    while (true) {
      int least = total;
      for (SwimMembership m : all) least = Math.min(least, m.present().size());
      if (least != shown) System.out.println("sees " + least);
      shown = least;
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  private static SwimMembership member(int number, int total) {
    MemberId id = MemberId.random(new Random(number));
    String name = "m" + number;
    LinkNetwork links =
        new LinkNetwork(
            new LinkSettings(
                "127.0.0.1",
                PORT + number,
                Optional.empty(),
                Optional.empty(),
                8 << 20,
                4 << 20,
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                10_000),
            new LinkIdentity("scale", id, name, 1),
            List.of(new Secret("a secret to measure with")));
    links.start();
    Member self =
        new Member(
            id,
            name,
            1,
            EnumSet.of(Role.GATEWAY),
            "service",
            links.listening(),
            Map.of(),
            MemberState.ALIVE);
    // A few that everybody asks, as in a configuration file.
    List<Address> hosts =
        List.of(
            new Address("127.0.0.1", PORT),
            new Address("127.0.0.1", PORT + Math.min(EACH, total - 1)));
    SwimMembership membership =
        new SwimMembership(
            self,
            MembershipSettings.defaults(hosts, number == 0),
            "127.0.0.1",
            links,
            links.keysFor("gossip").join(),
            new ControlLoop(name),
            TimeSource.system());
    membership
        .join()
        .whenComplete(
            (_, e) -> {
              if (e != null) System.err.println(name + ": " + e.getMessage());
            });
    return membership;
  }
}
