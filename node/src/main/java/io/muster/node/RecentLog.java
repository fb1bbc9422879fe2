package io.muster.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import io.muster.admin.LogLines;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/// Keeps the last warnings and errors of the process for administration, from its making until it
/// is closed. Called by whoever logs; never blocks for long.
final class RecentLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private static final int CAUSES_MAX = 5;
  private final LogLines lines = new LogLines();

  RecentLog() {
    setName("recent-" + Integer.toHexString(System.identityHashCode(this)));
    setContext(root().getLoggerContext());
    start();
    root().addAppender(this);
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  LogLines lines() {
    return lines;
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (!event.getLevel().isGreaterOrEqual(Level.WARN)) return;
    StringBuilder text = new StringBuilder(event.getFormattedMessage());
    IThrowableProxy cause = event.getThrowableProxy();
    for (int i = 0; cause != null && i < CAUSES_MAX; i++) {
      text.append('\n').append(cause.getClassName()).append(": ").append(cause.getMessage());
      cause = cause.getCause();
    }
    lines.add(
        event.getTimeStamp(),
        event.getLevel().toString().toLowerCase(Locale.ROOT),
        event.getLoggerName(),
        text.toString());
  }

  @Override
  public void close() {
    root().detachAppender(this);
    stop();
  }
}
