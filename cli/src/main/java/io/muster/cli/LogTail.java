package io.muster.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// What is written to a log from now on.
final class LogTail {
  private static final int KEPT = 100;
  private final Path file;
  private final Deque<String> kept = new ArrayDeque<>();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private long position;

  LogTail(Path file) {
    this.file = file;
    try {
      position = Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path file() {
    return file;
  }

  /// The whole lines written since the last call.
  List<String> more() {
    List<String> lines = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    if (!Files.exists(file)) return lines;
    try (SeekableByteChannel in = Files.newByteChannel(file)) {
      // Cut short, or put aside and begun anew.
      if (in.size() < position) position = 0;
      in.position(position);
      while (in.read(buffer.clear()) > 0) {
        position += buffer.position();
        for (int i = 0; i < buffer.position(); i++) {
          if (buffer.get(i) != '\n') {
            line.write(buffer.get(i));
            continue;
          }
          lines.add(line.toString(StandardCharsets.UTF_8));
          line.reset();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (String l : lines) {
      kept.add(l);
      if (kept.size() > KEPT) kept.removeFirst();
    }
    return lines;
  }

  /// The last lines, at most so many, with what was written meanwhile.
  List<String> last(int n) {
    more();
    List<String> all = new ArrayList<>(kept);
    if (line.size() > 0) all.add(line.toString(StandardCharsets.UTF_8));
    return all.subList(Math.max(0, all.size() - n), all.size());
  }
}
