package io.muster.access.driver;

import io.muster.access.core.AccessJson;
import io.muster.access.core.AccessKeys;
import io.muster.access.core.AccessModel;
import io.muster.access.core.Notice;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.Registry;
import io.muster.registry.RegistryBatch;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How what access knows is changed: read behind a barrier, changed only if it is so still, else
/// begun anew. Safe on any thread.
final class Changes {
  private static final int TRIES = 10;

  private final Registry registry;
  private final AccessState state;

  Changes(Registry registry, AccessState state) {
    this.registry = registry;
    this.state = state;
  }

  /// One attempt: what is there of a key, and the batch to change it. Throws to refuse.
  interface Attempt {
    CompletableFuture<RegistryBatch> batch(byte @Nullable [] there);
  }

  /// Reads a key, makes a batch of what is there, and carries it out if that is so still.
  ///
  /// @return completes when this member has it as well
  CompletableFuture<Void> change(String key, Attempt attempt) {
    return attempt(() -> change(key, attempt, TRIES));
  }

  private CompletableFuture<Void> change(String key, Attempt attempt, int tries) {
    return registry
        .get(key)
        .thenCompose(there -> attempt.batch(there.orElse(null)))
        .thenCompose(registry::change)
        .thenCompose(
            done -> {
              // Answered when this member has it as well.
              if (done) return registry.get(key).handle((_, _) -> null);
              if (tries > 1) return change(key, attempt, tries - 1);
              throw new MusterException(
                  ErrorCode.ACCESS_CONFLICT,
                  "it was changed by somebody else " + TRIES + " times meanwhile; repeat");
            });
  }

  /// What is refused at once fails the future, too.
  static <T> CompletableFuture<T> attempt(Supplier<CompletableFuture<T>> asking) {
    try {
      return asking.get();
    } catch (MusterException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  static CompletableFuture<RegistryBatch> ready(RegistryBatch batch) {
    return CompletableFuture.completedFuture(batch);
  }

  /// With what sessions are told of it.
  static RegistryBatch told(RegistryBatch batch, Notice notice) {
    return batch.put(AccessKeys.NOTICE, AccessJson.write(notice));
  }

  /// Tells sessions on all members something that changes nothing.
  CompletableFuture<Void> notice(Notice notice) {
    return registry.change(told(new RegistryBatch(), notice)).thenApply(_ -> null);
  }

  /// Asks behind a barrier.
  <T> CompletableFuture<T> ask(Function<AccessModel, T> question) {
    return registry.get(AccessKeys.NOTICE).thenApply(_ -> state.read(question));
  }

  /// Carries out a batch without conditions.
  CompletableFuture<Void> changed(RegistryBatch batch) {
    return registry
        .change(batch)
        .thenCompose(_ -> registry.get(AccessKeys.NOTICE).handle((_, _) -> null));
  }

  /// Removes a key, if it is there.
  ///
  /// @return whether it was there
  CompletableFuture<Boolean> taken(String key, Notice notice) {
    boolean[] was = new boolean[1];
    return change(
            key,
            there -> {
              if (there == null) return ready(new RegistryBatch());
              was[0] = true;
              return ready(told(new RegistryBatch().onlyIfStill(key, there).remove(key), notice));
            })
        .thenApply(_ -> was[0]);
  }
}
