package io.muster.protocols.happn;

import io.muster.access.Access;
import io.muster.access.AccessSession;
import io.muster.access.Action;
import io.muster.access.Actor;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// Who a session's client is on a secured cluster, and what they may do. On the session's lane, but
/// for what it observes.
final class SessionUser implements Access.Observer {
  private static final Set<Action> NARROWED = Set.of(Action.ON, Action.GET);
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};

  private final HappnSession s;
  private final Access access;
  private @Nullable AccessSession session;

  /// Requests under way that end the session by themselves: their answers go first.
  private int ending;

  private @Nullable String endAfterwards;
  private boolean gone;

  SessionUser(HappnSession s, Access access) {
    this.s = s;
    this.access = access;
  }

  @Nullable AccessSession session() {
    return session;
  }

  /// The client has proved who it is; it may have been somebody else before.
  void loggedIn(AccessSession now) {
    AccessSession before = session;
    if (before != null) before.close();
    if (gone) now.close();
    else session = now;
  }

  /// The connection has gone.
  void close() {
    gone = true;
    if (session != null) session.close();
  }

  // --- may it?

  /// Whether the session may do what it asks, in the name it asks; answers when not.
  ///
  /// @param action null when it needs no permission but a login
  /// @param path as permissions see it
  boolean may(Request r, @Nullable Action action, @Nullable String path) {
    AccessSession user = session;
    if (user == null) {
      refuse(r, new Actor.Refusal("no policy attached to session", "no-session-policy"), "");
      return false;
    }
    Actor actor = user;
    String other = r.options.onBehalfOf;
    if (other != null) {
      Optional<Actor> found = user.actingFor(other);
      if (found.isEmpty()) {
        JsonOut reason = new JsonOut(128).raw(",\"reason\":");
        reason.string(
            "session attempting to act on behalf of is not authorized request on behalf of"
                + " unauthorised user: "
                + other);
        refuse(r, Actor.Refusal.UNAUTHORIZED, new String(reason.toBytes(), StandardCharsets.UTF_8));
        return false;
      }
      actor = found.get();
    }
    Actor.Refusal why;
    if (action == null) why = user.over();
    else if (path == null) why = new Actor.Refusal("invalid path", null);
    else if (access.nestedPermissions() && path.contains("**") && NARROWED.contains(action)) {
      Actor.Sight sight = actor.look(action, path);
      why = sight.refusal();
      if (sight.narrowed()) r.narrowed = actor;
    } else why = actor.check(action, path);
    if (why != null) {
      refuse(r, why, "");
      return false;
    }
    r.by = actor.username();
    r.other = actor == user ? null : other;
    return true;
  }

  /// Whether it may still listen there.
  ///
  /// @param other in whose name it listens, or null for its own
  boolean mayListen(@Nullable String other, String path) {
    AccessSession user = session;
    if (user == null) return false;
    if (other == null) return user.allows(Action.ON, path);
    return user.actingFor(other).filter(a -> a.allows(Action.ON, path)).isPresent();
  }

  private void refuse(Request r, Actor.Refusal why, String more) {
    s.answer(
        () -> {
          s.connection()
              .send(
                  s.answers().error(r, s.protocolName(), "AccessDenied", 403, why.message(), more));
          if (why.end() != null) end(why.end());
        });
  }

  /// Ends the session when it is too old or has been silent for too long.
  void look() {
    AccessSession user = session;
    Actor.Refusal why = user == null ? null : user.over();
    if (why != null && why.end() != null) end(why.end());
  }

  /// Whether its policy sets limits that pass with time.
  boolean limited() {
    AccessSession user = session;
    return user != null && user.timed();
  }

  private void end(String reason) {
    if (ending > 0) endAfterwards = reason;
    else s.end(reason);
  }

  // --- what happens to it, from any thread

  @Override
  public void rightsChanged() {
    s.lane().execute(s::recheck);
  }

  @Override
  public void told(String what, byte[] data) {
    s.lane().execute(() -> s.tell(what, data));
  }

  @Override
  public void ended(String reason) {
    s.lane().execute(() -> end(reason));
  }

  // --- requests about itself

  void revokeToken(Request r) {
    if (!may(r, null, null)) return;
    AccessSession user = session;
    if (user == null) return;
    ending++;
    answerLater(
        r,
        user.revokeToken(),
        () -> {
          ending--;
          if (endAfterwards != null) s.end(endAfterwards);
        });
  }

  void changePassword(Request r) {
    if (!may(r, null, null)) return;
    AccessSession user = session;
    if (user == null) return;
    answerLater(
        r,
        user.changePassword(Login.member(r, "oldPassword"), Login.member(r, "newPassword")),
        () -> {});
  }

  void endChildren(Request r) {
    if (!may(r, null, null)) return;
    AccessSession user = session;
    if (user == null) return;
    answerLater(r, user.endChildren(), () -> {});
  }

  /// The nonce is at two levels of the answer, as clients expect.
  void nonce(Request r) {
    String key = Login.member(r, "publicKey");
    Optional<String> nonce = key == null ? Optional.empty() : access.nonce(key);
    if (nonce.isEmpty()) {
      s.refuse(r, "SystemError", 500, "request-nonce needs data.publicKey");
      return;
    }
    byte[] quoted = new JsonOut(64).string(nonce.get()).toBytes();
    s.answer(() -> s.connection().send(s.answers().nonce(r, s.protocolName(), quoted)));
  }

  private void answerLater(Request r, CompletableFuture<Void> doing, Runnable afterwards) {
    s.queue()
        .add(
            doing,
            () -> {
              byte[] answer =
                  doing.isCompletedExceptionally()
                      ? failure(r, doing)
                      : s.answers().plain(r, s.protocolName(), NULL);
              s.connection().send(answer);
              afterwards.run();
              s.resume();
              return null;
            });
  }

  private byte[] failure(Request r, CompletableFuture<Void> failed) {
    Throwable e = failed.handle((_, t) -> t).join();
    Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    int code = 500;
    if (cause instanceof MusterException m && m.code() != ErrorCode.ACCESS_INVALID) {
      code = m.code().status();
    }
    String text = cause == null ? "failed" : String.valueOf(cause.getMessage());
    return s.answers().error(r, s.protocolName(), "SystemError", code, text, "");
  }
}
