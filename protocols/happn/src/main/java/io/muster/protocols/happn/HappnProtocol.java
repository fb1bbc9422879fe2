package io.muster.protocols.happn;

import io.muster.access.Access;
import io.muster.gateway.ClientConnection;
import io.muster.gateway.ClientProtocol;
import io.muster.gateway.HttpAnswer;
import io.muster.gateway.HttpAsk;
import io.muster.gateway.Listening;
import io.muster.kernel.Lane;
import io.muster.kernel.TimeSource;
import io.muster.kernel.Timers;
import io.muster.realtime.Realtime;
import io.muster.spi.store.RecordStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// happn on the clients' ports: `/primus` for WebSockets, and a few paths for plain HTTP.
public final class HappnProtocol implements ClientProtocol {
  private static final Duration TICK = Duration.ofSeconds(1);

  /// What sessions work with.
  ///
  /// @param writeObjection why writes are refused now, or null
  public record Faces(
      Realtime realtime,
      RecordStore store,
      Access access,
      Supplier<@Nullable String> writeObjection,
      TimeSource time) {}

  /// What belongs to one lane: touched there only.
  static final class LaneState {
    /// Sessions that end by themselves after some time.
    final Set<HappnSession> limited = new LinkedHashSet<>(0);

    /// Sessions that have not logged in where they have to, the oldest first.
    final LinkedHashSet<HappnSession> strangers = new LinkedHashSet<>(0);

    final JsonOut scratch = new JsonOut(1024);
    final Answers answers = new Answers(scratch);

    /// Sessions by the second of the ping interval in which they are looked at.
    final List<Set<HappnSession>> beats;

    LaneState(int interval) {
      List<Set<HappnSession>> all = new ArrayList<>();
      for (int i = 0; i < interval; i++) all.add(new LinkedHashSet<>(0));
      beats = List.copyOf(all);
    }
  }

  private final HappnSettings settings;
  private final String instance;
  private final String version;
  private final Faces faces;
  private final List<? extends Lane> lanes;
  private final List<LaneState> states;
  private final Login login;
  private final Reads reads;
  private final Writes writes;
  private final HappnHttp http;
  private final Timers.Timer beats;
  private long second;

  /// @param instance the name that `describe` tells
  public HappnProtocol(
      HappnSettings settings,
      String instance,
      String version,
      Faces faces,
      List<? extends Lane> lanes,
      Timers timers) {
    this.settings = settings;
    this.instance = instance;
    this.version = version;
    this.faces = faces;
    this.lanes = lanes;
    int interval = (int) Math.max(1, settings.pingInterval().toSeconds());
    this.states = lanes.stream().map(_ -> new LaneState(interval)).toList();
    this.login = new Login(this);
    this.reads = new Reads(faces);
    this.writes = new Writes(faces);
    this.http = new HappnHttp(faces.access(), settings, version);
    this.beats = timers.every(TICK, this::beat);
  }

  @Override
  public void close() {
    beats.cancel();
  }

  Login login() {
    return login;
  }

  Reads reads() {
    return reads;
  }

  Writes writes() {
    return writes;
  }

  /// Looks after one share of the sessions each second.
  private void beat() {
    boolean cleanup = guarded() && second % settings.cleanup().interval().toSeconds() == 0;
    int now = (int) (second++ % states.getFirst().beats.size());
    for (Lane lane : lanes) {
      lane.execute(
          () -> {
            LaneState state = states.get(lane.index());
            for (HappnSession s : List.copyOf(state.beats.get(now))) s.beat();
            for (HappnSession s : List.copyOf(state.limited)) s.look();
            if (cleanup) endStrangers(state);
          });
    }
  }

  /// Whether sessions have to log in within a time.
  boolean guarded() {
    return faces.access().secure() && !settings.cleanup().threshold().isZero();
  }

  private void endStrangers(LaneState state) {
    long now = faces.time().nanos();
    for (HappnSession s : List.copyOf(state.strangers)) {
      // In the order in which they came: those behind are younger.
      if (!s.overdue(now, settings.cleanup().threshold())) return;
      s.neverLoggedIn();
    }
  }

  HappnSettings settings() {
    return settings;
  }

  String instance() {
    return instance;
  }

  String version() {
    return version;
  }

  Faces faces() {
    return faces;
  }

  LaneState state(Lane lane) {
    return states.get(lane.index());
  }

  @Override
  public String name() {
    return "happn";
  }

  @Override
  public CompletableFuture<Optional<List<Listening>>> listening(String session) {
    List<CompletableFuture<Optional<List<Listening>>>> asked = new ArrayList<>();
    for (Lane lane : lanes) {
      CompletableFuture<Optional<List<Listening>>> answer = new CompletableFuture<>();
      asked.add(answer);
      // A lane that takes no tasks any more has no sessions either.
      if (!lane.offer(() -> answer.complete(listening(lane, session)))) {
        answer.complete(Optional.empty());
      }
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(
            _ -> asked.stream().map(CompletableFuture::join).flatMap(Optional::stream).findFirst());
  }

  private Optional<List<Listening>> listening(Lane lane, String session) {
    List<Set<HappnSession>> beats = states.get(lane.index()).beats;
    for (HappnSession s : beats.get(HappnSession.slot(session, beats.size()))) {
      if (s.session().equals(session)) return Optional.of(s.listening());
    }
    return Optional.empty();
  }

  @Override
  public boolean webSocket(String path) {
    return path.equals("/primus") || path.equals("/primus/");
  }

  @Override
  public Session open(ClientConnection connection) {
    return new HappnSession(this, connection);
  }

  @Override
  public @Nullable CompletableFuture<HttpAnswer> http(HttpAsk ask) {
    return http.own(ask);
  }

  @Override
  public @Nullable CompletableFuture<HttpAnswer> unclaimed(HttpAsk ask) {
    return http.other(ask);
  }
}
