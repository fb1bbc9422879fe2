package io.muster.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.muster.admin.EventLog;
import io.muster.kernel.Address;
import io.muster.membership.Member;
import io.muster.membership.MemberEvent;
import io.muster.registry.Consensus;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/// Turns what happens on this member into events for those who watch: `/v1/events`.
///
/// Members tell themselves; groups, gate and clients are looked at now and again, and what has
/// changed since is told. [#member] and [#look] run on the control loop.
final class MonitorFeed implements AutoCloseable {
  private final EventLog events;
  private final WarnTap tap;
  private final Supplier<List<Consensus.View>> groups;
  private final Supplier<String> gate;
  private final LongSupplier clients;
  private final Map<String, Consensus.View> groupsBefore = new HashMap<>();
  private String gateBefore = "";
  private long clientsBefore;

  /// Follows the log from now on.
  ///
  /// @param gate its state in words
  /// @param clients that are connected
  MonitorFeed(
      EventLog events,
      Supplier<List<Consensus.View>> groups,
      Supplier<String> gate,
      LongSupplier clients) {
    this.events = events;
    this.groups = groups;
    this.gate = gate;
    this.clients = clients;
    this.tap = new WarnTap(events);
    tap.start();
    root().addAppender(tap);
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  /// Tells of a change of the member list.
  void member(MemberEvent event) {
    Member m = event.member();
    String what =
        switch (event) {
          case MemberEvent.MemberJoined _ -> "joined";
          case MemberEvent.MemberUpdated _ -> "updated";
          case MemberEvent.MemberSuspected _ -> "suspected";
          case MemberEvent.MemberTrusted _ -> "trusted";
          case MemberEvent.MemberFailed _ -> "failed";
          case MemberEvent.MemberLeft _ -> "left";
        };
    events.add(
        EventLog.Type.MEMBER,
        "member " + m.name() + " " + what,
        Map.of(
            "event", what,
            "name", m.name(),
            "id", m.id().hex(),
            "address", m.address().toString()));
  }

  /// Tells what has changed since the last look.
  void look() {
    for (Consensus.View now : groups.get()) {
      Consensus.View before = groupsBefore.put(now.group(), now);
      if (before == null || differs(before, now)) group(now);
    }
    String text = gate.get();
    if (!text.equals(gateBefore)) {
      gateBefore = text;
      events.add(EventLog.Type.GATE, text, Map.of("state", text));
    }
    long connected = clients.getAsLong();
    if (connected != clientsBefore) {
      long more = connected - clientsBefore;
      clientsBefore = connected;
      events.add(
          EventLog.Type.CLIENTS,
          connected + " clients connected (" + (more > 0 ? "+" : "") + more + ")",
          Map.of("connections", Long.toString(connected), "change", Long.toString(more)));
    }
  }

  /// Not what counts up all the time.
  private static boolean differs(Consensus.View a, Consensus.View b) {
    return a.role() != b.role()
        || a.quorum() != b.quorum()
        || !a.leader().equals(b.leader())
        || !a.voters().equals(b.voters())
        || !a.learners().equals(b.learners())
        || !a.failure().equals(b.failure());
  }

  private void group(Consensus.View v) {
    String role = v.role().name().toLowerCase(Locale.ROOT);
    String leader = v.leader().map(Address::toString).orElse("");
    String text =
        "group "
            + v.group()
            + ": "
            + role
            + ", "
            + (leader.isEmpty() ? "no leader" : "led by " + leader)
            + (v.quorum() ? "" : ", no majority answers")
            + ", "
            + v.voters().size()
            + " vote"
            + (v.learners().isEmpty() ? "" : ", " + v.learners().size() + " learn")
            + (v.failure().isEmpty() ? "" : ", given up here: " + v.failure());
    events.add(
        EventLog.Type.GROUP,
        text,
        Map.of(
            "group", v.group(),
            "role", role,
            "leader", leader,
            "quorum", Boolean.toString(v.quorum()),
            "voters", Integer.toString(v.voters().size())));
  }

  /// Ends following the log.
  @Override
  public void close() {
    root().detachAppender(tap);
    tap.stop();
  }

  /// Lines of the log at WARN and above.
  private static final class WarnTap extends AppenderBase<ILoggingEvent> {
    private final EventLog events;

    WarnTap(EventLog events) {
      this.events = events;
    }

    @Override
    protected void append(ILoggingEvent e) {
      if (!e.getLevel().isGreaterOrEqual(Level.WARN)) return;
      events.add(
          EventLog.Type.LOG,
          e.getLevel() + " " + e.getFormattedMessage(),
          Map.of("level", e.getLevel().toString(), "logger", e.getLoggerName()));
    }
  }
}
