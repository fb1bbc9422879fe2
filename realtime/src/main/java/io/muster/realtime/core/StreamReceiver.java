package io.muster.realtime.core;

import java.util.List;

/// The receiving end of the numbered stream of one peer: hands on each item once and in order.
/// Confined by its owner's lock.
public final class StreamReceiver {
  /// What to do with an arrival.
  ///
  /// @param items to hand on, in order
  /// @param reset whether all interests known of the sender are replaced by those in `items`
  /// @param answers to send back
  /// @param lost items given up
  public record Arrival(List<byte[]> items, boolean reset, List<StreamMessage> answers, long lost) {
    static final Arrival NOTHING = new Arrival(List.of(), false, List.of(), 0);
  }

  private static final int ACK_EVERY = 128;
  private long stream;
  private long expected;
  private long acknowledged;
  private boolean asked;

  /// Whether a greeting tells that the sender has begun anew since it was heard: then it has
  /// forgotten what it got from here as well.
  public boolean renewed(StreamMessage.Hello h) {
    return stream != 0 && h.stream() != stream;
  }

  public Arrival hello(StreamMessage.Hello h) {
    if (h.stream() != stream) {
      stream = h.stream();
      expected = 0;
      acknowledged = 0;
    }
    asked = false;
    return new Arrival(List.of(), false, List.of(new StreamMessage.Welcome(stream, expected)), 0);
  }

  public Arrival snapshot(StreamMessage.Snapshot s) {
    // An older snapshot must not take the stream back.
    if (s.stream() != stream || s.next() < expected) return Arrival.NOTHING;
    long lost = expected == 0 ? 0 : Math.max(0, s.next() - expected);
    expected = s.next();
    asked = false;
    acknowledged = expected - 1;
    return new Arrival(
        s.interests(), true, List.of(new StreamMessage.Ack(stream, acknowledged)), lost);
  }

  /// @param urgent whether the sender waits for the acknowledgement
  public Arrival batch(StreamMessage.Batch b, boolean urgent) {
    // Before a snapshot nothing can be placed.
    if (b.stream() != stream || expected == 0) return Arrival.NOTHING;
    if (b.first() > expected) {
      if (asked) return Arrival.NOTHING;
      asked = true;
      return new Arrival(List.of(), false, List.of(new StreamMessage.Missed(stream, expected)), 0);
    }
    int known = (int) Math.min(b.items().size(), expected - b.first());
    List<byte[]> fresh = b.items().subList(known, b.items().size());
    expected += fresh.size();
    if (!fresh.isEmpty()) asked = false;
    boolean ack = urgent || expected - 1 - acknowledged >= ACK_EVERY;
    return new Arrival(fresh, false, ack ? acknowledge() : List.of(), 0);
  }

  /// What has arrived and was not told yet; call every now and then.
  public List<StreamMessage> acknowledge() {
    if (expected == 0 || acknowledged == expected - 1) return List.of();
    acknowledged = expected - 1;
    return List.of(new StreamMessage.Ack(stream, acknowledged));
  }

  /// Items were dropped here on purpose: asks for all from the first that has not arrived.
  public List<StreamMessage> resume() {
    if (expected == 0) return List.of();
    asked = true;
    return List.of(new StreamMessage.Missed(stream, expected));
  }

  /// The number expected next, 0 before the ends have agreed.
  public long expected() {
    return expected;
  }

  /// A question about a gap may have been lost: allows to ask again.
  public void retry() {
    asked = false;
  }
}
