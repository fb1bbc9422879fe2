package io.muster.registry;

import java.nio.file.Path;

/// A group as it is at one moment of its log.
///
/// @param index of the last entry that is in it
/// @param term in which it was written
/// @param directory its files
public record GroupSnapshot(String group, long index, long term, Path directory) {}
