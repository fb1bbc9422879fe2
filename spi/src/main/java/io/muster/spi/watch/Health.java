package io.muster.spi.watch;

/// How well somebody says a target is.
public enum Health {
  /// Serves as it should.
  PASSING,
  /// Serves, but somebody should look; stays in traffic.
  WARNING,
  /// Does not serve.
  CRITICAL,
  /// Nobody knows yet, or no more.
  UNKNOWN
}
