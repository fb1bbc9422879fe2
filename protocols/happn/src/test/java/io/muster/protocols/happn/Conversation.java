package io.muster.protocols.happn;

import io.muster.gateway.ClientConnection;
import io.muster.gateway.ClientProtocol;
import io.muster.gateway.Frame;
import io.muster.gateway.Frames;
import io.muster.kernel.ControlLoop;
import io.muster.kernel.Lane;
import io.muster.kernel.TimeSource;
import io.muster.kernel.Timers;
import io.muster.realtime.HistoryRule;
import io.muster.realtime.RealtimeSettings;
import io.muster.realtime.driver.ClusterRealtime;
import io.muster.spi.store.StoreException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A conversation of clients with one member, played from a text.
///
/// | line | meaning |
/// |---|---|
/// | `# …`, empty | for readers |
/// | `a > frame` | client `a` sends a frame; it connects first where it has not |
/// | `a < frame` | the member sends `a` a frame |
/// | `a │ …` | what else happens to its connection |
/// | `! …` | something happens, see [#happen] |
///
/// `<a>` in a frame stands for the session id of client `a`. Clocks stand still but for `! … pass`,
/// and a write moves the wall clock by one millisecond, so that stamps tell writes apart.
final class Conversation implements AutoCloseable {
  private static final long START_MILLIS = 1_700_000_000_000L;

  /// Runs what is handed over when the conversation gets to it.
  private static final class QueueLane implements Lane {
    final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    @Override
    public int index() {
      return 0;
    }

    @Override
    public boolean inLane() {
      return true;
    }

    @Override
    public boolean offer(Runnable task) {
      tasks.add(task);
      return true;
    }

    void run() {
      for (Runnable r; (r = tasks.poll()) != null; ) r.run();
    }
  }

  private final class Client implements ClientConnection, Frames {
    final String name;
    final String url;
    ClientProtocol.@Nullable Session session;
    private boolean open = true;
    private ByteBuf building = Unpooled.EMPTY_BUFFER;

    Client(String name) {
      this.name = name;
      this.url = "/primus?_primuscb=" + name;
    }

    private void out(String line) {
      output.add(name + " " + masked(line));
    }

    @Override
    public Lane lane() {
      return lane;
    }

