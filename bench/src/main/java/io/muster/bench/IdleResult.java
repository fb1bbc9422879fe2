package io.muster.bench;

import java.util.Optional;
import java.util.OptionalDouble;

/// What clients cost that do nothing.
///
/// @param clients how many there were
/// @param connectsPerSecond how fast they were connected, logged in and subscribed
/// @param cores CPU of the members while the clients were silent; empty without metrics
/// @param bytesPerClient growth of the members' memory per client; empty where members do not tell
///     it. A heap that grows for other reasons is in it: measure thousands of clients
/// @param checked lost connections
public record IdleResult(
    int clients,
    double connectsPerSecond,
    OptionalDouble cores,
    OptionalDouble bytesPerClient,
    Optional<Cost> cost,
    Checked checked) {}
