package io.muster.node;

import io.muster.registry.Consensus;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreHealth;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Says why a member cannot take writes.
final class Troubles {
  private Troubles() {}

  /// @param registry whether it has started
  /// @param store null before it was opened
  /// @return in words, null when there is none
  static @Nullable String of(
      MusterSettings settings,
      boolean registry,
      List<Consensus.View> groups,
      @Nullable RecordStore store) {
    StoreHealth health = store == null ? StoreHealth.GOOD : store.health();
    if (!registry) return health.good() ? "the registry has not started" : health.why();
    for (Consensus.View v : groups) {
      if (!v.failure().isEmpty()) {
        return "this member cannot keep "
            + v.group()
            + " any more ("
            + v.failure()
            + "); free space or mend "
            + settings.member().dataDir()
            + ", then restart it";
      }
      if (!v.quorum()) return "no majority of the control members answers";
    }
    return health.good() ? null : health.why();
  }
}
