package io.muster.admin;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/// The last warnings and errors of this process's log, for operators without a shell. Safe on any
/// thread; the oldest line goes when there are [#LINES_MAX].
public final class LogLines {
  public static final int LINES_MAX = 500;

  /// Of whoever keeps none.
  static final LogLines NONE = new LogLines();

  private static final int TEXT_MAX = 4000;

  /// A line that is among so many of the last is counted instead of kept once more: what repeats
  /// itself must not push out what led to it.
  private static final int REPEATS_AMONG = 16;

  /// Nothing of Muster logs a secret; libraries may quote what they were given.
  private static final Pattern SECRET =
      Pattern.compile(
          "(?i)((?:password|passwd|secret|token|authorization|api[_-]?key)[\"']?\\s*[=:]\\s*[\"']?)"
              + "(?:Bearer\\s+)?[^\\s\"',;)}&]+");

  private static final Pattern BEARER = Pattern.compile("(?i)(Bearer\\s+)[A-Za-z0-9._~+/=-]{8,}");
  private static final Pattern IN_ADDRESS = Pattern.compile("(://[^/\\s:@]+:)[^/\\s@]+@");

  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Line> lines = new ArrayDeque<>();
  private long number;

  /// @param at epoch milliseconds
  /// @param level `warn` or `error`
  /// @param text message and, on further lines, what was thrown
  /// @param count how often it came, `at` being the last time
  public record Line(long number, long at, String level, String logger, String text, long count) {
    private boolean says(String level, String logger, String text) {
      return this.level.equals(level) && this.logger.equals(logger) && this.text.equals(text);
    }
  }

  /// Keeps a line, without what looks like a secret.
  public void add(long at, String level, String logger, String text) {
    String kept = redacted(text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) + "…" : text);
    lock.lock();
    try {
      long before = takeRepeated(level, logger, kept);
      lines.addLast(new Line(++number, at, level, logger, kept, before + 1));
      if (lines.size() > LINES_MAX) lines.removeFirst();
    } finally {
      lock.unlock();
    }
  }

  /// Takes out the line of which a new one is a repetition.
  ///
  /// @return how often it came before
  private long takeRepeated(String level, String logger, String text) {
    int looked = 0;
    for (Iterator<Line> last = lines.descendingIterator(); last.hasNext(); looked++) {
      if (looked == REPEATS_AMONG) break;
      Line l = last.next();
      if (!l.says(level, logger, text)) continue;
      last.remove();
      return l.count;
    }
    return 0;
  }

  /// What is kept now by its number, the oldest first.
  public Map<String, Line> all() {
    lock.lock();
    try {
      Map<String, Line> all = new LinkedHashMap<>();
      for (Line l : lines) all.put(Long.toString(l.number), l);
      return all;
    } finally {
      lock.unlock();
    }
  }

  static String redacted(String text) {
    String once = IN_ADDRESS.matcher(text).replaceAll("$1***@");
    String twice = BEARER.matcher(once).replaceAll("$1***");
    return SECRET.matcher(twice).replaceAll("$1***");
  }
}
