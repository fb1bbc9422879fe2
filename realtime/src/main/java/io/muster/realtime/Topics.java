package io.muster.realtime;

import java.util.concurrent.CompletableFuture;

/// Messages from parts of one member to the same parts of all members, under topics: what
/// happn-cluster calls its replicator. For code in the same process; safe on any thread.
///
/// A message reaches each listener of its topic on every member that is in the cluster now, this
/// one included, once. What one member sends arrives everywhere in the order it was sent; nothing
/// is kept for members that come later. On the wire a message is a publication at `/__REPLICATE`
/// that is not stored, `{topic, payload, origin}`, as happn-cluster has it: clients may listen to
/// it, and whoever may write there may speak.
///
/// [#SECURITY] is another thing: it tells of each change of users, groups, permissions, lookup
/// tables and tokens as soon as it holds on this member, in the order in which the cluster decided
/// them. Nobody can send to it. Its payload is that of happn-cluster with a single change,
/// `{"<event>": {"<key>": {"changedData": {…}}}}`; the key names the user, group or table.
public interface Topics {
  /// Changes of users and rights.
  String SECURITY = "/security/dataChanged";

  /// The most a payload may have, in bytes.
  int PAYLOAD_MAX = 1 << 20;

  /// The most a topic's name may have, in characters.
  int TOPIC_MAX = 256;

  /// Sends a message; never blocks.
  ///
  /// @param topic 1 to [#TOPIC_MAX] characters, not [#SECURITY]
  /// @param payload JSON in UTF-8, at most [#PAYLOAD_MAX] bytes
  /// @return completes on any thread when the message is with the listeners' queue here and on its
  ///     way to all members known now
  /// @throws io.muster.kernel.MusterException `replicator_not_ready` before the member has started
  ///     and after it stopped, `topic_invalid`, `overloaded` when too much waits already; nothing
  ///     was sent then
  CompletableFuture<Void> send(String topic, byte[] payload);

  /// Adds a listener; also before the member has started.
  ///
  /// @param topic which one; empty for all of them
  /// @return ends it: what is being told then may still be told
  Hearing on(String topic, Listener listener);

  /// Whether messages can be sent and come in: not before the member has started, and not after it
  /// stopped.
  boolean ready();

  /// A listener that was added.
  interface Hearing extends AutoCloseable {
    /// Nothing more is told; harmless when repeated.
    @Override
    void close();
  }

  /// Hears messages, one after the other, on a thread that all listeners of the member share: it
  /// should be quick. What it throws is logged, and the next message comes all the same.
  interface Listener {
    /// @param payload JSON in UTF-8; not to be changed
    /// @param local whether this member sent it; always so for [#SECURITY]
    /// @param origin name of the member that sent it, as that member says
    void heard(String topic, byte[] payload, boolean local, String origin);

    /// So many messages, of any topic, came faster than listeners heard them, and were left out at
    /// this point.
    default void missed(long count) {}
  }
}
