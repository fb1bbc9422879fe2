package io.muster.gateway;

import java.time.Instant;

/// What the door did to protect itself, counted since the start, for operators.
///
/// @param tlsReloads certificates that took the place of another one
/// @param tlsFailures new certificates that could not be used
/// @param tlsExpires when the certificate that clients are shown ends; the epoch without TLS
public record GuardView(long tlsReloads, long tlsFailures, Instant tlsExpires) {}
