package io.muster.realtime.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// The sending end of the numbered stream to one peer.
///
/// Items get numbers from 1; what is not acknowledged is kept, up to a bound, to be sent again.
/// After each (re)connection sender and receiver agree where to go on ([StreamMessage.Hello],
/// answered by [StreamMessage.Welcome]); where what the receiver needs is no longer kept, it gets a
/// snapshot of the interests and a new number to start from, and counts the difference as lost.
/// Confined by its owner's lock.
public final class StreamSender {
  private record Kept(long number, byte[] item) {}

  private final long stream;
  private final long bytesMax;
  private final ArrayDeque<Kept> kept = new ArrayDeque<>();
  private long keptBytes;
  private long givenUp;
  private long next = 1;
  private long acknowledged;
  private boolean live;

  /// @param stream differs for each life of the sending process
  /// @param bytesMax kept for repair
  public StreamSender(long stream, long bytesMax) {
    this.stream = stream;
    this.bytesMax = bytesMax;
  }

  /// The connection is there: asks where to go on.
  public StreamMessage connected() {
    live = false;
    return new StreamMessage.Hello(stream);
  }

  public void disconnected() {
    live = false;
  }

  /// Numbers an item.
  ///
  /// @return what to send now; empty while the ends have not agreed
  public List<StreamMessage> add(byte[] item) {
    long number = next++;
    kept.add(new Kept(number, item));
    keptBytes += item.length + 32L;
    while (keptBytes > bytesMax && kept.size() > 1) {
      keptBytes -= kept.remove().item.length + 32L;
      givenUp++;
    }
    return live ? List.of(new StreamMessage.Batch(stream, number, List.of(item))) : List.of();
  }

  /// Whether both ends have agreed where to go on.
  public boolean live() {
    return live;
  }

  /// The number of the item added last.
  public long last() {
    return next - 1;
  }

  /// The receiver says what it expects next.
  ///
  /// @param interests the current ones, for a snapshot
  public List<StreamMessage> welcome(StreamMessage.Welcome w, List<byte[]> interests) {
    if (w.stream() != stream || live) return List.of();
    live = true;
    if (w.expected() == 0) return from(0, interests);
    // It acknowledges what is below, and has at least what it acknowledged since it wrote this.
    acknowledged(new StreamMessage.Ack(stream, w.expected() - 1));
    return from(Math.max(w.expected(), acknowledged + 1), interests);
  }

  /// The receiver missed something.
  public List<StreamMessage> missed(StreamMessage.Missed m, List<byte[]> interests) {
    // What is acknowledged meanwhile is not missed any more: an old question.
    boolean old = m.expected() <= acknowledged;
    return m.stream() == stream && live && !old ? from(m.expected(), interests) : List.of();
  }

  private List<StreamMessage> from(long expected, List<byte[]> interests) {
    long lowest = kept.isEmpty() ? next : kept.getFirst().number;
    if (expected < lowest || expected > next) {
      return List.of(new StreamMessage.Snapshot(stream, next, interests));
    }
    List<StreamMessage> all = new ArrayList<>();
    List<byte[]> items = new ArrayList<>();
    long first = expected;
    long bytes = 0;
    for (Kept k : kept) {
      if (k.number < expected) continue;
      items.add(k.item);
      bytes += k.item.length;
      if (bytes > 256 << 10) {
        all.add(new StreamMessage.Batch(stream, first, items));
        first += items.size();
        items = new ArrayList<>();
        bytes = 0;
      }
    }
    if (!items.isEmpty()) all.add(new StreamMessage.Batch(stream, first, items));
    return all;
  }

  /// The receiver has everything up to a number.
  public void acknowledged(StreamMessage.Ack a) {
    if (a.stream() != stream || a.upTo() >= next) return;
    acknowledged = Math.max(acknowledged, a.upTo());
    while (!kept.isEmpty() && kept.getFirst().number <= acknowledged) {
      keptBytes -= kept.remove().item.length + 32L;
    }
  }

  /// Everything up to this number has arrived.
  public long acknowledged() {
    return acknowledged;
  }

  /// What is kept for repair, in bytes.
  public long keptBytes() {
    return keptBytes;
  }

  /// Items not acknowledged that were given up because too much was kept.
  public long givenUp() {
    return givenUp;
  }

  /// Whether something waits for an acknowledgement.
  public boolean waiting() {
    return acknowledged < next - 1;
  }
}
