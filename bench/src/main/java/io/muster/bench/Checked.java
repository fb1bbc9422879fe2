package io.muster.bench;

import java.util.Optional;

/// Whether the cluster kept its promises, warm-up included.
///
/// @param lost messages that never came to a subscriber; requests never answered; written records
///     that could not be read back
/// @param duplicates messages that came to a subscriber again; requests answered again
/// @param outOfOrder messages or answers that came after one that was sent later
/// @param refused requests answered with an error
/// @param disconnected clients that lost their connection
/// @param trouble the first thing that went wrong, in words
public record Checked(
    long lost,
    long duplicates,
    long outOfOrder,
    long refused,
    int disconnected,
    Optional<String> trouble) {
  /// Everything came, once, in order.
  public boolean clean() {
    return lost == 0 && duplicates == 0 && outOfOrder == 0 && refused == 0 && disconnected == 0;
  }
}
