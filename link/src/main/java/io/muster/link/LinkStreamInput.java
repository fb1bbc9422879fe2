package io.muster.link;

import java.io.InputStream;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads a [LinkStream].
final class LinkStreamInput extends InputStream {
  private final LinkStream stream;
  private final Duration limit;
  private byte @Nullable [] piece = {};
  private int at;

  LinkStreamInput(LinkStream stream, Duration limit) {
    this.stream = stream;
    this.limit = limit;
  }

  /// The piece to read from, null at the end.
  private byte @Nullable [] piece() {
    byte[] now = piece;
    if (now == null || at < now.length) return now;
    at = 0;
    now = stream.read(limit);
    piece = now;
    return now;
  }

  @Override
  public int read() {
    byte[] now = piece();
    return now == null ? -1 : now[at++] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, to.length);
    if (length == 0) return 0;
    byte[] now = piece();
    if (now == null) return -1;
    int n = Math.min(length, now.length - at);
    System.arraycopy(now, at, to, offset, n);
    at += n;
    return n;
  }
}
