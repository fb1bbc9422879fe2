package io.muster.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/// How much this process writes to its log; loggers with a level of their own keep it.
final class LogLevel {
  private LogLevel() {}

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  /// The level now, in lower case.
  static String now() {
    return root().getEffectiveLevel().toString().toLowerCase(Locale.ROOT);
  }

  /// @param level a word such as `debug`
  static void set(String level) {
    root().setLevel(Level.valueOf(level));
  }
}
