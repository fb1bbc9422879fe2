package io.muster.admin;

import io.muster.kernel.Lane;
import io.muster.realtime.Action;
import io.muster.realtime.Delivery;
import io.muster.realtime.Publication;
import io.muster.realtime.Subscriber;
import io.muster.realtime.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One stream of events: the lane offers, or the thread that tells of topics, and the request's
/// thread writes.
final class Watcher implements Subscriber, Topics.Listener {
  /// What waits to be written.
  private sealed interface Item {
    /// What it takes; nothing for closing items.
    default long bytes() {
      return 0;
    }

    /// @param seen epoch milliseconds at which it came by, for publications without a stamp
    record Event(Publication publication, long seen) implements Item {
      @Override
      public long bytes() {
        return 256L + 2L * publication.path().length() + publication.data().length;
      }
    }

    /// A message under a topic.
    record Message(String topic, byte[] payload, boolean local, String origin) implements Item {
      @Override
      public long bytes() {
        return 256L + 2L * topic.length() + payload.length;
      }
    }

    /// The queue was full.
    record Overflow() implements Item {}

    /// The member stops.
    record End() implements Item {}
  }

  private final String session = UUID.randomUUID().toString();
  private final Lane lane;
  private final long bytesMax;

  /// Bounded by [#bytesMax], save for one event however large and two closing items.
  private final BlockingQueue<Item> queue = new LinkedBlockingQueue<>();

  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private volatile boolean full;
  private volatile @Nullable Thread writer;

  /// When the write under way began, 0 when there is none.
  private volatile long writingSince;

  Watcher(Lane lane, long bytesMax) {
    this.lane = lane;
    this.bytesMax = bytesMax;
  }

  @Override
  public String session() {
    return session;
  }

  @Override
  public Lane lane() {
    return lane;
  }

  @Override
  public boolean peer() {
    return false;
  }

  /// All watchers of a pattern are served by one call.
  record WatchDelivery() implements Delivery {
    @Override
    public int deliver(Publication publication, Subscriber[] subscribers, int count) {
      Item.Event event = new Item.Event(publication, System.currentTimeMillis());
      int done = 0;
      for (int i = 0; i < count; i++) if (((Watcher) subscribers[i]).offer(event)) done++;
      return done;
    }
  }

  @Override
  public void heard(String topic, byte[] payload, boolean local, String origin) {
    offer(new Item.Message(topic, payload, local, origin));
  }

  @Override
  public void missed(long count) {
    lost.addAndGet(count);
    if (full) return;
    full = true;
    queue.add(new Item.Overflow());
  }

  /// On one thread; never blocks.
  private boolean offer(Item event) {
    if (full) {
      lost.incrementAndGet();
      return false;
    }
    long waiting = bytes.get();
    if (waiting > 0 && waiting + event.bytes() > bytesMax) {
      full = true;
      lost.incrementAndGet();
      queue.add(new Item.Overflow());
      return false;
    }
    bytes.addAndGet(event.bytes());
    queue.add(event);
    return true;
  }

  /// Ends the stream after what waits already; on any thread.
  void end() {
    queue.add(new Item.End());
  }

  /// Ends a stream whose client does not read; on any thread.
  ///
  /// @return whether it was so
  boolean cutIfStalled(Duration longest) {
    long since = writingSince;
    Thread t = writer;
    if (since == 0 || t == null || System.nanoTime() - since < longest.toNanos()) return false;
    // Interrupting a thread in a socket's write closes the socket.
    t.interrupt();
    return true;
  }

  /// Writes until the end and closes; on the request's thread.
  void write(OutputStream to, Duration heartbeat) throws IOException {
    writer = Thread.currentThread();
    try (OutputStream out = to) {
      send(out, ": watching\n\n");
      boolean open = true;
      while (open) {
        Item item = queue.poll(heartbeat.toNanos(), TimeUnit.NANOSECONDS);
        switch (item) {
          case null -> send(out, ": still here\n\n");
          case Item.Event e -> {
            send(out, event(e));
            bytes.addAndGet(-e.bytes());
          }
          case Item.Message m -> {
            send(out, message(m));
            bytes.addAndGet(-m.bytes());
          }
          case Item.Overflow _ -> {
            send(out, overflow());
            open = false;
          }
          case Item.End _ -> {
            send(out, ": the member stops\n\n");
            open = false;
          }
        }
      }
      // Closing writes, too.
      writingSince = System.nanoTime() | 1;
    } catch (InterruptedException e) {
      // The member stops, or the client did not read: either way the stream is over.
      Thread.currentThread().interrupt();
    } finally {
      writer = null;
    }
  }

  private void send(OutputStream out, String text) throws IOException {
    send(out, text.getBytes(StandardCharsets.UTF_8));
  }

  private void send(OutputStream out, byte[] bytes) throws IOException {
    writingSince = System.nanoTime() | 1;
    out.write(bytes);
    // What follows at once travels along.
    if (queue.isEmpty()) out.flush();
    writingSince = 0;
  }

  private String overflow() {
    return "event: overflow\ndata: {\"lost\":"
        + lost.get()
        + ",\"detail\":\"this watcher read too slowly: "
        + bytesMax
        + " bytes (admin.watch_bytes_max) waited for it\"}\n\n";
  }

  private static byte[] event(Item.Event e) throws IOException {
    Publication p = e.publication;
    boolean set = p.action() == Action.SET;
    long stamp = set ? p.modified() : p.timestamp();
    ByteArrayOutputStream out = new ByteArrayOutputStream(p.data().length + 160);
    out.writeBytes(ascii(set ? "event: set\ndata: {\"path\":" : "event: remove\ndata: {\"path\":"));
    out.writeBytes(Exchange.JSON.writeValueAsBytes(p.path()));
    out.writeBytes(ascii(",\"data\":"));
    out.writeBytes(oneLine(p.data()));
    out.writeBytes(ascii(",\"timestamp\":" + (stamp == 0 ? e.seen : stamp) + ",\"origin\":"));
    out.writeBytes(Exchange.JSON.writeValueAsBytes(p.origin()));
    out.writeBytes(ascii("}\n\n"));
    return out.toByteArray();
  }

  private static byte[] message(Item.Message m) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(m.payload.length + 160);
    out.writeBytes(ascii("event: message\ndata: {\"topic\":"));
    out.writeBytes(Exchange.JSON.writeValueAsBytes(m.topic));
    out.writeBytes(ascii(",\"payload\":"));
    out.writeBytes(oneLine(m.payload));
    out.writeBytes(ascii(",\"local\":" + m.local + ",\"origin\":"));
    out.writeBytes(Exchange.JSON.writeValueAsBytes(m.origin));
    out.writeBytes(ascii("}\n\n"));
    return out.toByteArray();
  }

  /// Valid JSON has line breaks between its tokens only, where a space says the same.
  private static byte[] oneLine(byte[] json) {
    byte[] line = json;
    for (int i = 0; i < json.length; i++) {
      if (json[i] != '\n' && json[i] != '\r') continue;
      if (line == json) line = json.clone();
      line[i] = ' ';
    }
    return line;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
