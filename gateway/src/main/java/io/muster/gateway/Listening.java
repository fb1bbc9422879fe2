package io.muster.gateway;

/// One subscription of a client's session, for administration.
///
/// @param reference names it within the cluster: what its client ends it with
/// @param action `all`, `set` or `remove`
/// @param pattern in the language of subscriptions
/// @param depth levels a final `**` covers
/// @param narrowed whether each event is checked by itself, under nested permissions
/// @param as in whose name the session listens; empty for its own user's, and where users do not
///     log in
public record Listening(
    String reference, String action, String pattern, int depth, boolean narrowed, String as) {}
