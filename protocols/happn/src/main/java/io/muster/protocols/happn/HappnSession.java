package io.muster.protocols.happn;

import io.muster.access.Access;
import io.muster.access.AccessSession;
import io.muster.access.Action;
import io.muster.gateway.ClientConnection;
import io.muster.gateway.ClientProtocol;
import io.muster.gateway.Listening;
import io.muster.kernel.Lane;
import io.muster.realtime.Subscriber;
import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's conversation. All of it on the connection's lane.
final class HappnSession implements ClientProtocol.Session, Subscriber {
  private static final Logger log = LoggerFactory.getLogger(HappnSession.class);
  private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};
  private static final long LEGACY_SILENCE_NANOS = 125_000_000_000L;

  private final HappnProtocol protocol;
  private final ClientConnection connection;
  private final HappnProtocol.LaneState state;
  private final String id = UUID.randomUUID().toString();
  private final int beatSlot;
  private @Nullable RequestQueue queue;
  private @Nullable Subscriptions subscriptions;
  private final @Nullable SessionUser user;
  private String protocolName = "happn";
  private int writing;
  private boolean peer;
  private boolean paused;
  private boolean ended;
  private boolean browser;
  private final long openedNanos;

  // Heartbeat: happn_4 is pinged by us, older ones ping us.
  private long lastPingNanos;
  private int unanswered;

  HappnSession(HappnProtocol protocol, ClientConnection connection) {
    this.protocol = protocol;
    this.connection = connection;
    this.state = protocol.state(connection.lane());
    this.openedNanos = protocol.faces().time().nanos();
    this.lastPingNanos = openedNanos;
    Access access = protocol.faces().access();
    this.user = access.secure() ? new SessionUser(this, access) : null;
    if (protocol.guarded()) state.strangers.add(this);
    this.beatSlot = slot(id, state.beats.size());
    state.beats.get(beatSlot).add(this);
  }

  /// Among so many, where the session of an id is pinged.
  static int slot(String id, int slots) {
    return (id.hashCode() & 0x7fffffff) % slots;
  }

  /// What it listens to.
  List<Listening> listening() {
    Subscriptions all = subscriptions;
    return all == null ? List.of() : all.shown();
  }

  @Override
  public String session() {
    return id;
  }

  @Override
  public Lane lane() {
    return connection.lane();
  }

  @Override
  public boolean peer() {
    return peer;
  }

  ClientConnection connection() {
    return connection;
  }

  Answers answers() {
    return state.answers;
  }

  String protocolName() {
    return protocolName;
  }

  /// Whether the client counts its subscriptions itself, as the oldest do.
  boolean counts() {
    return protocolName.equals("happn") || protocolName.equals("happn_1");
  }

  /// Who the client is; null on unsecured clusters.
  @Nullable SessionUser user() {
    return user;
  }

  void loggedIn(AccessSession who, boolean asPeer) {
    if (user == null) return;
    user.loggedIn(who);
    peer = asPeer;
    if (user.limited()) state.limited.add(this);
    else state.limited.remove(this);
    state.strangers.remove(this);
  }

  boolean ended() {
    return ended;
  }

  /// Whether a write of this session has not been answered yet.
  boolean writing() {
    return writing > 0;
  }

  void writing(int more) {
    writing += more;
  }

  private Subscriptions subscriptions() {
    Subscriptions all = subscriptions;
    if (all == null) {
      all = new Subscriptions(this, protocol.faces());
      subscriptions = all;
    }
    return all;
  }

  JsonOut scratch() {
    return state.scratch;
  }

  RequestQueue queue() {
    RequestQueue q = queue;
    if (q == null) {
      q = new RequestQueue(connection.lane());
      queue = q;
    }
    return q;
  }

  // --- frames

  @Override
  public void text(byte[] payload) {
    if (payload.length > 0 && payload[0] == '"') {
      control(new String(payload, StandardCharsets.UTF_8));
      return;
    }
    Request r;
    try {
      r = RequestParser.parse(payload);
    } catch (RequestParser.Unreadable e) {
      if (e.eventId < 0) return;
      Request partly = new Request();
      partly.eventId = e.eventId;
      partly.action = e.action;
      answer(
          () ->
              connection.send(
                  state.answers.error(
                      partly,
                      protocolName,
                      "ValidationError",
                      500,
                      "bad frame: " + e.getMessage(),
                      "")));
      return;
    }
    handle(r);
    int max = protocol.settings().requestsMax();
    if (queue != null && queue.size() >= max && !paused) {
      paused = true;
      connection.reading(false);
    }
  }

  @Override
  public void binary(byte[] payload) {
    // Binary frames have no meaning in this protocol.
  }

  private void control(String text) {
    if (text.startsWith("\"primus::pong::")) {
      unanswered = 0;
    } else if (text.startsWith("\"primus::ping::") && text.endsWith("\"")) {
      lastPingNanos = protocol.faces().time().nanos();
      connection.send(("\"primus::pong::" + text.substring(15)).getBytes(StandardCharsets.UTF_8));
    } else if (text.startsWith("\"primus::id::")) {
      connection.send(("\"primus::id::" + id + "\"").getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void excess(byte[] payload, String why) {
    Request r = new Request();
    try {
      r = RequestParser.parse(payload);
    } catch (RequestParser.Unreadable e) {
      r.eventId = e.eventId;
      r.action = e.action;
    }
    connection.send(state.answers.error(r, protocolName, "TooManyRequests", 429, why, ""));
  }

  /// Whether it has been there for longer.
  boolean overdue(long nowNanos, Duration threshold) {
    return nowNanos - openedNanos > threshold.toNanos();
  }

  /// Ends the session in a way that lets its client come again, unless its login is being checked.
  void neverLoggedIn() {
    if (queue != null && queue.size() > 0) return;
    if (protocol.settings().cleanup().verbose()) {
      log.info("session_closed id={} remote={} reason=\"no login\"", id, connection.remote());
    }
    connection.close(
        1008, "no login within " + protocol.settings().cleanup().threshold().toSeconds() + " s");
  }

  /// Once per ping interval.
  void beat() {
    if (ended) return;
    if (protocolName.equals("happn_4")) {
      if (unanswered > protocol.settings().skippedPings()) {
        connection.close(1001, "no answer to pings");
        return;
      }
      if (unanswered++ == 0) {
        long now = protocol.faces().time().now().toEpochMilli();
        connection.send(("\"primus::ping::" + now + "\"").getBytes(StandardCharsets.US_ASCII));
      }
    } else if (protocol.faces().time().nanos() - lastPingNanos > LEGACY_SILENCE_NANOS) {
      connection.close(1001, "no pings");
    }
  }

  /// Once a second, of sessions that end by themselves.
  void look() {
    if (!ended && user != null) user.look();
  }

  @Override
  public boolean quiet() {
    return queue == null || queue.size() == 0;
  }

  @Override
  public void closed() {
    ended = true;
    state.beats.get(beatSlot).remove(this);
    state.limited.remove(this);
    if (user != null) user.close();
    state.strangers.remove(this);
    if (subscriptions != null) subscriptions.close();
    subscriptions = null;
  }

  // --- requests

  /// Sends an answer when its turn has come.
  void answer(Runnable send) {
    queue()
        .add(
            () -> {
              send.run();
              resume();
              return null;
            });
  }

  void resume() {
    if (paused && queue().size() <= protocol.settings().requestsMax() / 2) {
      paused = false;
      connection.reading(true);
    }
  }

  void refuse(Request r, String name, int code, String message) {
    answer(() -> connection.send(state.answers.error(r, protocolName, name, code, message, "")));
  }

  private void handle(Request r) {
    switch (r.action) {
      case "configure-session" -> configure(r);
      case "describe", "login" -> {
        // Older protocols do not echo the session before there is one.
        if (!protocolName.equals("happn_4")) r.sessionId = null;
        if (r.action.equals("login")) protocol.login().login(this, r);
        else describe(r);
      }
      case "set" -> protocol.writes().set(this, r);
      case "get" -> protocol.reads().get(this, r);
      case "count" -> protocol.reads().count(this, r);
      case "remove" -> protocol.writes().remove(this, r);
      case "on" -> subscriptions().on(r);
      case "off" -> subscriptions().off(r);
      case "ack" -> {
        byte[] publication = r.data;
        if (publication != null && publication[0] == '"') {
          protocol.faces().realtime().acknowledge(id, Login.text(publication));
        }
        plain(r, NULL);
      }
      case "revoke-token", "change-password", "disconnect-child-sessions", "request-nonce" ->
          account(r);
      case "disconnect" -> {
        // Older clients say good-bye before they close.
        if (protocolName.equals("happn_3") || protocolName.equals("happn_4")) unknown(r);
        else plain(r, NULL);
      }
      case "" -> {
        if (r.eventId >= 0) refuse(r, "ValidationError", 500, "a request needs an action");
      }
      default -> unknown(r);
    }
  }

  private void unknown(Request r) {
    refuse(r, "ValidationError", 500, "unknown action: " + r.action);
  }

  void plain(Request r, byte[] data) {
    answer(() -> connection.send(state.answers.plain(r, protocolName, data)));
  }

  private void configure(Request r) {
    String asked = Login.member(r, "protocol");
    if (asked == null) {
      refuse(r, "ValidationError", 500, "configure-session needs data.protocol");
      return;
    }
    boolean known = asked.matches("happn(_[1-4])?");
    if (!known && !asked.startsWith("happn") && !asked.startsWith("1")) {
      refuse(r, "ValidationError", 500, "unknown inbound protocol: " + asked);
      return;
    }
    protocolName = known ? asked : "happn_1";
    browser = Arrays.equals(Login.rawMember(r.data, "browser"), TRUE);
    plain(r, NULL);
  }

  private void describe(Request r) {
    JsonOut out = new JsonOut(128);
    out.raw("{\"name\":").string(protocol.instance());
    out.raw(",\"secure\":").raw(protocol.faces().access().secure() ? "true" : "false");
    if (browser) {
      Cookies cookies = protocol.settings().cookies();
      out.raw(",\"cookieName\":").string(cookies.name(connection));
      if (cookies.domain().isPresent()) {
        out.raw(",\"cookieDomain\":").string(cookies.domain().get());
      }
    }
    out.raw('}');
    plain(r, out.toBytes());
  }

  /// What only users have.
  private void account(Request r) {
    if (user == null) {
      if (r.action.equals("disconnect-child-sessions")) plain(r, NULL);
      else refuse(r, "SystemError", 500, "Cannot " + r.action + " Not Secure");
      return;
    }
    switch (r.action) {
      case "revoke-token" -> user.revokeToken(r);
      case "change-password" -> user.changePassword(r);
      case "request-nonce" -> user.nonce(r);
      default -> user.endChildren(r);
    }
  }

  /// Whether the session may do what it asks; answers when not, and ends the session where that is
  /// the rule.
  ///
  /// @param action null when it needs no permission but a login
  /// @param path as permissions see it
  boolean may(Request r, @Nullable Action action, @Nullable String path) {
    return user == null || user.may(r, action, path);
  }

  /// Ends the session so that its client does not come again by itself.
  void end(String reason) {
    if (ended) return;
    connection.send(state.answers.ended(reason));
    connection.send("\"primus::server::close\"".getBytes(StandardCharsets.US_ASCII));
    connection.close(1000, reason);
  }

  /// Ends subscriptions that are not allowed any more.
  void recheck() {
    if (ended || user == null || subscriptions == null) return;
    if (!protocol.faces().access().rechecksSubscriptions()) return;
    subscriptions.keep(user);
  }

  /// Whether it may have an event at a path.
  ///
  /// @param other in whose name it listens, or null for its own
  boolean sees(@Nullable String other, String path) {
    return user == null || user.mayListen(other, path);
  }

  /// Tells the client of a change of users and rights, if it is of those that understand.
  void tell(String what, byte[] data) {
    if (ended) return;
    if (!protocolName.equals("happn_4") && !protocolName.equals("happn_3")) return;
    connection.send(state.answers.told(what, data, protocolName));
  }

  boolean supported(Request r) {
    if (r.options.unsupported == null) return true;
    refuse(r, "SystemError", 500, r.options.unsupported);
    return false;
  }

  /// What a request asks of records; null when it was refused.
  @Nullable Query query(Request r) {
    try {
      return Query.of(r.options);
    } catch (CriteriaException e) {
      refuse(r, "ValidationError", 500, String.valueOf(e.getMessage()));
      return null;
    }
  }

  void badPath(Request r, String why) {
    refuse(r, "Error", 0, why);
  }

  void storeFailed(Request r, CompletableFuture<?> failed) {
    Throwable e = failed.handle((_, t) -> t).join();
    Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    int code = 500;
    if (cause instanceof StoreException s) {
      code =
          switch (s.kind()) {
            case UNAVAILABLE -> 503;
            case UNKNOWN -> 504;
            case UNMET -> 409;
            case REFUSED -> r.options.increment == null ? 413 : 500;
            case FAILED -> 500;
          };
    }
    String message = cause == null ? "failed" : String.valueOf(cause.getMessage());
    connection.send(
        state.answers.error(
            r,
            protocolName,
            "SystemError",
            code,
            message,
            ",\"severity\":1,\"reason\":\"DataService\""));
    resume();
  }
}