    @Override
    public InetSocketAddress remote() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), 4000 + name.charAt(0));
    }

    @Override
    public String url() {
      return url;
    }

    @Override
    public Map<String, String> headers() {
      return Map.of();
    }

    @Override
    public boolean tls() {
      return false;
    }

    @Override
    public boolean send(byte[] utf8) {
      if (open) out("< " + new String(utf8, StandardCharsets.UTF_8));
      return open;
    }

    @Override
    public boolean send(Frame frame) {
      if (open) {
        int length = frame.length();
        out("< " + frame.slab().toString(frame.from(), length, StandardCharsets.UTF_8));
      }
      return open;
    }

    @Override
    public Frames frames() {
      return this;
    }

    @Override
    public ByteBuf begin(int payloadLength) {
      building = Unpooled.buffer(payloadLength, payloadLength);
      return building;
    }

    @Override
    public Frame end() {
      return new Frame(building, 0, building.writerIndex());
    }

    @Override
    public void reading(boolean on) {
      out(on ? "│ is read again" : "│ is not read for a while");
    }

    @Override
    public void close(int status, String reason) {
      if (!open) return;
      out("│ closed with " + status + ": " + reason);
      gone();
    }

    void gone() {
      open = false;
      ClientProtocol.Session s = session;
      session = null;
      if (s != null) s.closed();
    }

    @Override
    public boolean open() {
      return open;
    }
  }

  /// A clock that stands still, and the one timer the protocol keeps.
  private final class Clock implements TimeSource, Timers {
    private long nanos;
    private long millis = START_MILLIS;
    private @Nullable Runnable due;

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public Instant now() {
      return Instant.ofEpochMilli(millis);
    }

    @Override
    public Timer after(Duration delay, Runnable task) {
      due = task;
      return () -> due = null;
    }

    void second() {
      nanos += 1_000_000_000L;
      millis += 1000;
      Runnable task = due;
      due = null;
      if (task != null) task.run();
      lane.run();
    }
  }

  private final QueueLane lane = new QueueLane();
  private final Clock clock = new Clock();
  private final MapStore store = new MapStore(clock);
  private final ControlLoop loop = new ControlLoop("conversation");
  private final ClusterRealtime realtime;
  private final HappnProtocol protocol;
  private final Map<String, Client> clients = new LinkedHashMap<>();
  private final Map<String, String> sessions = new LinkedHashMap<>();
  private final List<String> output = new ArrayList<>();
  private boolean secure;
  private @Nullable String objection;
  private final OneUser users = new OneUser(() -> secure);

  Conversation() {
    Alone alone = new Alone();
    realtime =
        new ClusterRealtime(
            List.of(lane),
            alone.membership,
            alone,
            loop,
            1,
            new RealtimeSettings(
                1 << 20,
                Duration.ofSeconds(1),
                16,
                32 << 20,
                Duration.ofSeconds(1),
                List.of("*"),
                List.of(new HistoryRule("/kept/**", 100, Duration.ofMinutes(1))),
                1 << 20));
    protocol =
        new HappnProtocol(
            new HappnSettings(
                Duration.ofSeconds(30),
                1,
                4,
                new Cookies("happn_token", Optional.empty(), true),
                new SessionCleanup(Duration.ofSeconds(5), Duration.ofSeconds(30), true, true),
                HttpGuard.STRICT),
            "member-1",
            "0.1.0",
            new HappnProtocol.Faces(realtime, store, users, () -> objection, clock),
            List.of(lane),
            clock);
  }

  /// Plays a text.
  ///
  /// @return the text with what really happened in place of what was expected
  static String play(String text) {
    try (Conversation c = new Conversation()) {
      List<String> played = new ArrayList<>();
      for (String line : text.split("\n", -1)) {
        if (line.matches("\\w [<│] .*")) continue;
        played.add(line);
        if (line.startsWith("! ")) c.happen(line.substring(2));
        else if (line.matches("\\w > .*")) c.sent(line.substring(0, 1), line.substring(4));
        else if (line.equals("a >")) c.sent("a", "");
        else if (!line.isBlank() && !line.startsWith("#")) {
          throw new IllegalArgumentException("no line of a conversation: " + line);
        }
        c.lane.run();
        played.addAll(c.output);
        c.output.clear();
      }
      return String.join("\n", played);
    }
  }

  /// Without what differs from run to run, or between releases of the JSON parser. Which second of
  /// the interval a session is pinged in depends on its id.
  private String masked(String line) {
    String masked =
        line.replaceAll("\"bad frame: [^\\\\\"]*(\\\\.[^\\\\\"]*)*\"", "\"bad frame: <why>\"")
            .replaceAll("primus::ping::\\d+", "primus::ping::<now>");
    for (Map.Entry<String, String> e : sessions.entrySet()) {
      masked = masked.replace(e.getValue(), "<" + e.getKey() + ">");
    }
    return masked;
  }

  private Client client(String name) {
    return clients.computeIfAbsent(
        name,
        _ -> {
          Client c = new Client(name);
          ClientProtocol.Session session = protocol.open(c);
          c.session = session;
          // The transport's own question tells the id before any answer could.
          session.text("\"primus::id::\"".getBytes(StandardCharsets.UTF_8));
          String said = output.removeLast();
          sessions.put(name, said.substring(said.lastIndexOf(':') + 1, said.length() - 1));
          return c;
        });
  }

  private void sent(String name, String frame) {
    ClientProtocol.Session session = client(name).session;
    if (session == null) throw new IllegalArgumentException(name + " has gone");
    String meant = frame;
    for (Map.Entry<String, String> e : sessions.entrySet()) {
      meant = meant.replace("<" + e.getKey() + ">", e.getValue());
    }
    clock.millis++;
    session.text(meant.getBytes(StandardCharsets.UTF_8));
  }

  /// What can happen:
  /// - `a connects as happn_3`: its first frame and the answer are left out;
  /// - `a and b log in`: likewise, as the administrator of a secured cluster;
  /// - `a leaves`;
  /// - `users have to log in`;
  /// - `permissions are nested`, `all is allowed`, `all is not allowed any more`;
  /// - `30 s pass`;
  /// - `the store is slow`, `the store answers`, `the store says UNKNOWN` (to the next question);
  /// - `writes are refused`, `writes are taken again`.
  private void happen(String what) {
    String[] words = what.split(" ");
    if (what.matches("\\w connects as \\w+")) {
      sent(
          words[0],
          "{\"action\":\"configure-session\",\"eventId\":1,\"data\":{\"protocol\":\""
              + words[3]
              + "\"}}");
      output.removeLast();
    } else if (what.matches("\\w logs in")) {
      sent(
          words[0],
          "{\"action\":\"login\",\"eventId\":3,"
              + "\"data\":{\"username\":\"_ADMIN\",\"password\":\"secret\"}}");
      lane.run();
      output.removeLast();
    } else if (what.matches("\\w leaves")) {
      client(words[0]).gone();
    } else if (what.matches("\\d+ s pass")) {
      for (int i = Integer.parseInt(words[0]); i > 0; i--) clock.second();
    } else if (what.startsWith("the store says ")) {
      store.failNext(StoreException.Kind.valueOf(words[3].toUpperCase(Locale.ROOT)));
    } else {
      switch (what) {
        case "users have to log in" -> secure = true;
        case "permissions are nested" -> users.nested = true;
        case "all is allowed" -> lenient(true);
        case "all is not allowed any more" -> lenient(false);
        case "the store is slow" -> store.hold();
        case "the store answers" -> store.goOn();
        case "writes are refused" -> objection = "no majority of the control members answers";
        case "writes are taken again" -> objection = null;
        default -> throw new IllegalArgumentException("nothing that can happen: " + what);
      }
    }
  }

  private void lenient(boolean now) {
    users.lenient = now;
    users.rightsChanged();
  }

  @Override
  public void close() {
    for (Client c : clients.values()) c.gone();
    realtime.close();
    loop.close();
  }
}
