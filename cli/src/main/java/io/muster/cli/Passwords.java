package io.muster.cli;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Secrets that commands are told: never as an argument, which every process on the machine could
/// read.
final class Passwords {
  static final String HELP =
      "Asked for without echo; without a terminal the first line of standard input counts, and"
          + " MUSTER_PASSWORD before both.";

  private Passwords() {}

  /// A password for somebody, asked for twice.
  static String wanted(String whose) {
    String environment = System.getenv("MUSTER_PASSWORD");
    if (environment != null && !environment.isEmpty()) return environment;
    Console console = terminal().orElse(null);
    if (console == null) {
      return line("a password for " + whose + " in MUSTER_PASSWORD or on standard input");
    }
    char[] once = console.readPassword("password for %s: ", whose);
    char[] twice = console.readPassword("once more: ");
    if (once == null || twice == null || once.length == 0) {
      throw missing("a password for " + whose, null);
    }
    if (!Arrays.equals(once, twice)) throw missing("the same password twice", null);
    return new String(once);
  }

  /// A session token.
  static String token() {
    Console console = terminal().orElse(null);
    if (console == null) {
      return line("a token on standard input, or --session ID");
    }
    char[] token = console.readPassword("token: ");
    if (token == null || token.length == 0) throw missing("a token, or --session ID", null);
    return new String(token).strip();
  }

  /// Somebody who types.
  static Optional<Console> terminal() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal);
  }

  private static String line(String what) {
    try {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      String line = in.readLine();
      if (line != null && !line.isEmpty()) return line;
    } catch (IOException e) {
      throw missing(what, e);
    }
    throw missing(what, null);
  }

  private static MusterException missing(String what, @Nullable Exception cause) {
    return new MusterException(
        ErrorCode.SETTING_INVALID, "expected " + what + ", found none", cause);
  }
}
