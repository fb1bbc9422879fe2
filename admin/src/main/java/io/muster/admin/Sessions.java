package io.muster.admin;

import io.muster.access.Directory;
import io.muster.gateway.Listening;
import java.util.List;
import java.util.Optional;

/// The users' sessions on all members. Safe on any thread; each method asks the other members and
/// blocks until they have answered or two seconds have passed.
public interface Sessions {
  int LIMIT_MAX = 100_000;

  /// @param member where the session is
  record Held(String member, Directory.SessionView session) {}

  /// @param sessions by member, the oldest first
  /// @param total how many there are, also where `limit` was fewer
  /// @param unanswered names of members that are here and did not tell
  record Found(List<Held> sessions, long total, List<String> unanswered) {}

  /// @param member where the session is, or was
  record Done(String member, Directory.Activity activity) {}

  /// @param activity the last first
  /// @param total how many there are, also where `limit` was fewer
  /// @param unanswered names of members that are here and did not tell
  /// @param silent names of members that record nothing
  record Acts(List<Done> activity, long total, List<String> unanswered, List<String> silent) {}

  /// @param member where the session is
  record Ears(String member, List<Listening> listening) {}

  /// What sessions asked last.
  ///
  /// @param user a name or a pattern with `*`
  /// @param limit how many of each member at most, 1 to [#LIMIT_MAX]
  Acts activity(String user, int limit);

  /// What a session listens to, wherever it is; also where users do not log in.
  ///
  /// @return empty when no member has it
  /// @throws io.muster.kernel.MusterException `link_timeout` when it was not found and some member
  ///     did not answer
  Optional<Ears> listening(String session);

  /// @param user a name or a pattern with `*`
  /// @param limit how many of each member at most, 1 to [#LIMIT_MAX]
  Found list(String user, int limit);

  /// Ends a session wherever it is; its user may log in again.
  ///
  /// @return the member it was on; empty when no member has it
  /// @throws io.muster.kernel.MusterException `link_timeout` when it was not found and some member
  ///     did not answer; repeating is harmless
  Optional<String> end(String session, String reason);

  /// Makes the token useless that a session has, and ends all sessions with it.
  ///
  /// @return empty when no member has the session
  /// @throws io.muster.kernel.MusterException as [#end], and what [Directory#revoke] may fail with
  Optional<Directory.Revoked> revoke(String session, String reason);
}
