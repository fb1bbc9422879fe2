package io.muster.registry.driver;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// What a member hears when it asks to be taken out of a group: `u8 kind ‖ UTF-8 why`.
///
/// @param why in words, for [Kind#LATER] and [Kind#REFUSED]; else empty
record LeaveVerdict(Kind kind, String why) {
  enum Kind {
    /// Asked the wrong one.
    NOT_LEADER,
    /// Nothing stands against it.
    MAY,
    /// It has no part in the group any more, and a majority knows.
    GONE,
    /// Not now; asking again may help.
    LATER,
    /// The others could not go on.
    REFUSED
  }

  private static final Kind[] KINDS = Kind.values();

  static LeaveVerdict of(Kind kind) {
    return new LeaveVerdict(kind, "");
  }

  static LeaveVerdict later(String why) {
    return new LeaveVerdict(Kind.LATER, why);
  }

  /// Whether there is nothing more to wait for.
  boolean decided() {
    return kind == Kind.MAY || kind == Kind.GONE || kind == Kind.REFUSED;
  }

  byte[] encode() {
    byte[] text = why.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + text.length).put((byte) kind.ordinal()).put(text).array();
  }

  /// @throws IllegalArgumentException when it is none
  static LeaveVerdict decode(byte[] answer) {
    int kind = answer.length == 0 ? KINDS.length : answer[0];
    if (kind < 0 || kind >= KINDS.length) throw new IllegalArgumentException("not a verdict");
    return new LeaveVerdict(
        KINDS[kind], new String(answer, 1, answer.length - 1, StandardCharsets.UTF_8));
  }
}
