package io.muster.access.core;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A user as kept: `{"username", "userid", "password"?, "publicKey"?, "customData"?, "authType"?}`.
///
/// @param userid made anew when a user of the name is created again
/// @param password its hash, never the password; null for one who cannot log in with one
/// @param publicKey RSA, PEM, as the user's clients send it
/// @param customData an object of the application's own, or null
/// @param authType the provider that checks the password; null for Muster's own
public record UserRecord(
    String username,
    String userid,
    @Nullable String password,
    @Nullable String publicKey,
    @Nullable JsonNode customData,
    @Nullable String authType) {}
