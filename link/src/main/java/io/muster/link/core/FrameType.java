package io.muster.link.core;

import org.jspecify.annotations.Nullable;

/// The frames of a link. Each is `u32 length ‖ u8 type ‖ body`; the length counts type and body.
///
/// | type | body |
/// |---|---|
/// | HELLO, PROOF, READY | see [Handshake] |
/// | REFUSED | text: why, as much as may be told |
/// | PING, PONG | u64 of the sender's choice |
/// | GOAWAY | text: why |
/// | CALL | u8 channel, u64 id, payload |
/// | RESULT | u8 channel, u64 id, payload |
/// | ERROR | u8 channel, u64 id, text |
/// | MESSAGE | u8 channel, payload |
/// | PART | u8 channel, u8 last, a piece of one larger frame (type and body) |
/// | STREAM_… | from version 2 on; see [StreamFrame] |
///
/// Types from 128 on are optional: a receiver that does not know them skips them; other unknown
/// types end the link.
public enum FrameType {
  HELLO(1),
  PROOF(2),
  READY(3),
  REFUSED(4),
  PING(16),
  PONG(17),
  GOAWAY(18),
  CALL(32),
  RESULT(33),
  ERROR(34),
  MESSAGE(35),
  PART(36),
  STREAM_OPEN(48),
  STREAM_DATA(49),
  STREAM_CREDIT(50),
  STREAM_END(51),
  STREAM_STOP(52),
  STREAM_RESET(53);

  private static final @Nullable FrameType[] BY_ID = new FrameType[256];

  static {
    for (FrameType t : values()) BY_ID[t.id] = t;
  }

  private final int id;

  FrameType(int id) {
    this.id = id;
  }

  public int id() {
    return id;
  }

  /// The type of an id, null when unknown.
  public static @Nullable FrameType of(int id) {
    return id < 0 || id > 255 ? null : BY_ID[id];
  }

  /// Whether an unknown type may be skipped.
  public static boolean optional(int id) {
    return id >= 128;
  }
}
