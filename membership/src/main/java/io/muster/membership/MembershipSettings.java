package io.muster.membership;

import io.muster.kernel.Address;
import io.muster.kernel.SettingsSection;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/// The `membership` branch: whom to ask, and the knobs of the failure detector.
///
/// Detection of a frozen member takes between `suspicionMin` and `suspicionMin` + two `pingEvery`
/// after it froze; a freeze shorter than `suspicionMin` minus a round trip is forgiven. A killed
/// process is found by its closed link and a refused dial, in milliseconds.
///
/// @param hosts addresses of members to ask for the others
/// @param seed whether this member may go on alone when nobody answers within `joinTimeout`
/// @param seedWait how long a member that is no seed waits before it asks for the others
/// @param randomWait up to so much longer, by chance, so that not all ask at once
/// @param pingEvery time between two probes of this member; each time it probes its ring neighbour
///     and one other in turn
/// @param pingTimeout how long a direct answer may take before others are asked to probe as well
/// @param pingReqTimeout how long after the first unanswered ping the suspicion is told to all
/// @param pingReqGroupSize how many others are asked
/// @param suspicionMin unanswered for so long and confirmed by others: failed
/// @param suspicionMax unanswered for so long: failed on this member's word alone
/// @param disseminationFactor an update rides on ceil(factor · log10(n + 1)) datagrams per member
/// @param maxDgramSize bytes of a datagram at most, sealing included
public record MembershipSettings(
    List<Address> hosts,
    boolean seed,
    Duration joinTimeout,
    Duration joinDeadline,
    Duration seedWait,
    Duration randomWait,
    Duration pingEvery,
    Duration pingTimeout,
    Duration pingReqTimeout,
    int pingReqGroupSize,
    Duration suspicionMin,
    Duration suspicionMax,
    double disseminationFactor,
    int maxDgramSize,
    Duration pushPullEvery) {
  public MembershipSettings {
    hosts = List.copyOf(hosts);
  }

  /// What a member does that is told nothing but its hosts.
  public static MembershipSettings defaults(List<Address> hosts, boolean seed) {
    return new MembershipSettings(
        hosts,
        seed,
        Duration.ofSeconds(2),
        Duration.ofSeconds(60),
        Duration.ZERO,
        Duration.ZERO,
        Duration.ofMillis(100),
        Duration.ofMillis(200),
        Duration.ofMillis(500),
        3,
        Duration.ofMillis(1150),
        Duration.ofSeconds(5),
        15,
        1200,
        Duration.ofSeconds(10));
  }

  /// How long this member waits before it first asks for the others.
  public Duration waitBeforeJoining(RandomGenerator random) {
    if (seed) return Duration.ZERO;
    return seedWait.plusMillis(random.nextLong(randomWait.toMillis() + 1));
  }

  public static MembershipSettings read(SettingsSection s) {
    MembershipSettings d = defaults(List.of(), false);
    List<String> hosts =
        s.texts("hosts", List.of(), "host:port of members to ask for the others at start");
    List<Address> addresses;
    try {
      addresses = hosts.stream().map(Address::parse).toList();
    } catch (IllegalArgumentException e) {
      throw s.wrong("hosts", "host:port entries (" + e.getMessage() + ")");
    }
    Duration ms = Duration.ofMillis(10);
    Duration hour = Duration.ofHours(1);
    SettingsSection udp = s.section("udp", "gossip datagrams");
    return new MembershipSettings(
        addresses,
        s.flag("seed", false, "go on alone when no host answers within join_timeout"),
        s.duration("join_timeout", d.joinTimeout, ms, hour, "how long a host may take to answer"),
        s.duration("join_deadline", d.joinDeadline, ms, hour, "how long to try before giving up"),
        s.duration("seed_wait", d.seedWait, Duration.ZERO, hour, "wait before joining; no seed"),
        s.duration("random_wait", d.randomWait, Duration.ZERO, hour, "up to so much longer"),
        s.duration("ping_interval", d.pingEvery, ms, hour, "time between probes"),
        s.duration(
            "ping_timeout", d.pingTimeout, ms, hour, "answer time before others probe as well"),
        s.duration(
            "ping_req_timeout",
            d.pingReqTimeout,
            ms,
            hour,
            "unanswered so long: suspicion is told"),
        s.integer("ping_req_group_size", d.pingReqGroupSize, 0, 20, "how many others probe"),
        s.duration(
            "suspicion_min", d.suspicionMin, ms, hour, "unanswered so long and confirmed: failed"),
        s.duration(
            "suspicion_max", d.suspicionMax, ms, hour, "unanswered so long, by one alone: failed"),
        s.number(
            "dissemination_factor",
            d.disseminationFactor,
            1,
            100,
            "how often news are repeated: ceil(factor * log10(n + 1))"),
        (int) udp.bytes("max_dgram_size", d.maxDgramSize, 512, 60_000, "largest datagram"),
        s.duration("push_pull_interval", d.pushPullEvery, ms, hour, "time between full exchanges"));
  }
}
