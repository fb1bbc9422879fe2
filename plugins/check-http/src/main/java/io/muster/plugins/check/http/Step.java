package io.muster.plugins.check.http;

/// One step of a dialogue. Immutable.
sealed interface Step {
  /// Sends a text.
  record Send(String text) implements Step {}

  /// Waits for a message.
  ///
  /// @param skip passes messages over that do not match, instead of failing at the first one
  record Expect(JsonMatch match, boolean skip) implements Step {}
}
