package io.muster.link.core;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// The frames of link streams, part of links from version 2 on. Numbers are big-endian.
///
/// | type | body |
/// |---|---|
/// | STREAM_OPEN | u64 stream, u8 length ‖ service, head: all the rest |
/// | STREAM_DATA | u64 stream, bytes: all the rest, 1 to [#DATA_BYTES_MAX] |
/// | STREAM_CREDIT | u64 stream, or 0 for the link, u32 bytes more that may be sent |
/// | STREAM_END | u64 stream: no more data comes |
/// | STREAM_STOP | u64 stream: what still comes is dropped; to be answered by STREAM_END |
/// | STREAM_RESET | u64 stream, u16 number of an error, text: all the rest |
///
/// Streams opened by the side that dialled have odd numbers, the others even ones; each side's
/// numbers grow and are never used twice on a link.
public sealed interface StreamFrame {
  int DATA_BYTES_MAX = 32 << 10;
  int SERVICE_BYTES_MAX = 64;
  int HEAD_BYTES_MAX = 16 << 10;
  int TEXT_BYTES_MAX = 1 << 10;

  /// The stream's number, from 1; 0 is the link in a [Credit].
  long stream();

  FrameType type();

  /// What follows the type.
  byte[] body();

  /// @param service who shall serve it: 1 to 64 of `a-z 0-9 . _ -`
  /// @param head what the service is asked, up to [#HEAD_BYTES_MAX] bytes
  record Open(long stream, String service, byte[] head) implements StreamFrame {
    public Open {
      numbered(stream);
      checkService(service);
      if (head.length > HEAD_BYTES_MAX) {
        throw new IllegalArgumentException(
            "a head of " + head.length + " bytes, at most " + HEAD_BYTES_MAX);
      }
    }

    @Override
    public FrameType type() {
      return FrameType.STREAM_OPEN;
    }

    @Override
    public byte[] body() {
      byte[] name = service.getBytes(StandardCharsets.US_ASCII);
      return ByteBuffer.allocate(9 + name.length + head.length)
          .putLong(stream)
          .put((byte) name.length)
          .put(name)
          .put(head)
          .array();
    }
  }

  record Data(long stream, byte[] bytes) implements StreamFrame {
    public Data {
      numbered(stream);
      if (bytes.length < 1 || bytes.length > DATA_BYTES_MAX) {
        throw new IllegalArgumentException(
            "data of " + bytes.length + " bytes, allowed 1 to " + DATA_BYTES_MAX);
      }
    }

    @Override
    public FrameType type() {
      return FrameType.STREAM_DATA;
    }

    @Override
    public byte[] body() {
      return ByteBuffer.allocate(8 + bytes.length).putLong(stream).put(bytes).array();
    }
  }

  record Credit(long stream, int bytes) implements StreamFrame {
    public Credit {
      if (stream != 0) numbered(stream);
      if (bytes < 1) throw new IllegalArgumentException("a credit of " + bytes + " bytes");
    }

    @Override
    public FrameType type() {
      return FrameType.STREAM_CREDIT;
    }

    @Override
    public byte[] body() {
      return ByteBuffer.allocate(12).putLong(stream).putInt(bytes).array();
    }
  }

  record End(long stream) implements StreamFrame {
    public End {
      numbered(stream);
    }

    @Override
    public FrameType type() {
      return FrameType.STREAM_END;
    }

    @Override
    public byte[] body() {
      return ByteBuffer.allocate(8).putLong(stream).array();
    }
  }

  record Stop(long stream) implements StreamFrame {
    public Stop {
      numbered(stream);
    }

    @Override
    public FrameType type() {
      return FrameType.STREAM_STOP;
    }

    @Override
    public byte[] body() {
      return ByteBuffer.allocate(8).putLong(stream).array();
    }
  }

  /// @param code number of an error of the catalogue, 0 to 65535; the other side may not know it
  /// @param text why; cut at [#TEXT_BYTES_MAX] bytes
  record Reset(long stream, int code, String text) implements StreamFrame {
    public Reset {
      numbered(stream);
      if (code < 0 || code > 0xffff) throw new IllegalArgumentException("error number " + code);
      text = cut(text);
    }

    private static String cut(String text) {
      // At most three bytes for each char of a text: cut only what may be too long.
      if (text.length() <= TEXT_BYTES_MAX / 3) return text;
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      if (utf8.length <= TEXT_BYTES_MAX) return text;
      int end = TEXT_BYTES_MAX;
      while ((utf8[end] & 0xc0) == 0x80) end--;
      return new String(utf8, 0, end, StandardCharsets.UTF_8);
    }

    @Override
    public FrameType type() {
      return FrameType.STREAM_RESET;
    }

    @Override
    public byte[] body() {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      return ByteBuffer.allocate(10 + utf8.length)
          .putLong(stream)
          .putShort((short) code)
          .put(utf8)
          .array();
    }
  }

  private static void numbered(long stream) {
    if (stream < 1) throw new IllegalArgumentException("stream number " + stream);
  }

  /// @throws IllegalArgumentException when this cannot be the name of a service
  static void checkService(String service) {
    boolean fits = !service.isEmpty() && service.length() <= SERVICE_BYTES_MAX;
    for (int i = 0; fits && i < service.length(); i++) {
      fits = "abcdefghijklmnopqrstuvwxyz0123456789._-".indexOf(service.charAt(i)) >= 0;
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "a service is named by 1 to " + SERVICE_BYTES_MAX + " of a-z 0-9 . _ -");
    }
  }

  /// Whether a frame belongs to a stream.
  static boolean carries(FrameType type) {
    return type.id() >= FrameType.STREAM_OPEN.id() && type.id() <= FrameType.STREAM_RESET.id();
  }

  /// @throws IllegalArgumentException when the bytes are no such frame
  static StreamFrame decode(FrameType type, byte[] body) {
    ByteBuffer b = ByteBuffer.wrap(body);
    try {
      long stream = b.getLong();
      StreamFrame frame =
          switch (type) {
            case STREAM_OPEN -> {
              byte[] service = new byte[b.get() & 0xff];
              b.get(service);
              yield new Open(stream, new String(service, StandardCharsets.UTF_8), rest(b));
            }
            case STREAM_DATA -> new Data(stream, rest(b));
            case STREAM_CREDIT -> new Credit(stream, b.getInt());
            case STREAM_END -> new End(stream);
            case STREAM_STOP -> new Stop(stream);
            case STREAM_RESET -> {
              int code = b.getShort() & 0xffff;
              if (b.remaining() > TEXT_BYTES_MAX) {
                throw new IllegalArgumentException("a text of " + b.remaining() + " bytes");
              }
              yield new Reset(stream, code, new String(rest(b), StandardCharsets.UTF_8));
            }
            default -> throw new IllegalArgumentException(type + " is no frame of a stream");
          };
      if (b.hasRemaining()) throw new IllegalArgumentException("a long " + type);
      return frame;
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a short " + type, e);
    }
  }

  private static byte[] rest(ByteBuffer b) {
    byte[] rest = new byte[b.remaining()];
    b.get(rest);
    return rest;
  }
}
