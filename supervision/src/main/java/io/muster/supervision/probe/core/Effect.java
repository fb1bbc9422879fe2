package io.muster.supervision.probe.core;

import io.muster.spi.check.Probe;

/// What the driver has to do, in this order.
public sealed interface Effect {
  /// Ask a target.
  ///
  /// @param attempt comes back with the answer
  record Start(ProbeTask task, int attempt, Probe probe) implements Effect {}

  /// Give a probe up.
  record Cancel(ProbeTask task, int attempt) implements Effect {}

  /// Give back what a check holds: its last probe was given up.
  record Close(CheckGroup group) implements Effect {}
}
