package io.muster.admin;

import org.jspecify.annotations.Nullable;

/// Who asks, as far as administration knows.
///
/// @param role what it may do
/// @param name what it calls itself, for the audit: nobody has proved it; empty when it says
///     nothing
/// @param session of the dashboard; null for a program that sends a token
record Caller(Role role, String name, Logins.@Nullable Session session) {
  private static final int NAME_MAX = 64;

  /// What a token allows.
  enum Role {
    /// Reads all but backups.
    VIEWER,
    ADMIN
  }

  /// Where no token is asked for.
  static Caller anybody(String name) {
    return new Caller(Role.ADMIN, name, null);
  }

  /// A name as it may be kept: short, printable, on one line.
  static String name(String given) {
    StringBuilder kept = new StringBuilder();
    given
        .strip()
        .codePoints()
        .filter(c -> Character.isLetterOrDigit(c) || " ._-@+".indexOf(c) >= 0)
        .limit(NAME_MAX)
        .forEach(kept::appendCodePoint);
    return kept.toString();
  }
}
