package io.muster.supervision.notify;

/// A sink as users see it. Immutable.
///
/// @param type `http`, `slack`, `smtp` or `log`
/// @param sent notices that this member sent there
/// @param failed that could not be sent, after all retries
/// @param dropped because more than 100 waited
/// @param lastError of the last failure; empty for none
public record SinkView(
    String name,
    String type,
    String severity,
    int waiting,
    long sent,
    long failed,
    long dropped,
    String lastError) {}
