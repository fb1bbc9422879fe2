package io.muster.access.core;

import tools.jackson.databind.JsonNode;

/// The last change, as clients are told of it.
///
/// @param what `link-group`, `unlink-group`, `delete-user`, `delete-group`, `upsert-group`,
///     `permission-removed`, `permission-upserted`, `upsert-user`, `token-revoked`,
///     `token-restored`, `lookup-table-changed` or `lookup-permission-changed`
/// @param id different for each change
public record Notice(String what, JsonNode data, String id) {}
