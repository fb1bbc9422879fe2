package io.muster.supervision.probe;

/// What became of a report that a service gave of itself.
public enum Reported {
  TAKEN,
  /// Nobody watches a target of that name here.
  NO_TARGET,
  /// Its cluster has no check of that id.
  NO_CHECK,
  /// The check probes by itself, and takes no reports.
  NOT_TTL
}
