package io.muster.access.core;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A group as kept: `{"name", "id", "customData"?}`.
///
/// @param id made anew when a group of the name is created again
public record GroupRecord(String name, String id, @Nullable JsonNode customData) {}
