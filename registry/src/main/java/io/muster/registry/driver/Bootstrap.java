package io.muster.registry.driver;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.link.Lineage;
import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.Links;
import io.muster.membership.Member;
import io.muster.membership.Membership;
import io.muster.registry.RegistrySettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who the first voters are, agreed once and kept in a file.
///
/// With `expect: N` the control member with the smallest id waits until it sees N of them, asks
/// each whether a group exists, and if none does tells all of them the same list; each keeps the
/// first list it is told. A member that finds a group it is no part of joins it as a learner. With
/// `seed` a member founds alone, unless somebody it can see has a group already. With the founders
/// comes the life of the cluster that they live in ([LineageFile]).
final class Bootstrap {
  private static final Logger log = LoggerFactory.getLogger(Bootstrap.class);
  private static final Duration AGAIN = Duration.ofMillis(100);
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private final RegistrySettings settings;
  private final Path directory;
  private final Path file;
  private final Links links;
  private final Membership membership;
  private final ScheduledExecutorService minder;
  private final CompletableFuture<List<Address>> agreed = new CompletableFuture<>();
  private final long deadline;
  private List<Address> voters = List.of();
  private volatile Function<Address, Optional<MemberId>> registered = _ -> Optional.empty();
  private boolean begun;

  Bootstrap(
      RegistrySettings settings,
      Path directory,
      Links links,
      Membership membership,
      ScheduledExecutorService minder) {
    this.settings = settings;
    this.directory = directory;
    this.file = directory.resolve(LineageFile.VOTERS);
    this.links = links;
    this.membership = membership;
    this.minder = minder;
    this.deadline = System.nanoTime() + settings.bootstrapTimeout().toNanos();
    try {
      if (Files.exists(file)) {
        voters =
            Files.readAllLines(file).stream()
                .filter(l -> !l.isBlank())
                .map(Address::parse)
                .toList();
      }
    } catch (IOException | IllegalArgumentException e) {
      throw RaftGroups.corrupt(file, e);
    }
  }

  /// The first voters, as known to the group's founders; without this member when it comes later.
  CompletableFuture<List<Address>> configuration() {
    minder.execute(
        () -> {
          if (begun) return;
          begun = true;
          if (!voters.isEmpty()) agreed.complete(voters);
          else if (!settings.voters().isEmpty()) accept(settings.voters());
          else attempt();
        });
    return agreed;
  }

  private void attempt() {
    if (agreed.isDone()) return;
    if (System.nanoTime() - deadline > 0) {
      agreed.completeExceptionally(
          new MusterException(
              ErrorCode.BOOTSTRAP_FAILED,
              "registry.expect: waited for "
                  + settings.expect()
                  + " control members, see "
                  + control().size()));
      return;
    }
    List<Member> control = control();
    List<CompletableFuture<byte[]>> answers = new ArrayList<>();
    for (Member m : control) {
      if (m.id().equals(membership.self().id())) continue;
      answers.add(
          links
              .call(
                  m.address(), LinkChannel.REGISTRY, new byte[] {RaftGroups.CONFIGURATION}, ANSWER)
              .exceptionally(_ -> null));
    }
    CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .whenCompleteAsync((_, _) -> decide(control, answers), minder);
  }

  private List<Member> control() {
    return membership.present().stream()
        .filter(m -> m.roles().contains(Role.CONTROL))
        .sorted(Comparator.comparing(Member::id))
        .toList();
  }

