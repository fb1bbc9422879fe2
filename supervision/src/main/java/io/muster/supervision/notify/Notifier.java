package io.muster.supervision.notify;

import io.muster.kernel.ControlLoop;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.Mailbox;
import io.muster.kernel.MusterException;
import io.muster.kernel.TaskGroup;
import io.muster.kernel.TimeSource;
import io.muster.kernel.Timers;
import io.muster.registry.Outcome;
import io.muster.registry.Registry;
import io.muster.spi.action.ActionReport;
import io.muster.spi.action.Firing;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.notify.core.News;
import io.muster.supervision.notify.core.News.Severity;
import io.muster.supervision.notify.core.Notice;
import io.muster.supervision.notify.core.NoticeCore;
import io.muster.supervision.trigger.Occurrence;
import io.muster.supervision.trigger.Surroundings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells people what happens to targets, once for the whole cluster.
///
/// Every member takes in all events and so knows what people were told; the leader alone sends. The
/// others live [#BEHIND] in the past: one that becomes leader catches up at once and tells what the
/// former may not have come to. So a change of leaders may tell something twice, and nothing never.
/// What only this member knows, such as that it has no majority, it tells by itself.
///
/// Silences lie in the registry and hold for all. Public methods are safe on any thread; they do
/// not block but for [#tell] and [#close].
public final class Notifier implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Notifier.class);
  private static final String SILENCES = "supervision/silences/";
  private static final int SILENCES_MAX = 1000;
  private static final int EVENTS_MAX = 10_000;
  private static final Duration BEHIND = Duration.ofSeconds(15);
  private static final Duration LOOK = Duration.ofMillis(500);

  private final Registry registry;
  private final Surroundings here;
  private final TimeSource time;
  private final NotifySettings settings;
  private final ControlLoop loop = new ControlLoop("notices");
  private final Mailbox<Occurrence> events;
  private final NoticeCore shared;
  private final NoticeCore own;
  private final List<Outbox> sinks = new ArrayList<>();
  private final TaskGroup senders;
  private Timers.@Nullable Timer look;

  public Notifier(NotifySettings settings, Registry registry, Surroundings here, TimeSource time) {
    this.settings = settings;
    this.registry = registry;
    this.here = here;
    this.time = time;
    shared = new NoticeCore(settings.rules());
    own = new NoticeCore(settings.rules());
    events = new Mailbox<>("notices", EVENTS_MAX, loop, this::happened);
    for (SinkPlan plan : settings.sinks()) {
      sinks.add(new Outbox(plan, Sink.open(plan, here.member(), here.configDirectory())));
    }
    senders =
        new TaskGroup(
            "notice-senders",
            Thread.ofVirtual(),
            Duration.ofSeconds(5),
            t -> log.error("notice_sender_failed", t));
  }

  /// Begins to send. Once.
  public void start() {
    for (Outbox o : sinks) senders.start(o::run);
    loop.execute(() -> look = loop.every(LOOK, this::look));
  }

  /// An event has happened; each is told once to each member.
  public void fired(Occurrence event) {
    if (sinks.isEmpty() || !settings.on().contains(event.event())) return;
    if (!events.offer(event)) log.warn("notice_event_refused refused={}", events.refused());
  }

  private void happened(Occurrence o) {
    boolean all = o.event().shared();
    (all ? shared : own).happened(news(o), all ? sharedNow() : time.now());
    look();
  }

  private Instant sharedNow() {
    return here.standing().leads() ? time.now() : time.now().minus(BEHIND);
  }

  private void look() {
    List<Silence> silences = silences();
    // What the others find here is what was told by somebody.
    List<Notice> notices = shared.tick(sharedNow(), silences);
    if (here.standing().leads()) notices.forEach(this::send);
    own.tick(time.now(), silences).forEach(this::send);
  }

  private void send(Notice notice) {
    for (Outbox o : sinks) o.add(notice);
  }

  private News news(Occurrence o) {
    String event = o.event().text();
    String subject = o.event().collection().equals("raft") ? here.member() : o.addr();
    Severity severity =
        switch (o.event()) {
          case NODES_STATE ->
              switch (o.state()) {
                case "passing" -> Severity.GOOD;
                case "warning" -> Severity.WARNING;
                case "critical" -> Severity.CRITICAL;
                default -> Severity.NOTICE;
              };
          case NODES_CONTESTED, NODES_FAILED -> Severity.WARNING;
          case NODES_PASSED, QUORUM_REGAINED -> Severity.GOOD;
          case QUORUM_LOST -> Severity.CRITICAL;
          case NODES_CHANGED,
              NODES_CHANGED_SHARED_STATE,
              NODES_INSERTED,
              NODES_DELETED,
              NODES_ACTIVE,
              NODES_ALL,
              NODES_DRAINED,
              NODES_MAINTENANCE,
              NODES_START,
              NODES_START_CAPACITY,
              BALANCERS_CHANGE,
              RAFT_STATE,
              RAFT_LEADER,
              RAFT_CANDIDATE,
              RAFT_FOLLOWER,
              RAFT_NEW_FOLLOWER ->
              Severity.NOTICE;
        };
    String state = o.event().label().equals("state") ? o.state() : o.event().label();
    return new News(o.cluster(), subject, event, state, severity, o.cause(), o.time());
  }

  /// What a trigger's `notify` does: tells at once, unless a silence forbids it.
  ///
  /// @param via names of sinks; empty for all
  /// @param text instead of the event's cause; empty for that
  public ActionReport tell(Firing firing, List<String> via, String text)
      throws InterruptedException {
    List<String> known = sinks.stream().map(o -> o.plan().name()).toList();
    for (String name : via) {
      if (!known.contains(name)) {
        return ActionReport.failed("no sink is called '" + name + "'; there are " + known);
      }
    }
    if (sinks.isEmpty()) return ActionReport.failed("notifications.sinks names no sink");
    String cause = member(firing.document(), "cause");
    String state = member(firing.document(), "state");
    Instant now = time.now();
    News n =
        new News(
            firing.cluster(),
            firing.addr().isEmpty() ? firing.cluster() : firing.addr(),
            firing.event(),
            state.isEmpty() ? firing.event() : state,
            Severity.NOTICE,
            text.isEmpty() ? cause : text,
            now);
    if (NoticeCore.silenced(n, silences(), now)) return ActionReport.done("silenced");
    Notice notice = new Notice(firing.cluster(), false, List.of(n), 0);
    List<String> wrong = new ArrayList<>();
    for (Outbox o : sinks) {
      if (!via.isEmpty() && !via.contains(o.plan().name())) continue;
      ActionReport report = o.now(notice);
      o.count(report);
      if (!report.done()) wrong.add(o.plan().name() + ": " + report.message());
    }
    return wrong.isEmpty()
        ? ActionReport.done("told")
        : ActionReport.failed(String.join("; ", wrong));
  }

  private static String member(JsonValue document, String name) {
    return document instanceof JsonValue.Obj o && o.members().get(name) instanceof JsonValue.Text t
        ? t.value()
        : "";
  }

  // --- silences

  /// All that hold or did, as this member knows; those that are over are removed with the next new
  /// one.
  public List<Silence> silences() {
    List<Silence> all = new ArrayList<>();
    registry
        .local(SILENCES)
        .forEach(
            (key, bytes) -> {
              try {
                all.add(Silence.read(bytes));
              } catch (RuntimeException e) {
                log.debug("silence_unreadable key={}", key, e);
              }
            });
    return all;
  }

  /// Begins a silence, or changes the one of that id. Repeating is harmless.
  ///
  /// @return completes when it holds; fails with `bad_request` when there are 1000 already, with
  ///     `no_quorum` when nothing was done, with `link_timeout` when nobody knows
  public CompletableFuture<Void> silence(Silence silence) {
    List<Silence> there = silences();
    Instant now = time.now();
    for (Silence s : there) {
      if (s.until().isBefore(now)) registry.remove(SILENCES + s.id());
    }
    long others = there.stream().filter(s -> !s.id().equals(silence.id())).count();
    if (others >= SILENCES_MAX) {
      return CompletableFuture.failedFuture(
          new MusterException(
              ErrorCode.BAD_REQUEST,
              "expected at most " + SILENCES_MAX + " silences; end some, or use patterns with *"));
    }
    return registry.put(SILENCES + silence.id(), silence.bytes()).thenAccept(Notifier::confirmed);
  }

  /// Ends a silence; what still holds is told soon. Repeating is harmless.
  ///
  /// @return fails as [#silence] does
  public CompletableFuture<Void> unsilence(String id) {
    return registry.remove(SILENCES + id).thenAccept(Notifier::confirmed);
  }

  private static void confirmed(Outcome outcome) {
    switch (outcome) {
      case Outcome.Committed _ -> {}
      case Outcome.NotLeader _, Outcome.NoQuorum _ ->
          throw new MusterException(
              ErrorCode.NO_QUORUM, "nothing was changed: no majority of the members answers");
      case Outcome.Unknown u ->
          throw new MusterException(
              ErrorCode.LINK_TIMEOUT,
              "it may have been changed or not (" + u.why() + "); repeating is harmless");
    }
  }

  public List<SinkView> sinks() {
    return sinks.stream().map(Outbox::view).toList();
  }

  /// Stops sending; what waits is not sent.
  @Override
  public void close() {
    loop.execute(
        () -> {
          if (look != null) look.cancel();
        });
    senders.close();
    loop.close();
    sinks.forEach(Outbox::close);
  }
}
