package io.muster.spi.store;

/// What a write left in the store.
///
/// @param record the record after the write; for a [Write.Put] its data is the array given
public record Written(PathRecord record) {}
