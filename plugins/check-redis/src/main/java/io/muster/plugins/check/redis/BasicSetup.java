package io.muster.plugins.check.redis;

import com.google.re2j.Pattern;
import io.muster.plugins.check.net.Dialer;
import io.muster.plugins.check.net.TlsDialog;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.watch.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Keys of a `redis-basic` check.
///
/// @param expected for the first commands; the others may answer anything but an error
record BasicSetup(List<List<String>> commands, List<Expected> expected, RedisLogin login)
    implements CheckSetup {
  static final int PORT = 6379;

  BasicSetup {
    commands = List.copyOf(commands);
    expected = List.copyOf(expected);
  }

  /// What a command must answer.
  sealed interface Expected {
    record Anything() implements Expected {}

    record Nothing() implements Expected {}

    record Text(String value) implements Expected {}

    record Match(Pattern regex) implements Expected {}
  }

  @Override
  public int defaultPort() {
    return PORT;
  }

  @Override
  public Check open(CheckContext context) {
    TlsDialog dialog = login.tls().open(null);
    List<List<String>> greeting = login.greeting();
    List<List<String>> all = new ArrayList<>(greeting);
    all.addAll(commands);
    byte[] request = RedisConversation.encode(all);
    Dialer dialer = new Dialer();
    return new Check() {
      @Override
      public CompletableFuture<Finding> probe(Probe probe) {
        Endpoint to = probe.target().endpoint();
        return dialer.dial(
            to,
            login.secure(to) ? dialog : null,
            new RedisConversation(
                request,
                greeting.size(),
                commands.size(),
                login.replyMax(),
                BasicSetup.this::judge));
      }

      @Override
      public void close() {
        dialer.close();
      }
    };
  }

  private Finding judge(List<Reply> replies) {
    for (int i = 0; i < replies.size(); i++) {
      Reply reply = replies.get(i);
      String command = commands.get(i).getFirst();
      if (reply instanceof Reply.Failure f) {
        Finding failed = RedisConversation.failed(f);
        boolean loading = f.message().startsWith("LOADING");
        return loading ? failed : Finding.critical(command + ": " + failed.message());
      }
      Expected want = i < expected.size() ? expected.get(i) : new Expected.Anything();
      String text = reply.text();
      String wrong =
          switch (want) {
            case Expected.Anything _ -> "";
            case Expected.Nothing _ -> reply instanceof Reply.Nothing ? "" : "nothing";
            case Expected.Text t ->
                !(reply instanceof Reply.Nothing) && text.equals(t.value())
                    ? ""
                    : "'" + t.value() + "'";
            case Expected.Match m ->
                !(reply instanceof Reply.Nothing) && m.regex().matcher(text).find()
                    ? ""
                    : "a match of " + m.regex();
          };
      if (wrong.isEmpty()) continue;
      String found =
          reply instanceof Reply.Nothing
              ? "nothing"
              : "'" + (text.length() > 100 ? text.substring(0, 100) + "…" : text) + "'";
      return Finding.critical(command + ": expected " + wrong + ", found " + found);
    }
    return Finding.PASSED;
  }
}
