/// What checks over the network share: connections on one event loop, names, TLS, and the words for
/// what goes wrong.
///
/// A kind of check extends [Conversation], which is one connection from its beginning to a finding,
/// and hands it to a [Dialer]. All conversations of a process run on one thread that must never
/// block; each is given up by cancelling its answer.
@NullMarked
package io.muster.plugins.check.net;

import org.jspecify.annotations.NullMarked;
