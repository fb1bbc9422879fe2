package io.muster.node;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.util.Iterator;
import java.util.Map;
import java.util.WeakHashMap;
import org.slf4j.LoggerFactory;

/// How this process writes its log: `observability.log_format`.
public enum LogFormat {
  /// Lines for people, as `logback.xml` says.
  TEXT,
  /// One JSON object a line, see [JsonLines].
  JSON;

  /// What `logback.xml` gave each appender.
  private static final Map<Appender<ILoggingEvent>, Encoder<ILoggingEvent>> TEXTS =
      new WeakHashMap<>();

  /// Writes so from now on; all appenders of the root logger that write to a stream.
  static synchronized void use(LogFormat format) {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    for (Iterator<Appender<ILoggingEvent>> all = root.iteratorForAppenders(); all.hasNext(); ) {
      if (!(all.next() instanceof OutputStreamAppender<ILoggingEvent> out)) continue;
      boolean json = out.getEncoder() instanceof JsonLines;
      if (json == (format == JSON)) continue;
      switch (format) {
        case JSON -> {
          TEXTS.put(out, out.getEncoder());
          JsonLines lines = new JsonLines();
          lines.setContext(root.getLoggerContext());
          lines.start();
          out.setEncoder(lines);
        }
        case TEXT -> {
          Encoder<ILoggingEvent> text = TEXTS.get(out);
          if (text != null) out.setEncoder(text);
        }
      }
    }
  }
}
