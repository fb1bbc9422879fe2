package io.muster.bench.driver;

import io.muster.bench.core.SequenceCheck;
import io.muster.bench.core.Stamp;

/// One subscriber's view: every sender on its topic is checked by itself. On its event loop.
final class Subscriber implements HappnClient.Listener {
  private final Slots slots;
  private final Tally tally;
  private final Trouble trouble;
  private final SequenceCheck[] bySender;

  Subscriber(Slots slots, int topic, Tally tally, Trouble trouble) {
    this.slots = slots;
    this.tally = tally;
    this.trouble = trouble;
    this.bySender = new SequenceCheck[slots.senders(topic)];
    for (int i = 0; i < bySender.length; i++) bySender[i] = new SequenceCheck();
  }

  @Override
  public void event(byte[] in, int at) {
    int sender = slots.senderOnTopic(Stamp.sender(in, at));
    if (sender >= bySender.length) {
      trouble.note("a message came that nobody sent to its topic");
      return;
    }
    // What comes again is no delivery: counted as one it would stand in for one that is missing.
    if (bySender[sender].accept(Stamp.sequence(in, at))) tally.done(Stamp.dueNanos(in, at));
  }

  @Override
  public void closed(String why) {
    trouble.disconnected("a subscriber, " + why);
  }

  SequenceCheck check(int senderOnTopic) {
    return bySender[senderOnTopic];
  }
}
