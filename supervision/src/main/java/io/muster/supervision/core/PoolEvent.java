package io.muster.supervision.core;

import io.muster.spi.watch.Health;
import io.muster.supervision.TargetId;
import java.util.List;

/// What happened to a cluster, in the order of the log. Immutable.
public sealed interface PoolEvent {
  String cluster();

  /// A target is there that was not.
  record Inserted(TargetId target) implements PoolEvent {
    @Override
    public String cluster() {
      return target.cluster();
    }
  }

  /// A target is gone.
  record Deleted(TargetId target) implements PoolEvent {
    @Override
    public String cluster() {
      return target.cluster();
    }
  }

  /// Something about a target that is not only an opinion changed.
  record Changed(TargetId target) implements PoolEvent {
    @Override
    public String cluster() {
      return target.cluster();
    }
  }

  /// The verdict went from one health to another.
  record StateChanged(TargetId target, Health before, Health after) implements PoolEvent {
    @Override
    public String cluster() {
      return target.cluster();
    }
  }

  /// No side has enough votes any more, or one has again.
  record Contested(TargetId target, boolean contested) implements PoolEvent {
    @Override
    public String cluster() {
      return target.cluster();
    }
  }

  /// An operator took a target out of traffic, or gave it back.
  record MaintenanceChanged(TargetId target, boolean begun) implements PoolEvent {
    @Override
    public String cluster() {
      return target.cluster();
    }
  }

  /// A target gets no new clients any more, or gets them again.
  record DrainChanged(TargetId target, boolean begun) implements PoolEvent {
    @Override
    public String cluster() {
      return target.cluster();
    }
  }

  /// The targets that should get traffic are others than before, or are known for the first time.
  ///
  /// @param added those that were not in it
  /// @param removed those that are no more
  record ActiveChanged(String cluster, List<String> added, List<String> removed)
      implements PoolEvent {
    public ActiveChanged {
      added = List.copyOf(added);
      removed = List.copyOf(removed);
    }
  }
}
