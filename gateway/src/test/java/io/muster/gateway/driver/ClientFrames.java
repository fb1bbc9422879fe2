package io.muster.gateway.driver;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Frames as a client writes them (RFC 6455, 5.2), right ones and wrong ones.
final class ClientFrames {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /// Adds a frame whose first byte and mask are given as they are.
  ClientFrames raw(int first, int mask, byte[] payload) {
    out.write(first);
    if (payload.length < 126) {
      out.write(0x80 | payload.length);
    } else if (payload.length < 65536) {
      out.write(0x80 | 126);
      out.writeBytes(ByteBuffer.allocate(2).putShort((short) payload.length).array());
    } else {
      out.write(0x80 | 127);
      out.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
    }
    byte[] key = ByteBuffer.allocate(4).putInt(mask).array();
    out.writeBytes(key);
    for (int i = 0; i < payload.length; i++) out.write(payload[i] ^ key[i & 3]);
    return this;
  }

  ClientFrames frame(int opcode, boolean fin, byte[] payload) {
    return raw((fin ? 0x80 : 0) | opcode, 0x5a17c3e9, payload);
  }

  ClientFrames text(String text) {
    return frame(TEXT, true, text.getBytes(StandardCharsets.UTF_8));
  }

  ClientFrames close(int status, String reason) {
    byte[] utf8 = reason.getBytes(StandardCharsets.UTF_8);
    return frame(
        CLOSE,
        true,
        ByteBuffer.allocate(2 + utf8.length).putShort((short) status).put(utf8).array());
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
