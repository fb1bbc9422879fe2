package io.muster.supervision.check;

import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// A check that waits to be told: the prober takes reports for it, and never probes.
///
/// @param ttl how long a report holds
public record TtlSetup(Duration ttl) implements CheckSetup {
  @Override
  public Check open(CheckContext context) {
    return new Check() {
      @Override
      public CompletableFuture<Finding> probe(Probe probe) {
        return CompletableFuture.completedFuture(Finding.unknown("Reports itself"));
      }

      @Override
      public void close() {}
    };
  }
}
