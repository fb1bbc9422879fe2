package io.muster.contract;

import io.muster.spi.check.CheckContext;
import io.muster.spi.check.Finding;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/// A member that only gives threads, for tests of checks.
public record ProbeContext(String cluster) implements CheckContext {
  @Override
  public CompletableFuture<Finding> blocking(Callable<Finding> probe) {
    CompletableFuture<Finding> answer = new CompletableFuture<>();
    Thread work =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    answer.complete(probe.call());
                  } catch (Throwable e) {
                    answer.completeExceptionally(e);
                  }
                });
    answer.whenComplete(
        (_, _) -> {
          if (answer.isCancelled()) work.interrupt();
        });
    return answer;
  }
}
