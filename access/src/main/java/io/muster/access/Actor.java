package io.muster.access;

import org.jspecify.annotations.Nullable;

/// Somebody in whose name something is done.
public interface Actor {
  String username();

  /// Whether they may do something. Answers at once; changes of rights hold from the next question.
  ///
  /// @return null when they may
  @Nullable Refusal check(Action action, String path);

  /// Whether they may do something, without counting it as a request.
  boolean allows(Action action, String path);

  /// Whether they may see anything of what a pattern with `**` covers, as [#check] counted as a
  /// request; asked where [Access#nestedPermissions] says so.
  Sight look(Action action, String pattern);

  /// What somebody may see of what a pattern covers.
  ///
  /// @param refusal why nothing, or null
  /// @param narrowed whether each path has to be asked for by itself, with [#allows]
  record Sight(@Nullable Refusal refusal, boolean narrowed) {}

  /// Why not.
  ///
  /// @param end the reason to end the session with, or null when it goes on
  record Refusal(String message, @Nullable String end) {
    public static final Refusal UNAUTHORIZED = new Refusal("unauthorized", null);
  }
}
