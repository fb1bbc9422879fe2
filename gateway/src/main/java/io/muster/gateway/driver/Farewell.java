package io.muster.gateway.driver;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/// Sends one client away at a moment that suits it: what it asked for is answered, and it has been
/// quiet for a little. What a client sends while the connection closes is lost, and it would wait
/// for an answer until its own timeout. One that is never quiet goes all the same.
final class Farewell implements Runnable {
  static final int GOING_AWAY = 1001;
  private static final long LOOK_MILLIS = 50;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Channel channel;
  private final WebSocketConnection connection;
  private final String reason;
  private long heard = -1;
  private long since;

  private Farewell(Channel channel, WebSocketConnection connection, String reason) {
    this.channel = channel;
    this.connection = connection;
    this.reason = reason;
  }

  /// Sends the client of a channel away some time within `over`, by chance, so that not all of them
  /// meet on another member at once. On any thread.
  static void say(Channel channel, Duration over, String reason) {
    long spread = over.toMillis();
    long after = spread <= 0 ? 0 : ThreadLocalRandom.current().nextLong(spread);
    channel.eventLoop().schedule(() -> begin(channel, reason), after, TimeUnit.MILLISECONDS);
  }

  private static void begin(Channel channel, String reason) {
    WebSocketConnection c = channel.pipeline().get(WebSocketConnection.class);
    if (c == null) {
      channel.close();
      return;
    }
    Farewell farewell = new Farewell(channel, c, reason);
    farewell.since = System.nanoTime();
    farewell.run();
  }

  @Override
  public void run() {
    if (!channel.isActive()) return;
    boolean quiet = connection.quiet() && connection.heard() == heard;
    if (quiet || System.nanoTime() - since > PATIENCE_NANOS) {
      connection.close(GOING_AWAY, reason);
      return;
    }
    heard = connection.heard();
    ChannelHandlerContext ctx = channel.pipeline().context(connection);
    if (ctx != null) ctx.executor().schedule(this, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }
}
