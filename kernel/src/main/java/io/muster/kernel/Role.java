package io.muster.kernel;

/// What a member is for; by default all three.
public enum Role {
  /// Votes and owns state.
  CONTROL,
  /// Serves clients.
  GATEWAY,
  /// Runs jobs.
  WORKER
}
