package io.muster.bench.driver;

/// How publishers and topics are dealt out to each other: message `k` belongs to slot `k mod n`,
/// where `n` is the larger of both, and a slot has one publisher and one topic.
///
/// With more topics than publishers each publisher has several topics; with more publishers each
/// topic has several publishers. Either way each pair has one slot, and the messages of a slot are
/// numbered without any table.
record Slots(int publishers, int topics) {
  int count() {
    return Math.max(publishers, topics);
  }

  int slot(long k) {
    return (int) (k % count());
  }

  int publisher(int slot) {
    return slot % publishers;
  }

  int topic(int slot) {
    return slot % topics;
  }

  /// Number, from 1, of message `k` within its slot.
  long sequence(long k) {
    return k / count() + 1;
  }

  /// Messages of a slot among the first `k`.
  long sent(int slot, long k) {
    return k > slot ? (k - slot - 1) / count() + 1 : 0;
  }

  /// Publishers on a topic.
  int senders(int topic) {
    return (count() - topic - 1) / topics + 1;
  }

  /// Which of its topic's publishers a slot has.
  int senderOnTopic(int slot) {
    return slot / topics;
  }

  /// The slot of a topic's publisher.
  int slot(int topic, int senderOnTopic) {
    return topic + senderOnTopic * topics;
  }
}
