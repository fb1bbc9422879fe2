package io.muster.spi.store;

import org.jspecify.annotations.Nullable;

/// One stored record. `data` is a valid JSON object in UTF-8, never changed after construction.
///
/// @param created epoch milliseconds of the first write
/// @param modified epoch milliseconds of the last write
/// @param version counts the writes of this path from 1, strictly increasing while the record lives
public record PathRecord(
    String path,
    byte[] data,
    long created,
    long modified,
    @Nullable String createdBy,
    @Nullable String modifiedBy,
    long version) {}
