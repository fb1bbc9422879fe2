package io.muster.protocols.happn;

import io.muster.access.Access;
import io.muster.gateway.ClientConnection;
import io.muster.gateway.ClientProtocol;
import io.muster.kernel.Lane;
import io.muster.realtime.Action;
import io.muster.realtime.Publication;
import io.muster.realtime.Realtime;
import io.muster.realtime.Subscriber;
import io.muster.realtime.Subscription;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.Write;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// One client's conversation. All of it on the connection's lane.
final class HappnSession implements ClientProtocol.Session, Subscriber {
  private static final JsonFactory JSON = new JsonFactory();
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};
  private static final byte[] NULL_VALUE = "{\"value\":null}".getBytes(StandardCharsets.US_ASCII);
  private static final int SUBSCRIPTIONS_MAX = 10_000;
  private static final int DEPTH = 5;
  private static final long LEGACY_SILENCE_NANOS = 125_000_000_000L;

  /// A subscription as the client knows it.
  private record Listening(int reference, String path, Subscription subscription) {}

  private final HappnProtocol protocol;
  private final ClientConnection connection;
  private final HappnProtocol.LaneState state;
  private final String id = UUID.randomUUID().toString();
  private final int beatSlot;
  private @Nullable RequestQueue queue;
  private @Nullable List<Listening> listening;
  private Access.@Nullable Identity identity;
  private String protocolName = "happn";
  private int references;
  private int writing;
  private boolean peer;
  private boolean paused;
  private boolean ended;

  // Heartbeat: happn_4 is pinged by us, older ones ping us.
  private long lastPingNanos;
  private int unanswered;

  HappnSession(HappnProtocol protocol, ClientConnection connection) {
    this.protocol = protocol;
    this.connection = connection;
    this.state = protocol.state(connection.lane());
    this.lastPingNanos = protocol.faces().time().nanos();
    this.beatSlot = (id.hashCode() & 0x7fffffff) % state.beats.size();
    state.beats.get(beatSlot).add(this);
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

  JsonOut scratch() {
    return state.scratch;
  }

  private RequestQueue queue() {
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

  @Override
  public void closed() {
    ended = true;
    state.beats.get(beatSlot).remove(this);
    if (listening != null) {
      for (Listening l : listening) protocol.faces().realtime().unsubscribe(l.subscription);
    }
    listening = null;
  }

  // --- requests

  /// Sends an answer when its turn has come.
  private void answer(Runnable send) {
    queue()
        .add(
            () -> {
              send.run();
              resume();
              return null;
            });
  }

  private void resume() {
    if (paused && queue().size() <= protocol.settings().requestsMax() / 2) {
      paused = false;
      connection.reading(true);
    }
  }

  private void refuse(Request r, String name, int code, String message) {
    answer(() -> connection.send(state.answers.error(r, protocolName, name, code, message, "")));
  }

  private void handle(Request r) {
    switch (r.action) {
      case "configure-session" -> configure(r);
      case "describe", "login" -> {
        // Older protocols do not echo the session before there is one.
        if (!protocolName.equals("happn_4")) r.sessionId = null;
        if (r.action.equals("login")) login(r);
        else describe(r);
      }
      case "set" -> set(r);
      case "get" -> get(r);
      case "count" -> count(r);
      case "remove" -> remove(r);
      case "on" -> on(r);
      case "off" -> off(r);
      case "ack" -> plain(r, NULL);
      case "revoke-token", "change-password" -> {
        if (!protocol.faces().access().secure()) {
          refuse(r, "SystemError", 500, "Cannot " + r.action + " Not Secure");
        } else if (identity == null) {
          unauthorized(r);
        } else {
          refuse(r, "SystemError", 500, "'" + r.action + "' is not available yet");
        }
      }
      case "request-nonce", "disconnect-child-sessions" ->
          refuse(r, "SystemError", 500, "'" + r.action + "' is not available yet");
      case "" -> {
        if (r.eventId >= 0) refuse(r, "ValidationError", 500, "a request needs an action");
      }
      default -> refuse(r, "ValidationError", 500, "unknown action: " + r.action);
    }
  }

  private void plain(Request r, byte[] data) {
    answer(() -> connection.send(state.answers.plain(r, protocolName, data)));
  }

  private void configure(Request r) {
    String asked = member(r, "protocol");
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
    plain(r, NULL);
  }

  private void describe(Request r) {
    JsonOut out = new JsonOut(128);
    out.raw("{\"name\":").string(protocol.instance());
    out.raw(",\"secure\":").raw(protocol.faces().access().secure() ? "true}" : "false}");
    plain(r, out.toBytes());
  }

  /// A text member of the request's data, or null.
  private static @Nullable String member(Request r, String name) {
    byte[] found = rawMember(r.dataKind == Request.Kind.OBJECT ? r.data : null, name);
    if (found == null || found[0] != '"') return null;
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), found)) {
      p.nextToken();
      return p.getString();
    }
  }

  private static byte @Nullable [] rawMember(byte @Nullable [] object, String name) {
    if (object == null) return null;
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), object)) {
      p.nextToken();
      while (p.nextToken() != JsonToken.END_OBJECT) {
        boolean wanted = p.currentName().equals(name);
        p.nextToken();
        int from = (int) p.currentTokenLocation().getByteOffset();
        p.skipChildren();
        p.finishToken();
        int to = (int) p.currentLocation().getByteOffset();
        if (wanted) return java.util.Arrays.copyOfRange(object, from, to);
      }
    }
    return null;
  }

  // --- login

  private void login(Request r) {
    if (r.dataKind != Request.Kind.OBJECT) {
      refuse(r, "AccessDenied", 401, "Invalid credentials");
      return;
    }
    byte[] info = rawMember(r.data, "info");
    byte[] shown = info != null && info[0] == '{' ? info : new byte[] {'{', '}'};
    Access access = protocol.faces().access();
    if (!access.secure()) {
      byte[] data = sessionData(shown, null, "", "");
      plain(r, data);
      return;
    }
    String token = member(r, "token");
    String username = member(r, "username");
    String password = member(r, "password");
    CompletableFuture<Access.LoginResult> checking;
    if (token != null) checking = access.login(token);
    else if (username != null && password != null) checking = access.login(username, password);
    else {
      refuse(r, "AccessDenied", 401, "Invalid credentials");
      return;
    }
    queue()
        .add(
            checking,
            () -> {
              loggedIn(r, checking, shown, token);
              resume();
              return null;
            });
  }

  private void loggedIn(
      Request r,
      CompletableFuture<Access.LoginResult> checking,
      byte[] info,
      @Nullable String usedToken) {
    if (checking.isCompletedExceptionally()) {
      connection.send(state.answers.error(r, protocolName, "SystemError", 500, "login failed", ""));
      return;
    }
    switch (checking.join()) {
      case Access.LoginResult.Granted g -> {
        identity = g.identity();
        // A peer is told from others only when it is the administrator: info is untrusted.
        peer = g.identity().admin() && rawMember(info, "clusterName") != null;
        String token =
            usedToken != null ? usedToken : protocol.faces().access().token(g.identity(), id);
        String parent = g.session().isEmpty() ? id : g.session();
        connection.send(
            state.answers.plain(r, protocolName, sessionData(info, g.identity(), token, parent)));
      }
      case Access.LoginResult.Refused f ->
          connection.send(
              state.answers.error(
                  r,
                  protocolName,
                  f.code() == 503 ? "SystemError" : "AccessDenied",
                  f.code(),
                  f.message(),
                  ""));
    }
  }

  private byte[] sessionData(
      byte[] info, Access.@Nullable Identity user, String token, String parent) {
    boolean secure = protocol.faces().access().secure();
    JsonOut out = new JsonOut(1024);
    out.raw("{\"id\":").string(id).raw(",\"protocol\":").string(protocolName);
    out.raw(",\"happn\":{\"name\":").string(protocol.instance());
    out.raw(",\"secure\":").raw(secure ? "true}" : "false}");
    out.raw(",\"headers\":{},\"encrypted\":false,\"address\":{\"ip\":");
    out.string(
        connection.remote().getAddress() == null
            ? ""
            : connection.remote().getAddress().getHostAddress());
    out.raw(",\"secure\":").raw(connection.tls() ? "true" : "false");
    out.raw(",\"port\":").number(connection.remote().getPort()).raw('}');
    out.raw(",\"url\":").string(connection.url());
    out.raw(",\"version\":").string(protocol.version()).raw(",\"info\":").raw(info);
    if (user != null) {
      out.raw(",\"cookieName\":\"happn_token\"");
      out.raw(",\"user\":{\"custom_data\":{},\"username\":").string(user.username());
      out.raw(",\"userid\":").string(user.userid()).raw(",\"permissions\":{}}");
      out.raw(",\"timestamp\":").number(protocol.faces().time().now().toEpochMilli());
      out.raw(",\"origin\":").string(protocol.instance()).raw(",\"type\":1");
      out.raw(",\"parentId\":").string(parent);
      out.raw(",\"policy\":{\"0\":{\"ttl\":0,\"inactivity_threshold\":null}");
      out.raw(",\"1\":{\"ttl\":0,\"inactivity_threshold\":null}}");
      out.raw(",\"permissionSetKey\":\"_ADMIN\",\"token\":").string(token);
      out.raw(",\"authType\":\"happn\"");
    }
    return out.raw('}').toBytes();
  }

  /// Whether the session may do what it asks; answers and ends it when not.
  private boolean authorized(Request r) {
    if (!protocol.faces().access().secure() || identity != null) return true;
    unauthorized(r);
    return false;
  }

  private void unauthorized(Request r) {
    answer(
        () -> {
          connection.send(
              state.answers.error(
                  r, protocolName, "AccessDenied", 403, "no policy attached to session", ""));
          connection.send(state.answers.ended("no-session-policy"));
          connection.send("\"primus::server::close\"".getBytes(StandardCharsets.US_ASCII));
          connection.close(1000, "no-session-policy");
        });
  }

  private boolean supported(Request r) {
    if (r.options.unsupported == null) return true;
    refuse(r, "SystemError", 500, r.options.unsupported);
    return false;
  }

  private void badPath(Request r, String why) {
    refuse(r, "Error", 0, why);
  }

  // --- set

  private void set(Request r) {
    if (!authorized(r) || !supported(r)) return;
    Request.Options o = r.options;
    String why = Paths.objection(r.path, true);
    if (why != null) {
      badPath(r, why);
      return;
    }
    if (o.consistency == 3) {
      refuse(r, "SystemError", 500, "consistency ACKNOWLEDGED is not available yet");
      return;
    }
    byte[] data = stored(r);
    if (o.noStore) {
      queue()
          .add(
              () ->
                  publishAndAnswer(
                      r, publication(r, Action.SET, data, null, null), data, null, pathMember(r)));
      return;
    }
    String objection = protocol.faces().writeObjection().get();
    if (objection != null) {
      refuse(r, "SystemError", 503, objection);
      return;
    }
    String by = identity == null ? null : identity.username();
    String path = String.valueOf(r.path);
    var written =
        protocol
            .faces()
            .store()
            .write(o.merge ? new Write.Merge(path, data, by) : new Write.Put(path, data, by));
    writing++;
    queue()
        .add(
            written,
            () -> {
              writing--;
              if (written.isCompletedExceptionally()) {
                storeFailed(r, written);
                return null;
              }
              PathRecord record = written.join().record();
              Publication p =
                  publication(r, Action.SET, record.data(), o.merge ? data : null, record);
              return publishAndAnswer(r, p, record.data(), record, "");
            });
  }

  private static String pathMember(Request r) {
    JsonOut out = new JsonOut(64).raw("\"path\":").string(String.valueOf(r.path)).raw(',');
    return new String(out.toBytes(), StandardCharsets.UTF_8);
  }

  /// What is stored for the data given: objects as they are, the rest under `value`.
  private static byte[] stored(Request r) {
    byte[] data = r.data;
    if (data == null) return NULL_VALUE;
    if (r.dataKind == Request.Kind.OBJECT) return data;
    return new JsonOut(data.length + 16).raw("{\"value\":").raw(data).raw('}').toBytes();
  }

  private Publication publication(
      Request r,
      Action action,
      byte[] data,
      byte @Nullable [] change,
      @Nullable PathRecord record) {
    Request.Options o = r.options;
    return new Publication(
        action,
        String.valueOf(r.path),
        data,
        change,
        id,
        Math.max(0, r.eventId),
        record == null ? 0 : record.created(),
        record == null ? 0 : record.modified(),
        0,
        o.consistency,
        o.meta,
        identity == null ? null : identity.username(),
        identity == null ? null : id,
        o.targets,
        o.noCluster);
  }

  /// Events first, then the answer; with DEFERRED the other way round and an acknowledgement.
  private RequestQueue.@Nullable Wait publishAndAnswer(
      Request r, Publication p, byte[] data, @Nullable PathRecord record, String extra) {
    Request.Options o = r.options;
    if (o.noPublish) {
      answerWrite(r, data, record, false, extra);
      return null;
    }
    Realtime realtime = protocol.faces().realtime();
    if (o.consistency < 2) {
      answerWrite(r, data, record, false, extra);
      Realtime.Published done = realtime.publish(p);
      connection.send(
          state.answers.acknowledgement(
              id + "-" + p.eventId(),
              p.eventId(),
              protocolName,
              done.successful(),
              done.failed(),
              done.skipped()));
      return null;
    }
    Realtime.Published done = realtime.publish(p);
    String more =
        o.publishResults
            ? extra
                + "\"publishResults\":"
                + Answers.results(done.successful(), done.failed(), done.skipped())
                + ","
            : extra;
    if (done.rest() == null) {
      answerWrite(r, data, record, true, more);
      return null;
    }
    return new RequestQueue.Wait(
        done.rest(),
        () -> {
          answerWrite(r, data, record, true, more);
          return null;
        });
  }

  private void answerWrite(
      Request r, byte[] data, @Nullable PathRecord record, boolean published, String extra) {
    if (r.options.noDataResponse && protocolName.equals("happn_4") && r.action.equals("set")) {
      connection.send(state.answers.brief(r, published));
    } else {
      connection.send(state.answers.written(r, protocolName, data, published, record, extra));
    }
    resume();
  }

  private void storeFailed(Request r, CompletableFuture<?> failed) {
    Throwable e = failed.handle((_, t) -> t).join();
    Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    int code = 500;
    if (cause instanceof StoreException s) {
      code =
          switch (s.kind()) {
            case UNAVAILABLE -> 503;
            case UNKNOWN -> 504;
            case REFUSED -> 413;
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

  // --- get, count, remove

  /// Starts a read now, or when its turn has come if this session still writes: a client that does
  /// not wait for its answers reads its own writes.
  private void read(java.util.function.Supplier<RequestQueue.@Nullable Wait> reading) {
    if (writing > 0) {
      queue().add(reading::get);
      return;
    }
    RequestQueue.Wait wait = reading.get();
    if (wait != null) queue().add(wait.what(), wait.then());
  }

  private void get(Request r) {
    if (!authorized(r) || !supported(r)) return;
    String path = r.path;
    if (path == null) {
      badPath(r, "Bad path [undefined], must be a string");
      return;
    }
    if (path.indexOf('*') < 0) {
      read(
          () -> {
            var found = protocol.faces().store().get(path);
            return new RequestQueue.Wait(
                found,
                () -> {
                  if (found.isCompletedExceptionally()) storeFailed(r, found);
                  else {
                    connection.send(
                        state.answers.single(r, protocolName, found.join().orElse(null)));
                  }
                  resume();
                  return null;
                });
          });
      return;
    }
    read(
        () -> {
          var found =
              protocol
                  .faces()
                  .store()
                  .list(new ListQuery(path, r.options.skip, r.options.limit, ListQuery.Order.PATH));
          return new RequestQueue.Wait(
              found,
              () -> {
                if (found.isCompletedExceptionally()) storeFailed(r, found);
                else connection.send(state.answers.list(r, found.join(), r.options.pathOnly));
                resume();
                return null;
              });
        });
  }

  private void count(Request r) {
    if (!authorized(r) || !supported(r)) return;
    String path = r.path;
    if (path == null) {
      badPath(r, "Bad path [undefined], must be a string");
      return;
    }
    read(
        () -> {
          var found = protocol.faces().store().count(path);
          return new RequestQueue.Wait(
              found,
              () -> {
                if (found.isCompletedExceptionally()) {
                  storeFailed(r, found);
                } else {
                  long n = Math.max(0, found.join() - r.options.skip);
                  if (r.options.limit > 0) n = Math.min(n, r.options.limit);
                  connection.send(
                      state.answers.plain(
                          r,
                          protocolName,
                          ("{\"value\":" + n + "}").getBytes(StandardCharsets.US_ASCII)));
                }
                resume();
                return null;
              });
        });
  }

  private void remove(Request r) {
    if (!authorized(r) || !supported(r)) return;
    String why = Paths.objection(r.path, false);
    if (why != null) {
      badPath(r, why);
      return;
    }
    String objection = protocol.faces().writeObjection().get();
    if (objection != null) {
      refuse(r, "SystemError", 503, objection);
      return;
    }
    String path = String.valueOf(r.path);
    var removed = protocol.faces().store().remove(path);
    writing++;
    queue()
        .add(
            removed,
            () -> {
              writing--;
              if (removed.isCompletedExceptionally()) {
                storeFailed(r, removed);
                return null;
              }
              byte[] data =
                  ("{\"removed\":" + removed.join() + "}").getBytes(StandardCharsets.US_ASCII);
              long now = protocol.faces().time().now().toEpochMilli();
              JsonOut extra = new JsonOut(64);
              extra.raw("\"timestamp\":").number(now).raw(",\"path\":").string(path).raw(',');
              return publishAndAnswer(
                  r,
                  publication(r, Action.REMOVE, data, null, null),
                  data,
                  null,
                  new String(extra.toBytes(), StandardCharsets.UTF_8));
            });
  }

  // --- on, off

  private void on(Request r) {
    if (!authorized(r) || !supported(r)) return;
    String why = Paths.objection(r.path, false);
    Paths.Channel channel = r.path == null ? null : Paths.channel(r.path);
    if (why != null) {
      badPath(r, why);
      return;
    }
    if (channel == null || r.path == null) {
      badPath(r, "Bad path [" + r.path + "], expected /ALL@, /SET@ or /REMOVE@ before the pattern");
      return;
    }
    if (listening != null && listening.size() >= SUBSCRIPTIONS_MAX) {
      refuse(r, "SystemError", 503, "a session may have " + SUBSCRIPTIONS_MAX + " subscriptions");
      return;
    }
    Request.Options o = r.options;
    String path = r.path;
    Subscription s =
        new Subscription(
            this,
            channel.pattern(),
            channel.set(),
            channel.remove(),
            o.depth > 0 ? o.depth : DEPTH,
            new HappnDelivery(protocolName, path, o.depth, o.merge));
    queue()
        .add(
            () -> {
              if (ended) return null;
              CompletableFuture<Void> effective = protocol.faces().realtime().subscribe(s);
              int reference = ++references;
              if (listening == null) listening = new ArrayList<>(1);
              listening.add(new Listening(reference, path, s));
              if (!o.initialCallback && !o.initialEmit) {
                if (effective == null) {
                  subscribed(r, reference);
                  return null;
                }
                return new RequestQueue.Wait(
                    effective,
                    () -> {
                      subscribed(r, reference);
                      return null;
                    });
              }
              CompletableFuture<Void> first =
                  effective == null ? CompletableFuture.completedFuture(null) : effective;
              return new RequestQueue.Wait(first, () -> initial(r, channel.pattern(), reference));
            });
  }

  private String reference(int n) {
    return id + "-" + n;
  }

  private void subscribed(Request r, int reference) {
    byte[] data = ("{\"id\":\"" + reference(reference) + "\"}").getBytes(StandardCharsets.US_ASCII);
    connection.send(state.answers.plain(r, protocolName, data));
    resume();
  }

  private RequestQueue.Wait initial(Request r, String pattern, int reference) {
    String query = pattern.endsWith("/**") ? pattern.substring(0, pattern.length() - 1) : pattern;
    int depth = r.options.depth > 0 ? r.options.depth : DEPTH;
    var found =
        protocol
            .faces()
            .store()
            .list(new ListQuery(query, 0, 0, ListQuery.Order.MODIFIED_THEN_PATH));
    return new RequestQueue.Wait(
        found,
        () -> {
          if (found.isCompletedExceptionally()) {
            storeFailed(r, found);
            return null;
          }
          List<PathRecord> records = found.join();
          if (pattern.endsWith("**")) {
            int base = segments(pattern) - 1;
            records = records.stream().filter(x -> segments(x.path()) - base <= depth).toList();
          }
          connection.send(state.answers.initial(r, protocolName, records, reference(reference)));
          resume();
          return null;
        });
  }

  private static int segments(String path) {
    int n = 1;
    for (int i = 1; i < path.length(); i++) if (path.charAt(i) == '/') n++;
    return n;
  }

  private void off(Request r) {
    if (!authorized(r)) return;
    answer(
        () -> {
          String reference = r.options.referenceId;
          JsonOut removed = new JsonOut(128);
          removed.raw("{\"id\":");
          if (reference == null) removed.raw("null");
          else removed.string(reference);
          removed.raw(",\"removed\":[");
          boolean first = true;
          List<Listening> all = listening == null ? List.of() : listening;
          for (Iterator<Listening> i = all.iterator(); i.hasNext(); ) {
            Listening l = i.next();
            boolean match =
                reference != null
                    ? reference(l.reference).equals(reference)
                    : "*".equals(r.path) || l.path.equals(r.path);
            if (!match) continue;
            protocol.faces().realtime().unsubscribe(l.subscription);
            i.remove();
            if (!first) removed.raw(',');
            first = false;
            removed.raw("{\"id\":").string(reference(l.reference)).raw('}');
          }
          removed.raw("]}");
          connection.send(state.answers.plain(r, protocolName, removed.toBytes()));
        });
  }
}
