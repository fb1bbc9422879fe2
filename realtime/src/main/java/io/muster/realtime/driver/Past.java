package io.muster.realtime.driver;

import io.muster.kernel.MemberId;
import io.muster.realtime.core.Items;

/// What keeps publications for clients that come back; on the links' threads, and with no lock of
/// streams held.
interface Past {
  void kept(MemberId from, Items.Kept kept);

  void head(MemberId from, Items.Head head);

  void question(MemberId from, Items.Question question);

  /// What is sent to a member now arrives.
  void live(MemberId member);

  /// Something of a member's stream may have been given up.
  void reset(MemberId from);

  /// @param byPeer whether the other end closed it
  void linkEnded(MemberId member, boolean byPeer);

  /// A member is not waited for any more.
  ///
  /// @return for how many nanoseconds nobody may be told that it has something
  long gone(MemberId member);
}
