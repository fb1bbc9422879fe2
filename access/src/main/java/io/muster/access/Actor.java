package io.muster.access;

import org.jspecify.annotations.Nullable;

/// Somebody in whose name something is done.
public interface Actor {
  String username();

  /// Whether they may do something. Answers at once; changes of rights hold from the next question.
  ///
  /// @return null when they may
  @Nullable Refusal check(Action action, String path);

  /// Why not.
  ///
  /// @param end the reason to end the session with, or null when it goes on
  record Refusal(String message, @Nullable String end) {
    public static final Refusal UNAUTHORIZED = new Refusal("unauthorized", null);
  }
}
