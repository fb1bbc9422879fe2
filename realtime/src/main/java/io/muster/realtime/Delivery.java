package io.muster.realtime;

/// How a protocol delivers one publication to subscribers whose frames are equal to the byte. Two
/// subscriptions with equal deliveries (`equals`, `hashCode`) and the same pattern and actions
/// share one call, so a frame is encoded once for all.
public interface Delivery {
  /// Whether [#wants] has to be asked for each subscriber.
  default boolean selective() {
    return false;
  }

  /// Whether a subscriber may have a publication. One that may not is no recipient: it is counted
  /// nowhere. Asked on the subscriber's lane, before [#deliver], when [#selective].
  default boolean wants(Publication publication, Subscriber subscriber) {
    return true;
  }

  /// Encodes and hands the frame to each of the first `count` subscribers; called on the lane that
  /// owns all of them, in publication order per publisher. Must not block and must not keep the
  /// array.
  ///
  /// @return to how many it was handed; the others have gone or were ended as slow
  int deliver(Publication publication, Subscriber[] subscribers, int count);
}
