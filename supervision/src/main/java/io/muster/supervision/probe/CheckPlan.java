package io.muster.supervision.probe;

import io.muster.spi.check.CheckSetup;

/// One entry of `health_checks`. Immutable.
///
/// @param id unique in its cluster, the same on all members
/// @param kind the provider's name
/// @param source its keys as JSON text: equal sources are the same check, which then keeps its
///     history over a reload
public record CheckPlan(String id, String kind, String source, CheckSetup setup, Timing timing) {}
