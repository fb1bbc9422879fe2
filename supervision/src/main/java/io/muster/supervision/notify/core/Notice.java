package io.muster.supervision.notify.core;

import io.muster.supervision.notify.core.News.Severity;
import java.util.List;

/// What people are told at once about one cluster. Immutable.
///
/// @param cluster empty for the members themselves
/// @param recovery whether everything in it is good news that ends a former notice
/// @param items one for each subject, the worst first; at least one
/// @param leftOut news that were not told since the last notice, because there were too many
public record Notice(String cluster, boolean recovery, List<News> items, long leftOut) {
  public Notice {
    items = List.copyOf(items);
    if (items.isEmpty()) throw new IllegalArgumentException("a notice without news");
  }

  public Severity severity() {
    return items.stream().map(News::severity).max(Enum::compareTo).orElse(Severity.GOOD);
  }

  /// One line: `redis: 2 critical, 1 well again`.
  public String title() {
    StringBuilder b = new StringBuilder(cluster.isEmpty() ? "members" : cluster);
    String mark = ": ";
    for (Severity s :
        List.of(Severity.CRITICAL, Severity.WARNING, Severity.NOTICE, Severity.GOOD)) {
      long n = items.stream().filter(i -> i.severity() == s).count();
      if (n == 0) continue;
      String word =
          switch (s) {
            case CRITICAL -> "critical";
            case WARNING -> "warning";
            case NOTICE -> "to know";
            case GOOD -> "well again";
          };
      b.append(mark).append(n).append(' ').append(word);
      mark = ", ";
    }
    return b.toString();
  }

  /// A line for each subject.
  public String body() {
    StringBuilder b = new StringBuilder();
    for (News n : items) {
      b.append(n.subject()).append(' ').append(n.state());
      if (!n.text().isEmpty()) b.append(": ").append(n.text());
      b.append(" (").append(n.time()).append(")\n");
    }
    if (leftOut > 0) b.append("… and ").append(leftOut).append(" more that were not told\n");
    return b.toString();
  }
}
