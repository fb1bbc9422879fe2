package io.muster.link.dns;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.TimeSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Message;
import org.xbill.DNS.NAPTRRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/// Finds members and workers by name, as NkCLUSTER does: NAPTR, else SRV, else addresses.
///
/// Answers, also that there is nothing, are kept as long as the name servers say, one second at
/// least and five minutes at most. What is found of one SRV priority, and the addresses of one
/// name, come in another order each time. [#find] blocks and may be called on any thread; one that
/// must not block hands it to a virtual thread.
public final class DnsDiscovery {
  private static final Duration KEPT_MIN = Duration.ofSeconds(1);
  private static final Duration KEPT_MAX = Duration.ofMinutes(5);
  private static final int KEPT = 1000;

  /// Names of SRV records by the preference they have here.
  private static final List<String> SCHEMES = List.of("_muster", "_nkcluster", "_nk", "_nks");

  /// @param servers name servers; those of the system when empty
  /// @param timeout how long one of them may take
  /// @param tries how often each is asked
  public record Settings(List<Address> servers, Duration timeout, int tries) {
    public Settings {
      servers = List.copyOf(servers);
    }
  }

  /// @param host a name, an address, or the name of SRV records (`_muster._tcp.example.org`)
  /// @param port empty where SRV records are to say it
  /// @param transport `tcp`, `tls`, `ws`, `wss` or `sctp`; empty where NAPTR records are to say it
  /// @param fallbackPort where neither the question nor a record says one
  public record Question(
      String host, Optional<Integer> port, Optional<String> transport, int fallbackPort) {}

  /// @param address literal, never a name
  public record Target(String transport, Address address) {}

  /// @param source what it came from: `literal`, `naptr`, `srv` or `address`
  /// @param targets in the order in which they should be tried; may be empty
  /// @param keep how long the answer holds
  public record Found(String source, List<Target> targets, Duration keep) {
    public Found {
      targets = List.copyOf(targets);
    }
  }

  /// Records of one name and type, and how long they hold.
  private record Answer(List<Record> records, Duration keep) {}

  private record Kept(Answer answer, long untilNanos) {}

  private final Resolver resolver;
  private final RandomGenerator dice;
  private final TimeSource time;
  private final ReentrantLock lock = new ReentrantLock();

