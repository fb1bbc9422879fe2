package io.muster.supervision.check;

import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.watch.Health;
import io.muster.supervision.TargetId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/// A check that follows what was decided of another target; the prober opens it with where verdicts
/// are kept.
///
/// @param cluster empty for the same one
/// @param addr empty for the target's own
public record AliasSetup(Optional<String> cluster, Optional<String> addr) implements CheckSetup {
  /// Without verdicts nobody knows anything.
  @Override
  public Check open(CheckContext context) {
    return following(_ -> Health.UNKNOWN);
  }

  /// @param verdicts unknown for targets that are not there; any thread, must not block
  public Check following(Function<TargetId, Health> verdicts) {
    return new Check() {
      @Override
      public CompletableFuture<Finding> probe(Probe probe) {
        TargetId other =
            new TargetId(
                cluster.orElse(probe.target().cluster()), addr.orElse(probe.target().addr()));
        return CompletableFuture.completedFuture(
            switch (verdicts.apply(other)) {
              case PASSING -> Finding.PASSED;
              case WARNING -> Finding.warning(other + " is warning");
              case CRITICAL -> Finding.critical(other + " is critical");
              case UNKNOWN -> Finding.unknown(other + " is unknown");
            });
      }

      @Override
      public void close() {}
    };
  }
}
