package io.muster.plugins.check.redis;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads replies of the protocol RESP2 from bytes as they come. What has come and is not read yet
/// is bounded, so that no server can fill the memory; for one thread.
final class RespReader {
  /// How deep arrays may lie in each other.
  private static final int DEPTH_MAX = 8;

  private static final int LINE_MAX = 65_536;
  private static final Pattern NUMBER = Pattern.compile("[+-]?\\d{1,18}");

  private final int max;
  private byte[] bytes = new byte[512];
  private int from;
  private int to;

  /// No RESP, or too much.
  static final class BadReplyException extends Exception {
    BadReplyException(String message) {
      super(message, null, false, false);
    }
  }

  /// @param max bytes of one reply, at most
  RespReader(int max) {
    this.max = max;
  }

  void add(ByteBuf in) throws BadReplyException {
    int n = in.readableBytes();
    if (to - from + n > max + LINE_MAX) {
      throw new BadReplyException("A reply of more than " + max + " bytes");
    }
    if (from > 0) {
      System.arraycopy(bytes, from, bytes, 0, to - from);
      to -= from;
      from = 0;
    }
    if (to + n > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(to + n, bytes.length * 2));
    }
    in.readBytes(bytes, to, n);
    to += n;
  }

  /// The next reply; empty until all of it has come.
  Optional<Reply> next() throws BadReplyException {
    int begin = from;
    Reply reply = reply(0);
    if (reply == null) from = begin;
    return Optional.ofNullable(reply);
  }

  /// @return null until all of it has come
  private @Nullable Reply reply(int depth) throws BadReplyException {
    if (from == to) return null;
    char type = (char) (bytes[from] & 0xff);
    if ("+-:$*".indexOf(type) < 0) throw new BadReplyException("The answer is not Redis'");
    from++;
    String line = line();
    if (line == null) return null;
    return switch (type) {
      case '+' -> new Reply.Text(line);
      case '-' -> new Reply.Failure(line);
      case ':' -> new Reply.Whole(number(line, Long.MIN_VALUE, Long.MAX_VALUE));
      case '$' -> string((int) number(line, -1, max));
      default -> {
        int n = (int) number(line, -1, max);
        if (n < 0) yield new Reply.Nothing();
        if (depth == DEPTH_MAX) throw new BadReplyException("A reply of too many levels");
        List<Reply> replies = new ArrayList<>();
        for (int i = 0; i < n; i++) {
          Reply one = reply(depth + 1);
          if (one == null) yield null;
          replies.add(one);
        }
        yield new Reply.Many(replies);
      }
    };
  }

  private @Nullable Reply string(int length) throws BadReplyException {
    if (length < 0) return new Reply.Nothing();
    if (to - from < length + 2) return null;
    String text = new String(bytes, from, length, StandardCharsets.UTF_8);
    if (bytes[from + length] != '\r' || bytes[from + length + 1] != '\n') {
      throw new BadReplyException("The answer is not Redis'");
    }
    from += length + 2;
    return new Reply.Text(text);
  }

  private @Nullable String line() throws BadReplyException {
    for (int i = from; i < to && i - from <= LINE_MAX; i++) {
      if (bytes[i] != '\n') continue;
      if (i == from || bytes[i - 1] != '\r') break;
      String line = new String(bytes, from, i - 1 - from, StandardCharsets.UTF_8);
      from = i + 1;
      return line;
    }
    if (to - from > LINE_MAX || find('\n') >= 0) {
      throw new BadReplyException("The answer is not Redis'");
    }
    return null;
  }

  private int find(char c) {
    for (int i = from; i < to; i++) if (bytes[i] == c) return i;
    return -1;
  }

  private static long number(String text, long min, long max) throws BadReplyException {
    if (!NUMBER.matcher(text).matches()) throw new BadReplyException("The answer is not Redis'");
    long n = Long.parseLong(text);
    if (n >= min && n <= max) return n;
    throw new BadReplyException("A reply of more than " + max + " bytes");
  }
}
