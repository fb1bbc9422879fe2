package io.muster.supervision.notify;

import io.muster.spi.action.ActionReport;
import io.muster.supervision.notify.core.News;
import io.muster.supervision.notify.core.News.Severity;
import io.muster.supervision.notify.core.Notice;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What waits to be sent to one sink, and who sends it. At most 100 notices wait; for one more the
/// oldest is dropped, since the newest says how it is now.
final class Outbox {
  private static final Logger log = LoggerFactory.getLogger(Outbox.class);
  private static final int WAITING_MAX = 100;
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /// Between tries.
  private static final List<Duration> RETRIES =
      List.of(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(25));

  private final SinkPlan plan;
  private final Sink sink;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition some = lock.newCondition();
  private final Deque<Notice> waiting = new ArrayDeque<>();
  private long sent;
  private long failed;
  private long dropped;
  private String lastError = "";

  Outbox(SinkPlan plan, Sink sink) {
    this.plan = plan;
    this.sink = sink;
  }

  SinkPlan plan() {
    return plan;
  }

  /// Takes what of a notice concerns this sink.
  void add(Notice notice) {
    List<News> items = new ArrayList<>();
    for (News n : notice.items()) {
      if (n.severity() == Severity.GOOD || n.severity().compareTo(plan.least()) >= 0) items.add(n);
    }
    if (items.isEmpty()) return;
    lock.lock();
    try {
      if (waiting.size() >= WAITING_MAX) {
        waiting.removeFirst();
        dropped++;
      }
      waiting.addLast(new Notice(notice.cluster(), notice.recovery(), items, notice.leftOut()));
      some.signal();
    } finally {
      lock.unlock();
    }
  }

  /// Sends until it is interrupted.
  void run() throws InterruptedException {
    while (true) {
      Notice next;
      lock.lockInterruptibly();
      try {
        while (waiting.isEmpty()) some.await();
        next = waiting.removeFirst();
      } finally {
        lock.unlock();
      }
      ActionReport report = now(next);
      for (Duration pause : RETRIES) {
        if (report.done()) break;
        TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        report = now(next);
      }
      count(report);
    }
  }

  /// Sends at once, once.
  ActionReport now(Notice notice) throws InterruptedException {
    try {
      return sink.send(notice, TIMEOUT);
    } catch (RuntimeException e) {
      return ActionReport.failed(String.valueOf(e.getMessage()));
    }
  }

  void count(ActionReport report) {
    lock.lock();
    try {
      if (report.done()) {
        sent++;
        return;
      }
      failed++;
      lastError = report.message();
    } finally {
      lock.unlock();
    }
    log.warn("notice_not_sent sink={} reason=\"{}\"", plan.name(), report.message());
  }

  SinkView view() {
    lock.lock();
    try {
      String type =
          switch (plan) {
            case SinkPlan.Web _ -> "http";
            case SinkPlan.Chat _ -> "slack";
            case SinkPlan.Mail _ -> "smtp";
            case SinkPlan.Log _ -> "log";
          };
      return new SinkView(
          plan.name(),
          type,
          plan.least().name().toLowerCase(Locale.ROOT),
          waiting.size(),
          sent,
          failed,
          dropped,
          lastError);
    } finally {
      lock.unlock();
    }
  }

  void close() {
    sink.close();
  }
}
