package io.muster.spi.auth;

import io.muster.spi.SecretText;
import java.time.Duration;

/// A login to be checked. Immutable.
///
/// @param username as the client wrote it, 1 to 200 characters, without `*`; it may be anything
///     else, so it is escaped wherever it becomes part of a query or a name
/// @param password never empty
/// @param left how long the answer is waited for, from now on; more than zero
public record Attempt(String username, SecretText password, Duration left) {}
