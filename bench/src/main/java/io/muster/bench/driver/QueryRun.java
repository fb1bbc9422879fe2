package io.muster.bench.driver;

import io.muster.bench.Checked;
import io.muster.bench.Cost;
import io.muster.bench.Generator;
import io.muster.bench.LoadResult;
import io.muster.bench.QueryPlan;
import io.muster.bench.Target;
import io.muster.bench.Timing;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One run of [QueryPlan], top to bottom in [#run]; used once.
///
/// Record `i` of all lies at `<prefix>/<i div hits>/r<i>` and its text begins with `i` in eight
/// digits, so that ranges of the text are ranges of `i`.
public final class QueryRun {
  private static final long WRITE_SECONDS = 600;
  private static final int WRITES_AT_ONCE = 64;
  private static final byte[] RECORD = "\"_meta\":{".getBytes(StandardCharsets.US_ASCII);
  private final Target target;
  private final QueryPlan plan;
  private final Timing timing;
  private final Consumer<String> progress;
  private final Window window = new Window();
  private final Trouble trouble = new Trouble();
  private final List<Tally> tallies = new ArrayList<>();
  private final List<Asker> askers = new ArrayList<>();
  private final String prefix = Payload.prefix();
  private final AtomicInteger going = new AtomicInteger();
  private final AtomicLong wrong = new AtomicLong();
  private volatile boolean ended;

  public QueryRun(Target target, QueryPlan plan, Timing timing, Consumer<String> progress) {
    this.target = target;
    this.plan = plan;
    this.timing = timing;
    this.progress = progress;
  }

  /// See [io.muster.bench.Bench#query].
  public LoadResult run() {
    try (MemberMetrics metrics = new MemberMetrics(target.admins());
        Loops loops = new Loops(target.threads() + 1)) {
      metrics.read();
      progress.accept(String.format(Locale.ROOT, "connecting %,d clients", plan.clients()));
      connect(loops);
      try {
        progress.accept(String.format(Locale.ROOT, "writing %,d records", plan.records()));
        write();
        return measure(metrics, loops);
      } finally {
        ended = true;
        trouble.over();
        Loops.Loop spare = loops.get(target.threads());
        if (!Sweeper.removeAll(loops, spare, Door.of(target).getFirst(), prefix)) {
          progress.accept("could not remove the records below " + prefix);
        }
      }
    }
  }

  private void connect(Loops loops) {
    List<Door> doors = Door.of(target);
    for (int i = 0; i < target.threads(); i++) tallies.add(new Tally(window));
    List<HappnClient> clients =
        new Dialer(loops)
            .open(
                plan.clients(),
                i -> {
                  int l = i % target.threads();
                  Asker a = new Asker(i, tallies.get(l));
                  askers.add(a);
                  return new HappnClient(loops.get(l), doors.get(i % doors.size()), null, a);
                });
    for (int i = 0; i < askers.size(); i++) askers.get(i).connected = clients.get(i);
    going.set(askers.size());
  }

  private void write() {
    CompletableFuture<?>[] all =
        askers.stream().map(Asker::write).toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(all).get(WRITE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new MusterException(
          ErrorCode.BENCH_BROKEN,
          "the records could not be written within "
              + WRITE_SECONDS
              + " s: "
              + trouble.words().orElse("too slow; try fewer --records"),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MusterException(ErrorCode.BENCH_BROKEN, "interrupted", e);
    }
  }

  private LoadResult measure(MemberMetrics metrics, Loops loops) {
    double warmup = timing.warmup().toNanos() / 1e9;
    progress.accept(String.format(Locale.ROOT, "warming up for %.1f s", warmup));
    for (Asker a : askers) a.client().loop().events.execute(a::ask);
    trouble.pass(timing.warmup().toNanos());
    progress.accept(
        String.format(Locale.ROOT, "measuring for %.1f s", timing.measured().toNanos() / 1e9));
    Optional<MemberMetrics.Reading> before = metrics.read();
    double own = OwnCpu.seconds();
    long done = Tally.sum(tallies);
    long from = window.open();
    trouble.pass(timing.measured().toNanos());
    long to = window.close();
    done = Tally.sum(tallies) - done;
    own = OwnCpu.seconds() - own;
    Optional<Cost> cost = metrics.cost(before, metrics.read());
    ended = true;
    CompletableFuture<?>[] last =
        askers.stream().map(a -> a.quiet).toArray(CompletableFuture[]::new);
    boolean allAnswered = within(CompletableFuture.allOf(last));
    long lost = wrong.get();
    if (!allAnswered) {
      lost += askers.stream().filter(a -> !a.quiet.isDone()).count();
      trouble.note("not every question was answered");
    }
    double seconds = (to - from) / 1e9;
    // The tallies belong to the loops until those are done with what they run now.
    for (int l = 0; l < target.threads(); l++) {
      CompletableFuture.runAsync(() -> {}, loops.get(l).events).join();
    }
    return new LoadResult(
        seconds,
        done,
        done,
        Tally.latency(tallies),
        new Checked(lost, 0, 0, trouble.refusals(), trouble.disconnections(), trouble.words()),
        cost,
        new Generator(own / seconds, 0, 0));
  }

  private static boolean within(CompletableFuture<?> future) {
    try {
      future.get(30, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String digits(int i) {
    return String.format(Locale.ROOT, "%08d", i);
  }

  /// One client, which first writes its share of the records and then asks; on its loop but for
  /// [#write].
  private final class Asker implements HappnClient.Listener {
    final CompletableFuture<Void> quiet = new CompletableFuture<>();
    private final CompletableFuture<Void> written = new CompletableFuture<>();
    private final int number;
    private final Tally tally;
    private @Nullable HappnClient connected;
    private int next;
    private int open;
    private boolean asking;
    private int question;
    private long asked;

    Asker(int number, Tally tally) {
      this.number = number;
      this.tally = tally;
      this.next = number;
    }

    private HappnClient client() {
      HappnClient c = connected;
      if (c == null) throw new IllegalStateException("not connected");
      return c;
    }

    CompletableFuture<Void> write() {
      client().loop().events.execute(this::writeMore);
      return written;
    }

    private void writeMore() {
      HappnClient client = client();
      byte[] text = Payload.of(plan.sizeBytes());
      while (open < WRITES_AT_ONCE && next < plan.records()) {
        System.arraycopy(ascii(digits(next)), 0, text, 0, 8);
        client.set(ascii(prefix + "/" + next / plan.hits() + "/r" + digits(next)), text);
        next += plan.clients();
        open++;
      }
      client.flush();
      if (open == 0) written.complete(null);
    }

    void ask() {
      asking = true;
      HappnClient client = client();
      int groups = plan.records() / plan.hits();
      int group = (int) ((number * 7919L + question * 104_729L) % groups);
      question++;
      int first = group * plan.hits();
      String all = prefix + "/*";
      asked = System.nanoTime();
      switch (plan.kind()) {
        case PREFIX -> client.query(ascii(prefix + "/" + group + "/*"), new byte[0]);
        case SCAN -> client.query(ascii(all + "/r" + digits(first)), new byte[0]);
        case CRITERIA ->
            client.query(
                ascii(all),
                ascii(
                    "\"criteria\":{\"m\":{\"$gte\":\""
                        + digits(first)
                        + "\",\"$lt\":\""
                        + digits(first + plan.hits())
                        + "\"}},"));
        case SORTED ->
            client.query(
                ascii(all),
                ascii("\"options\":{\"sort\":{\"m\":-1},\"limit\":" + plan.hits() + "},"));
      }
      client.flush();
    }

    @Override
    public void answered(long eventId, boolean ok, byte[] in, int length) {
      if (!ok) {
        trouble.refused(in, length);
        if (!asking) written.completeExceptionally(new IllegalStateException("refused"));
      }
      if (!asking) {
        open--;
        writeMore();
        return;
      }
      tally.done(asked);
      int found = records(in, length);
      if (ok && found != plan.expected()) {
        wrong.incrementAndGet();
        trouble.note("expected " + plan.expected() + " records in an answer, found " + found);
      }
      if (ended) quiet.complete(null);
      else ask();
    }

    /// How many records an answer has: each has metadata of its own.
    private static int records(byte[] in, int length) {
      int n = 0;
      for (int i = 0; i + RECORD.length <= length; i++) {
        if (in[i] == '"' && Arrays.equals(in, i, i + RECORD.length, RECORD, 0, RECORD.length)) {
          n++;
          i += RECORD.length;
        }
      }
      return n;
    }

    @Override
    public void closed(String why) {
      trouble.disconnected(why);
      written.completeExceptionally(new IllegalStateException(why));
      quiet.complete(null);
      if (going.decrementAndGet() == 0) trouble.hopeless();
    }
  }
}