  private void decide(List<Member> control, List<CompletableFuture<byte[]>> answers) {
    if (agreed.isDone()) return;
    boolean allAnswered = true;
    for (CompletableFuture<byte[]> a : answers) {
      byte[] answer = a.join();
      if (answer == null) {
        allAnswered = false;
        continue;
      }
      String text = new String(answer, StandardCharsets.UTF_8);
      int semicolon = text.indexOf(';');
      String known = text.substring(0, Math.max(0, semicolon));
      int second = text.indexOf(';', semicolon + 1);
      String list = text.substring(semicolon + 1, second < 0 ? text.length() : second);
      List<Address> founders = addresses(list);
      if (founders.isEmpty()) continue;
      Member self = membership.self();
      if (!known.isEmpty() && !known.equals(self.id().hex())) {
        agreed.completeExceptionally(withoutItsData(self, known));
        return;
      }
      log.info("registry_joins founders={}", founders);
      if (second >= 0 && !lives(text.substring(second + 1))) return;
      accept(founders.stream().filter(f -> !f.equals(self.address())).toList());
      return;
    }
    Member self = membership.self();
    boolean founds =
        settings.seed()
            || (settings.expect() > 0
                && control.size() >= settings.expect()
                && control.getFirst().id().equals(self.id()));
    if (founds && allAnswered) found(control);
    else minder.schedule(this::attempt, AGAIN.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void found(List<Member> control) {
    List<Address> founders =
        settings.seed()
            ? List.of(membership.self().address())
            : control.stream().limit(settings.expect()).map(Member::address).toList();
    log.info("registry_founds voters={}", founders);
    accept(founders);
    byte[] list = text(founders).getBytes(StandardCharsets.UTF_8);
    byte[] request = ByteBuffer.allocate(1 + list.length).put(RaftGroups.FOUND).put(list).array();
    for (Address a : founders) {
      if (!a.equals(membership.self().address())) {
        links.call(a, LinkChannel.REGISTRY, request, ANSWER).exceptionally(_ -> request);
      }
    }
  }

  private static MusterException withoutItsData(Member self, String known) {
    return new MusterException(
        ErrorCode.BOOTSTRAP_FAILED,
        self.address()
            + " is the place of member "
            + known
            + ", whose data is not in this data directory. Start with that directory, or, when it"
            + " is lost, run `muster members forget` on another member first");
  }

  void identify(Function<Address, Optional<MemberId>> known) {
    registered = known;
  }

  boolean registered(Address address) {
    return registered.apply(address).isPresent();
  }

  /// A question or a founding of another member.
  CompletableFuture<byte[]> called(LinkPeer from, byte kind, ByteBuffer rest) {
    return CompletableFuture.supplyAsync(
        () -> {
          if (kind == RaftGroups.FOUND && voters.isEmpty()) accept(decode(rest));
          String known = registered.apply(from.address()).map(MemberId::hex).orElse("");
          Lineage lineage = LineageFile.read(directory);
          // Members that know of one life only are told of no other.
          String life =
              lineage.equals(Lineage.FIRST) || voters.isEmpty() ? "" : ";" + lineage.text();
          return (known + ";" + text(voters) + life).getBytes(StandardCharsets.UTF_8);
        },
        minder);
  }

  /// Keeps the life of the cluster that this member joins, before it accepts any of its groups.
  private boolean lives(String lineage) {
    try {
      LineageFile.write(directory, Lineage.parse(lineage));
      return true;
    } catch (IOException | IllegalArgumentException e) {
      agreed.completeExceptionally(RaftGroups.corrupt(directory, e));
      return false;
    }
  }

  private void accept(List<Address> list) {
    voters = list;
    try {
      Path next = file.resolveSibling("voters.new");
      Files.write(next, list.stream().map(Address::toString).toList());
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      agreed.complete(list);
    } catch (IOException e) {
      agreed.completeExceptionally(RaftGroups.corrupt(file, e));
    }
  }

  private static String text(List<Address> list) {
    return String.join(",", list.stream().map(Address::toString).toList());
  }

  private static List<Address> decode(ByteBuffer b) {
    byte[] utf8 = new byte[b.remaining()];
    b.get(utf8);
    return addresses(new String(utf8, StandardCharsets.UTF_8));
  }

  private static List<Address> addresses(String text) {
    return Arrays.stream(text.split(",", -1))
        .filter(s -> !s.isEmpty())
        .map(Address::parse)
        .toList();
  }
}
