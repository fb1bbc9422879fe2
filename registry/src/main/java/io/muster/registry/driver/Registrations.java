package io.muster.registry.driver;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.membership.Member;
import io.muster.registry.Outcome;
import io.muster.registry.Registration;
import io.muster.registry.Registry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Members in the registry, under `members/<id>`: a text of five lines, name, address, roles with
/// commas, service, incarnation.
public final class Registrations {
  private static final Duration ENTER_LIMIT = Duration.ofSeconds(30);
  private static final Logger log = LoggerFactory.getLogger(Registrations.class);
  static final String PREFIX = "members/";
  private final Registry registry;

  public Registrations(Registry registry) {
    this.registry = registry;
  }

  /// Enters a member, or brings its entry up to date. Blocks while leaders change, half a minute at
  /// most: call while the member starts.
  ///
  /// @param present whether a member is here now
  /// @throws MusterException `duplicate_member_name` when another that is here has the name,
  ///     `no_quorum` when the registry did not confirm
  public void enter(Member self, Predicate<MemberId> present) {
    for (Registration other : all()) {
      if (other.id().equals(self.id()) || !other.name().equals(self.name())) continue;
      if (present.test(other.id())) {
        throw new MusterException(
            ErrorCode.DUPLICATE_MEMBER_NAME,
            "member.name: '" + self.name() + "' is the member at " + other.address() + " already");
      }
      log.warn(
          "member_replaces name={} id={} former_id={} former_address={}",
          self.name(),
          self.id(),
          other.id(),
          other.address());
    }
    byte[] entry = encode(self);
    long deadline = System.nanoTime() + ENTER_LIMIT.toNanos();
    while (true) {
      // Said twice it is the same. Leaders may change while others start or stop.
      Outcome outcome = registry.put(PREFIX + self.id(), entry).join();
      if (outcome instanceof Outcome.Committed) return;
      if (System.nanoTime() - deadline > 0) {
        throw new MusterException(
            ErrorCode.NO_QUORUM, "this member could not be registered: " + outcome);
      }
      log.info("registration_repeated outcome={}", outcome);
      LockSupport.parkNanos(Proposals.RETRY.toNanos());
    }
  }

  /// All that are registered, as this replica knows; unreadable entries are left out.
  public List<Registration> all() {
    List<Registration> found = new ArrayList<>();
    registry.local(PREFIX).forEach((key, value) -> decode(key, value).ifPresent(found::add));
    return found;
  }

  /// Who is registered at an address.
  public Optional<Registration> at(Address address) {
    return all().stream().filter(r -> r.address().equals(address)).findFirst();
  }

  public CompletableFuture<Outcome> remove(MemberId id) {
    return registry.remove(PREFIX + id);
  }

  private static byte[] encode(Member m) {
    List<String> roles = m.roles().stream().sorted().map(Role::name).toList();
    return String.join(
            "\n",
            m.name(),
            m.address().toString(),
            String.join(",", roles),
            m.service(),
            Long.toString(m.incarnation()))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static Optional<Registration> decode(String key, byte[] value) {
    String[] lines = new String(value, StandardCharsets.UTF_8).split("\n", -1);
    try {
      Set<Role> roles = EnumSet.noneOf(Role.class);
      for (String role : lines[2].split(",", -1)) roles.add(Role.valueOf(role));
      return Optional.of(
          new Registration(
              new MemberId(key.substring(PREFIX.length())),
              lines[0],
              Address.parse(lines[1]),
              roles,
              lines[3],
              Long.parseLong(lines[4])));
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      log.warn("registration_unreadable key={} reason=\"{}\"", key, e.getMessage());
      return Optional.empty();
    }
  }
}
