package io.muster.access.core;

/// A token nobody may use any more.
///
/// @param id the token's own
/// @param at when it was revoked, epoch milliseconds
/// @param until when its entry may be forgotten, since it is too old by then; 0 for never
public record RevokedToken(String id, String username, String reason, long at, long until) {}
