package io.muster.supervision.notify;

import io.muster.spi.action.ActionReport;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.JsonValue.Text;
import io.muster.spi.store.JsonValue.Whole;
import io.muster.supervision.notify.core.News;
import io.muster.supervision.notify.core.Notice;
import io.muster.supervision.trigger.ActionPlan;
import io.muster.supervision.trigger.Webhook;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings notices to people. Safe on any thread.
interface Sink extends AutoCloseable {
  /// Sends once; blocks until it is known how that went.
  ActionReport send(Notice notice, Duration timeout) throws InterruptedException;

  @Override
  default void close() {}

  /// @param member the name of this member
  /// @param base where relative paths begin
  static Sink open(SinkPlan plan, String member, Path base) {
    return switch (plan) {
      case SinkPlan.Web web -> posting(web.request(), base, n -> json(n, member));
      case SinkPlan.Chat chat -> posting(chat.request(), base, n -> chat(n, member));
      case SinkPlan.Mail mail -> new MailSink(mail, member);
      case SinkPlan.Log _ -> new LogSink();
    };
  }

  /// What a notice looks like.
  interface Shape {
    JsonValue of(Notice notice);
  }

  private static Sink posting(ActionPlan.Http plan, Path base, Shape shape) {
    Webhook webhook =
        new Webhook(
            plan.url(),
            plan.method(),
            plan.headers(),
            plan.secret(),
            plan.caFile().map(base::resolve));
    return new Sink() {
      @Override
      public ActionReport send(Notice notice, Duration timeout) throws InterruptedException {
        return webhook.send(JsonText.write(shape.of(notice)), timeout);
      }

      @Override
      public void close() {
        webhook.close();
      }
    };
  }

  private static JsonValue json(Notice notice, String member) {
    SequencedMap<String, JsonValue> all = new LinkedHashMap<>();
    all.put("title", new Text(notice.title()));
    all.put("cluster", new Text(notice.cluster()));
    all.put("severity", new Text(notice.severity().name().toLowerCase(Locale.ROOT)));
    all.put("recovery", new JsonValue.Bool(notice.recovery()));
    all.put("left_out", new Whole(notice.leftOut()));
    all.put("member", new Text(member));
    List<JsonValue> items = new ArrayList<>();
    for (News n : notice.items()) {
      SequencedMap<String, JsonValue> item = new LinkedHashMap<>();
      item.put("node", new Text(n.subject()));
      item.put("event", new Text(n.event()));
      item.put("state", new Text(n.state()));
      item.put("severity", new Text(n.severity().name().toLowerCase(Locale.ROOT)));
      item.put("text", new Text(n.text()));
      item.put("time", new Text(n.time().toString()));
      items.add(new JsonValue.Obj(item));
    }
    all.put("items", new JsonValue.Arr(items));
    return new JsonValue.Obj(all);
  }

  private static JsonValue chat(Notice notice, String member) {
    String text = "*" + notice.title() + "* (" + member + ")\n" + notice.body();
    // What chats take for markup, as Slack asks to have it written.
    String plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    SequencedMap<String, JsonValue> all = new LinkedHashMap<>();
    all.put("text", new Text(plain.strip()));
    return new JsonValue.Obj(all);
  }

  /// One line for each subject.
  final class LogSink implements Sink {
    private static final Logger log = LoggerFactory.getLogger("io.muster.notice");

    @Override
    public ActionReport send(Notice notice, Duration timeout) {
      for (News n : notice.items()) {
        String line = "notice cluster={} node={} event={} state={} reason=\"{}\"";
        Object[] values = {n.cluster(), n.subject(), n.event(), n.state(), n.text()};
        if (n.severity().compareTo(News.Severity.WARNING) >= 0) log.warn(line, values);
        else log.info(line, values);
      }
      return ActionReport.done("logged");
    }
  }
}
