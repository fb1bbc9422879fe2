package io.muster.plugins.check.redis;

import java.util.List;
import java.util.stream.Collectors;

/// What Redis answers. Immutable.
sealed interface Reply {
  /// A status or a string; bytes that are no UTF-8 are replaced.
  record Text(String value) implements Reply {}

  /// A whole number.
  record Whole(long value) implements Reply {}

  /// An error: its code is the first word.
  record Failure(String message) implements Reply {}

  record Nothing() implements Reply {}

  record Many(List<Reply> replies) implements Reply {
    public Many {
      replies = List.copyOf(replies);
    }
  }

  /// As people write it.
  default String text() {
    return switch (this) {
      case Text t -> t.value();
      case Whole n -> Long.toString(n.value());
      case Failure f -> f.message();
      case Nothing _ -> "";
      case Many m -> m.replies().stream().map(Reply::text).collect(Collectors.joining(" "));
    };
  }
}
