package io.muster.admin;

import java.time.Duration;
import java.util.Map;

/// Something that viewers of `/v1/live` follow: a state made of parts, each under a key.
///
/// It is asked on a thread of its own while somebody follows it, and only then; it may block
/// briefly. A part that equals the one of last time is not written again, so parts should be
/// records, or maps of plain values.
public interface LiveTopic {
  /// Lower-case letters; what viewers name in `topics`.
  String name();

  /// How long to wait between two looks; an expensive one is looked at less often.
  Duration every();

  /// All of it now, by key. What is missing has gone. Never null; a failure keeps what was there.
  Map<String, ?> state();
}
