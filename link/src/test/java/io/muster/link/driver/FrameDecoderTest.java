package io.muster.link.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.testing.Seeds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CorruptedFrameException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameDecoderTest {
  private static final int LENGTH_MAX = 4096;
  private final FrameDecoder decoder = new FrameDecoder(LENGTH_MAX);
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final EmbeddedChannel channel = channel(decoder, allocator);

  private static EmbeddedChannel channel(FrameDecoder decoder, UnpooledByteBufAllocator allocator) {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.config().setAllocator(allocator);
    channel.pipeline().addLast(decoder);
    return channel;
  }

  private static byte[] frame(byte[] typeAndBody) {
    return ByteBuffer.allocate(4 + typeAndBody.length)
        .putInt(typeAndBody.length)
        .put(typeAndBody)
        .array();
  }

  private static List<String> frames(EmbeddedChannel channel) {
    List<String> all = new ArrayList<>();
    for (ByteBuf b; (b = channel.readInbound()) != null; ) {
      all.add(ByteBufUtil.hexDump(b));
      b.release();
    }
    return all;
  }

  private static void inPieces(Random random, EmbeddedChannel channel, byte[] bytes) {
    int most = 1 << random.nextInt(13);
    for (int at = 0; at < bytes.length; ) {
      int to = Math.min(bytes.length, at + 1 + random.nextInt(most));
      channel.writeInbound(Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, at, to)));
      at = to;
    }
  }

  @Test
  void howAStreamIsSplitIntoReadsDoesNotMatter() {
    Seeds.each(
        500,
        (_, random) -> {
          EmbeddedChannel ch = channel(new FrameDecoder(LENGTH_MAX), allocator);
          List<String> expected = new ArrayList<>();
          ByteBuffer stream = ByteBuffer.allocate(1 << 18);
          for (int i = random.nextInt(30); i >= 0; i--) {
            byte[] body = new byte[1 + random.nextInt(random.nextInt(8) == 0 ? LENGTH_MAX : 60)];
            random.nextBytes(body);
            expected.add(HexFormat.of().formatHex(body));
            stream.put(frame(body));
          }

          inPieces(random, ch, Arrays.copyOf(stream.array(), stream.position()));

          assertThat(frames(ch)).isEqualTo(expected);
          ch.finishAndReleaseAll();
          assertThat(allocator.metric().usedHeapMemory()).isZero();
        });
  }

  @Test
  void noiseIsRefusedOrCutIntoFramesWithinTheLimit() {
    Seeds.each(
        3000,
        (_, random) -> {
          EmbeddedChannel ch = channel(new FrameDecoder(LENGTH_MAX), allocator);
          byte[] noise = new byte[random.nextInt(600)];
          random.nextBytes(noise);
          // Lengths that are small often enough to get behind the first frame.
          for (int i = 0; i + 4 < noise.length; i += 1 + random.nextInt(80)) {
            noise[i] = 0;
            noise[i + 1] = 0;
            if (random.nextInt(4) > 0) noise[i + 2] = 0;
          }
          try {
            inPieces(random, ch, noise);
          } catch (CorruptedFrameException e) {
            assertThat(e).hasMessageContaining("allowed 1 to " + LENGTH_MAX);
          }
          for (String frame : frames(ch)) {
            assertThat(frame.length() / 2).isBetween(1, LENGTH_MAX);
          }
          ch.finishAndReleaseAll();
          assertThat(allocator.metric().usedHeapMemory()).isZero();
        });
  }

  @Test
  void aLengthBeyondTheLimitIsRefusedByItsFourBytes() {
    for (int length : new int[] {0, -1, Integer.MIN_VALUE, LENGTH_MAX + 1, Integer.MAX_VALUE}) {
      EmbeddedChannel ch = channel(new FrameDecoder(LENGTH_MAX), allocator);
      byte[] header = ByteBuffer.allocate(4).putInt(length).array();

      assertThatThrownBy(() -> ch.writeInbound(Unpooled.wrappedBuffer(header)))
          .isInstanceOf(CorruptedFrameException.class)
          .hasMessage("a frame of " + length + " bytes, allowed 1 to " + LENGTH_MAX);
      ch.finishAndReleaseAll();
    }
  }

  @Test
  void theLimitIsRaisedForThoseWhoProvedThemselves() {
    byte[] body = new byte[LENGTH_MAX + 1];
    decoder.lengthMax(LENGTH_MAX + 1);

    channel.writeInbound(Unpooled.wrappedBuffer(frame(body)));

    assertThat(frames(channel)).hasSize(1);
    channel.finishAndReleaseAll();
  }
}
