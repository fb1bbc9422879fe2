package io.muster.bench;

/// How the generator itself did, since it may be the one that was slow.
///
/// @param cores CPU it used while it measured
/// @param lateP99Nanos with a rate: how much later than due 99 of 100 messages were sent, else 0
/// @param unsent with a rate: messages due that could not be sent in time to be counted; they are
///     in the percentiles with the time they waited
public record Generator(double cores, long lateP99Nanos, long unsent) {}
