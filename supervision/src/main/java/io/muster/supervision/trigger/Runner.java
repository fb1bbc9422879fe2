package io.muster.supervision.trigger;

import io.muster.kernel.Units;
import io.muster.spi.action.Action;
import io.muster.spi.action.ActionReport;
import io.muster.spi.action.ActionSetup;
import io.muster.spi.action.Firing;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.supervision.trigger.RunView.ActionView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The actions of one trigger, opened: runs them at the same time, each with its own retries.
final class Runner implements AutoCloseable {
  /// What an action gets on top of its timeout to end by itself, before it is interrupted.
  private static final Duration TIDY = Duration.ofSeconds(6);

  private static final int RETRY_SECONDS_MAX = 30;
  private final TriggerSettings settings;
  private final ExecutorService threads;
  private final List<Action> actions = new ArrayList<>();

  /// @param threads one of its own for each task
  Runner(String cluster, TriggerSettings settings, Surroundings here, ExecutorService threads) {
    this.settings = settings;
    this.threads = threads;
    Path base = here.configDirectory();
    for (ActionPlan plan : settings.actions()) {
      actions.add(
          switch (plan) {
            case ActionPlan.Shell shell ->
                new ShellRun(shell, settings.onError() == TriggerSettings.OnError.STOP);
            case ActionPlan.Http http -> new Posting(cluster, settings, http, here);
            case ActionPlan.Publish publish -> firing -> published(publish, firing, here);
            case ActionPlan.Notify notify ->
                firing -> here.tell(firing, notify.via(), notify.text());
            case ActionPlan.Plugin plugin ->
                plugin
                    .setup()
                    .open(new ActionSetup.Place(cluster, settings.id(), here.member(), base));
          });
    }
  }

  private static ActionReport published(ActionPlan.Publish plan, Firing firing, Surroundings here) {
    String state =
        firing.document() instanceof JsonValue.Obj o
                && o.members().get("state") instanceof JsonValue.Text t
            ? t.value()
            : "";
    String path =
        plan.path()
            .replace("{cluster}", segment(firing.cluster()))
            .replace("{event}", segment(firing.event()))
            .replace("{node}", segment(firing.addr()))
            .replace("{state}", segment(state));
    here.publish(path, plan.data().orElse(firing.document()));
    return ActionReport.done("published to " + path);
  }

  /// One segment of a path: neither a wildcard nor a slash comes from outside.
  private static String segment(String text) {
    return text.replaceAll("[^A-Za-z0-9._:@-]", "_");
  }

  /// A webhook that sends the event.
  private static final class Posting implements Action {
    private final Webhook webhook;
    private final String trigger;
    private final String member;

    Posting(String cluster, TriggerSettings settings, ActionPlan.Http plan, Surroundings here) {
      trigger = cluster + "/" + settings.id();
      member = here.member();
      webhook =
          new Webhook(
              plan.url(),
              plan.method(),
              plan.headers(),
              plan.secret(),
              plan.caFile().map(here.configDirectory()::resolve));
    }

    @Override
    public ActionReport run(Firing firing) throws InterruptedException {
      SequencedMap<String, JsonValue> body = new LinkedHashMap<>();
      if (firing.document() instanceof JsonValue.Obj o) body.putAll(o.members());
      body.put("trigger", new JsonValue.Text(trigger));
      body.put("member", new JsonValue.Text(member));
      body.put("attempt", new JsonValue.Whole(firing.attempt()));
      String delivery = firing.variables().getOrDefault("MUSTER_DELIVERY", "");
      body.put("delivery", new JsonValue.Text(delivery));
      return webhook.send(JsonText.write(new JsonValue.Obj(body)), firing.timeout());
    }

    @Override
    public void close() {
      webhook.close();
    }
  }

  /// Runs all and waits for them.
  List<ActionView> run(Firing firing) throws InterruptedException {
    List<Future<ActionView>> all = new ArrayList<>();
    try {
      for (int i = 0; i < actions.size(); i++) {
        Action action = actions.get(i);
        String type = settings.actions().get(i).type();
        all.add(threads.submit(() -> one(type, action, firing)));
      }
      List<ActionView> views = new ArrayList<>();
      for (Future<ActionView> f : all) views.add(f.get());
      return views;
    } catch (ExecutionException e) {
      throw new IllegalStateException("an action's own failures are reports", e);
    } finally {
      all.forEach(f -> f.cancel(true));
    }
  }

  private ActionView one(String type, Action action, Firing firing) throws InterruptedException {
    int tries = 0;
    while (true) {
      ActionReport report = once(action, firing);
      tries++;
      if (report.done() || tries > settings.retries()) {
        return new ActionView(
            type, report.done(), report.message(), tries, report.exitCodes(), report.output());
      }
      TimeUnit.SECONDS.sleep(Math.min(RETRY_SECONDS_MAX, 1L << (tries - 1)));
    }
  }

  private ActionReport once(Action action, Firing firing) throws InterruptedException {
    Future<ActionReport> run = threads.submit(() -> action.run(firing));
    try {
      return run.get(firing.timeout().plus(TIDY).toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return ActionReport.failed("did not end within " + Units.text(firing.timeout()));
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String why = cause.getMessage();
      return ActionReport.failed(why == null ? cause.getClass().getSimpleName() : why);
    } finally {
      run.cancel(true);
    }
  }

  /// Gives back what the actions hold; once nothing runs any more.
  @Override
  public void close() {
    actions.forEach(Action::close);
  }
}
