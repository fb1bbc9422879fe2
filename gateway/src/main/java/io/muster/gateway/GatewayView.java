package io.muster.gateway;

/// Counters since start and sizes now, for operators.
public record GatewayView(
    long connections,
    long accepted,
    long framesIn,
    long framesOut,
    long bytesIn,
    long bytesOut,
    long slowClosed) {}
