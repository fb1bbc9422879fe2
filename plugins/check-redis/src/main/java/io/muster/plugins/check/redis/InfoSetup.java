package io.muster.plugins.check.redis;

import io.muster.plugins.check.net.Dialer;
import io.muster.plugins.check.net.TlsDialog;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Health;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// Keys of a `redis-info` check.
record InfoSetup(List<Assertion> assertions, RedisLogin login) implements CheckSetup {
  /// Attribute of a target, as ioredis names it: `false` for a server that is used while it loads.
  private static final String READY_CHECK = "enableReadyCheck";

  InfoSetup {
    assertions = List.copyOf(assertions);
  }

  @Override
  public int defaultPort() {
    return BasicSetup.PORT;
  }

  @Override
  public Check open(CheckContext context) {
    TlsDialog dialog = login.tls().open(null);
    List<List<String>> greeting = login.greeting();
    List<List<String>> all = new ArrayList<>(greeting);
    all.add(List.of("INFO"));
    byte[] request = RedisConversation.encode(all);
    Dialer dialer = new Dialer();
    return new Check() {
      @Override
      public CompletableFuture<Finding> probe(Probe probe) {
        Endpoint to = probe.target().endpoint();
        JsonValue ready =
            probe.target().attributes().getOrDefault(READY_CHECK, new JsonValue.Bool(true));
        boolean mayLoad = ready.equals(new JsonValue.Bool(false));
        return dialer.dial(
            to,
            login.secure(to) ? dialog : null,
            new RedisConversation(
                request,
                greeting.size(),
                1,
                login.replyMax(),
                replies -> judge(replies.getFirst(), mayLoad)));
      }

      @Override
      public void close() {
        dialer.close();
      }
    };
  }

  private Finding judge(Reply reply, boolean mayLoad) {
    if (reply instanceof Reply.Failure f) return RedisConversation.failed(f);
    if (!(reply instanceof Reply.Text text)) {
      return Finding.critical("INFO: the answer is no text");
    }
    Map<String, JsonValue> info = InfoText.parse(text.value());
    Map<String, JsonValue> learned = new HashMap<>();
    info.forEach((name, value) -> learned.put("info." + name, value));
    if (!mayLoad && new JsonValue.Whole(1).equals(info.get("loading"))) {
      return new Finding(Health.CRITICAL, "Redis is still loading", learned);
    }
    List<String> problems = new ArrayList<>();
    for (Assertion a : assertions) a.problem(info).ifPresent(problems::add);
    return problems.isEmpty()
        ? Finding.passed(learned)
        : new Finding(Health.CRITICAL, String.join("; ", problems), learned);
  }
}
