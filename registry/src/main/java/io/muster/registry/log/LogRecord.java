package io.muster.registry.log;

import java.nio.ByteBuffer;

/// One entry of the log.
///
/// @param index from 1, without gaps
/// @param term of the leader that wrote it, from 1
/// @param kind what the payload is: the caller's to define, from 0 to 255
/// @param payload from position to limit; neither is moved
public record LogRecord(long index, long term, int kind, ByteBuffer payload) {}
