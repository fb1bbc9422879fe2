package io.muster.gateway;

import java.time.Instant;

/// What the door did to protect itself, counted since the start, for operators.
///
/// @param tlsReloads certificates that took the place of another one
/// @param tlsFailures new certificates that could not be used
/// @param tlsExpires when the certificate that clients are shown ends; the epoch without TLS
/// @param addressRefused connections beyond what one address may have
/// @param rateClosed connections that were closed since too much came on them at once
public record GuardView(
    long tlsReloads, long tlsFailures, Instant tlsExpires, long addressRefused, long rateClosed) {
  /// Of a door that has not been there yet.
  public static final GuardView NONE = new GuardView(0, 0, Instant.EPOCH, 0, 0);
}
