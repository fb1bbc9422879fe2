package io.muster.realtime.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Seeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Both ends of a stream over a network that loses, repeats, reorders and breaks.
class StreamsTest {
  private record Flying(long at, boolean toReceiver, StreamMessage message, int connection) {}

  @Test
  void everythingArrivesOnceAndInOrderWhateverTheNetworkDoes() {
    Seeds.each(3000, (seed, random) -> aRun(random, seed % 3 == 0));
  }

  private static void aRun(Random random, boolean tight) {
    StreamSender sender = new StreamSender(7, tight ? 400 : 1 << 20);
    StreamReceiver receiver = new StreamReceiver();
    PriorityQueue<Flying> net = new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
    List<Long> got = new ArrayList<>();
    long lost = 0;
    long sent = 0;
    int connection = 0;
    double loss = random.nextInt(3) == 0 ? 0.1 : 0;
    List<StreamMessage> out = new ArrayList<>(List.of(sender.connected()));
    for (int step = 0; step < 400 || !net.isEmpty() || sender.waiting(); step++) {
      assertThat(step).as("ends").isLessThan(5000);
      boolean quiet = step >= 400;
      if (!quiet && random.nextInt(3) > 0) {
        out.addAll(sender.add(ByteBuffer.allocate(8).putLong(++sent).array()));
      }
      boolean brk = quiet ? step % 40 == 0 : random.nextInt(60) == 0;
      if (brk) {
        connection++;
        // What was on its way to the old connection is lost with it.
        out.clear();
        sender.disconnected();
        receiver.retry();
        out.add(sender.connected());
      }
      for (StreamMessage m : out) fly(net, random, step, true, m, connection, quiet ? 0 : loss);
      out.clear();
      if (step % 10 == 0) {
        for (StreamMessage m : receiver.acknowledge()) {
          fly(net, random, step, false, m, connection, 0);
        }
      }
      while (!net.isEmpty() && net.peek().at <= step) {
        Flying f = net.remove();
        if (f.connection != connection) continue;
        StreamMessage m = StreamMessage.decode(f.message.encode());
        if (!f.toReceiver) {
          switch (m) {
            case StreamMessage.Welcome w -> out.addAll(sender.welcome(w, List.of()));
            case StreamMessage.Missed x -> out.addAll(sender.missed(x, List.of()));
            case StreamMessage.Ack a -> sender.acknowledged(a);
            default -> throw new AssertionError(m);
          }
          continue;
        }
        StreamReceiver.Arrival a =
            switch (m) {
              case StreamMessage.Hello h -> receiver.hello(h);
              case StreamMessage.Snapshot s -> receiver.snapshot(s);
              case StreamMessage.Batch b -> receiver.batch(b, random.nextInt(4) == 0);
              default -> throw new AssertionError(m);
            };
        for (byte[] item : a.items()) got.add(ByteBuffer.wrap(item).getLong());
        lost += a.lost();
        for (StreamMessage answer : a.answers()) {
          fly(net, random, step, false, answer, connection, quiet ? 0 : loss);
        }
      }
    }
    for (int i = 1; i < got.size(); i++) {
      assertThat(got.get(i)).isGreaterThan(got.get(i - 1));
    }
    // Before the first agreement nothing was asked for; after it, all that is missing is counted.
    long missing = got.isEmpty() ? 0 : got.getLast() - got.getFirst() + 1 - got.size();
    assertThat(missing).isLessThanOrEqualTo(lost);
    if (!tight) assertThat(missing).isZero();
  }

  private static void fly(
      PriorityQueue<Flying> net,
      Random random,
      long now,
      boolean toReceiver,
      StreamMessage m,
      int connection,
      double loss) {
    if (random.nextDouble() < loss) return;
    net.add(new Flying(now + 1 + random.nextInt(3), toReceiver, m, connection));
    if (random.nextInt(20) == 0) {
      net.add(new Flying(now + 1 + random.nextInt(6), toReceiver, m, connection));
    }
  }

  @Test
  void brokenBytesAreRefusedCleanly() {
    byte[] message =
        new StreamMessage.Batch(1, 5, List.of(new byte[] {1, 2}, new byte[0])).encode();
    byte[] item = Items.encode(new Items.Interest(true, "/a/*", true, false, 5));
    Seeds.each(
        5000,
        (_, random) -> {
          for (byte[] good : List.of(message, item)) {
            byte[] bad = java.util.Arrays.copyOf(good, random.nextInt(good.length + 1));
            if (bad.length > 0) bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            try {
              if (good == message) StreamMessage.decode(bad);
              else Items.decode(bad);
            } catch (IllegalArgumentException e) {
              assertThat(e).hasMessageNotContaining("null");
            }
          }
        });
  }
}
