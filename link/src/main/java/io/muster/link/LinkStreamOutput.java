package io.muster.link;

import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;

/// Writes a [LinkStream].
final class LinkStreamOutput extends OutputStream {
  private final LinkStream stream;
  private final Duration limit;

  LinkStreamOutput(LinkStream stream, Duration limit) {
    this.stream = stream;
    this.limit = limit;
  }

  @Override
  public void write(int b) {
    stream.write(new byte[] {(byte) b}, limit);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    boolean whole = offset == 0 && length == bytes.length;
    stream.write(whole ? bytes : Arrays.copyOfRange(bytes, offset, offset + length), limit);
  }

  @Override
  public void close() {
    stream.end();
  }
}
