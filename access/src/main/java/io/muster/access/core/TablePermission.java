package io.muster.access.core;

import java.util.List;

/// A lookup permission of a group: where ordinary permissions refuse, the request's path is matched
/// with `regex`, and `path`, a template with `{{$1}}` for its groups and the places of [Templates],
/// is looked for in the table.
///
/// @param actions as permissions write them
public record TablePermission(String table, String regex, List<String> actions, String path) {}
