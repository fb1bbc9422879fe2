/// Notifications: who is told what happened to targets, and how often.
///
/// [Notifier] gathers news of a cluster for a short while, tells each only once, keeps still where
/// an operator asked for silence, and says when all is well again ([core.NoticeCore]). A [Sink]
/// brings it to people: a webhook, a chat, mail, the log.
@NullMarked
package io.muster.supervision.notify;

import org.jspecify.annotations.NullMarked;
