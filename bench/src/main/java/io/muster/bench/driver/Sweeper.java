package io.muster.bench.driver;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Removes the records of a run, over a connection of its own: those of the run may have gone.
final class Sweeper {
  private static final int SECONDS = 60;

  private Sweeper() {}

  /// Removes everything below `prefix`.
  ///
  /// @return whether the cluster said that it did
  static boolean removeAll(Loops loops, Loops.Loop loop, Door door, String prefix) {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    HappnClient client =
        new HappnClient(
            loop,
            door,
            null,
            new HappnClient.Listener() {
              @Override
              public void answered(long eventId, boolean ok, byte[] in, int length) {
                answer.complete(ok);
              }

              @Override
              public void closed(String why) {
                answer.complete(false);
              }
            });
    try {
      client.open(loops).get(SECONDS, TimeUnit.SECONDS);
      loop.events.execute(
          () -> {
            client.remove((prefix + "/*").getBytes(StandardCharsets.US_ASCII));
            client.flush();
          });
      return answer.get(SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