  /// Guarded by the lock; the eldest go first.
  private final Map<String, Kept> kept =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
          return size() > KEPT;
        }
      };

  /// Asks nobody yet.
  ///
  /// @throws MusterException `discovery_failed` when a server's own name is not known
  public DnsDiscovery(Settings settings, RandomGenerator dice, TimeSource time) {
    this.dice = dice;
    this.time = time;
    ExtendedResolver all;
    if (settings.servers.isEmpty()) {
      all = new ExtendedResolver();
    } else {
      List<Resolver> each = new ArrayList<>();
      for (Address a : settings.servers) {
        InetSocketAddress server = a.socketAddress();
        if (server.isUnresolved()) throw failed("name server " + a + ": its host is unknown", null);
        each.add(new SimpleResolver(server));
      }
      all = new ExtendedResolver(each);
    }
    all.setRetries(settings.tries);
    for (Resolver r : all.getResolvers()) r.setTimeout(settings.timeout);
    // Over all servers and tries; each of them ends after its own time.
    all.setTimeout(
        settings.timeout.multipliedBy((long) settings.tries * all.getResolvers().length));
    this.resolver = all;
  }

  /// Looks a host up.
  ///
  /// @throws MusterException `discovery_failed` when no name server answers, or all with an error
  public Found find(Question q) {
    Optional<String> literal = literal(q.host);
    String transport = q.transport.orElse("tcp");
    if (literal.isPresent()) {
      Address a = new Address(literal.get(), q.port.orElse(q.fallbackPort));
      return new Found("literal", List.of(new Target(transport, a)), KEPT_MAX);
    }
    Collecting found = new Collecting();
    if (q.port.isEmpty()) {
      if (q.transport.isEmpty() && !q.host.startsWith("_")) naptr(q, found);
      if (!found.targets.isEmpty()) return found.as("naptr");
      srv(q, transport, found);
      if (!found.targets.isEmpty()) return found.as("srv");
    }
    addresses(q.host, transport, q.port.orElse(q.fallbackPort), found);
    return found.as("address");
  }

  /// Targets as they are found, and the shortest time that all records hold.
  private static final class Collecting {
    private final List<Target> targets = new ArrayList<>();
    private Duration keep = KEPT_MAX;

    Found as(String source) {
      return new Found(source, targets, keep);
    }

    List<Record> of(Answer answer) {
      if (answer.keep.compareTo(keep) < 0) keep = answer.keep;
      return answer.records;
    }
  }

  private void naptr(Question q, Collecting found) {
    List<DnsOrder.Naptr> records = new ArrayList<>();
    for (Record r : found.of(ask(q.host, Type.NAPTR))) {
      if (!(r instanceof NAPTRRecord n)) continue;
      records.add(
          new DnsOrder.Naptr(
              n.getOrder(),
              n.getPreference(),
              n.getFlags(),
              n.getService(),
              n.getRegexp(),
              n.getReplacement().toString(true)));
    }
    for (DnsOrder.Service s : DnsOrder.services(records)) {
      service(s.name(), s.transport(), found);
    }
  }

  private void srv(Question q, String transport, Collecting found) {
    if (q.host.startsWith("_")) {
      service(q.host, transport, found);
      return;
    }
    for (String scheme : SCHEMES) {
      service(scheme + "._" + transport + "." + q.host, transport, found);
      if (!found.targets.isEmpty()) return;
    }
  }

  private void service(String name, String transport, Collecting found) {
    List<DnsOrder.Srv> records = new ArrayList<>();
    for (Record r : found.of(ask(name, Type.SRV))) {
      if (!(r instanceof SRVRecord s)) continue;
      // A target of the root says that the service is decidedly not here.
      String target = s.getTarget().toString(true);
      if (target.isEmpty() || target.equals(".")) continue;
      records.add(new DnsOrder.Srv(s.getPriority(), s.getWeight(), s.getPort(), target));
    }
    List<DnsOrder.Srv> ordered;
    lock.lock();
    try {
      ordered = DnsOrder.srv(records, dice);
    } finally {
      lock.unlock();
    }
    for (DnsOrder.Srv s : ordered) addresses(s.target(), transport, s.port(), found);
  }

  private void addresses(String host, String transport, int port, Collecting found) {
    List<Target> four = new ArrayList<>();
    List<Target> six = new ArrayList<>();
    for (Record r : found.of(ask(host, Type.A))) {
      if (r instanceof ARecord a) four.add(target(transport, a.getAddress(), port));
    }
    for (Record r : found.of(ask(host, Type.AAAA))) {
      if (r instanceof AAAARecord a) six.add(target(transport, a.getAddress(), port));
    }
    lock.lock();
    try {
      found.targets.addAll(DnsOrder.interleaved(six, four, dice));
    } finally {
      lock.unlock();
    }
  }

  private static Target target(String transport, java.net.InetAddress host, int port) {
    return new Target(transport, new Address(host.getHostAddress(), port));
  }

  private static Optional<String> literal(String host) {
    boolean four = host.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    return four || host.indexOf(':') >= 0 ? Optional.of(host) : Optional.empty();
  }

  private Answer ask(String host, int type) {
    String key = host + "/" + type;
    long now = time.nanos();
    lock.lock();
    try {
      Kept k = kept.get(key);
      if (k != null && k.untilNanos - now > 0) return k.answer;
    } finally {
      lock.unlock();
    }
    Answer answer = answer(host, type);
    lock.lock();
    try {
      kept.remove(key);
      kept.put(key, new Kept(answer, time.nanos() + answer.keep.toNanos()));
    } finally {
      lock.unlock();
    }
    return answer;
  }

  private Answer answer(String host, int type) {
    String what = Type.string(type) + " of " + host;
    try {
      Name name = Name.fromString(host, Name.root);
      Message got = resolver.send(Message.newQuery(Record.newRecord(name, type, DClass.IN)));
      int code = got.getRcode();
      if (code != Rcode.NOERROR && code != Rcode.NXDOMAIN) {
        throw failed(what + ": a name server answers " + Rcode.string(code), null);
      }
      // Aliases come in the same section, before what they lead to.
      List<Record> records =
          got.getSection(Section.ANSWER).stream().filter(r -> r.getType() == type).toList();
      List<Record> judged = got.getSection(records.isEmpty() ? Section.AUTHORITY : Section.ANSWER);
      long seconds = judged.stream().mapToLong(Record::getTTL).min().orElse(KEPT_MIN.toSeconds());
      Duration keep = Duration.ofSeconds(seconds);
      if (keep.compareTo(KEPT_MIN) < 0) keep = KEPT_MIN;
      if (keep.compareTo(KEPT_MAX) > 0) keep = KEPT_MAX;
      return new Answer(records, keep);
    } catch (TextParseException e) {
      throw failed("'" + host + "' is no name", e);
    } catch (IOException e) {
      throw failed(what + ": no name server answers (" + e.getMessage() + ")", e);
    }
  }

  private static MusterException failed(String what, @Nullable Throwable e) {
    return new MusterException(ErrorCode.DISCOVERY_FAILED, what, e);
  }
}
