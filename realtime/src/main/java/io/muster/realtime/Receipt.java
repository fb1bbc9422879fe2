package io.muster.realtime;

/// What became of a publication whose recipients confirm it, on all members.
///
/// @param successful frames handed over
/// @param failed recipients found closed or slow
/// @param skipped recipients left out by targets or noCluster
/// @param acknowledged deliveries that were confirmed
/// @param complete whether every recipient confirmed in time; false also when a member failed
///     before it could tell
public record Receipt(
    int successful, int failed, int skipped, int acknowledged, boolean complete) {}
