package io.muster.link.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamFrameTest {
  /// Version 2 of links: these bytes never change.
  private static final List<Golden> GOLDEN =
      List.of(
          new Golden(
              48, "0000000000000001 0a 73746f72652e6c697374 0102", open(1, "store.list", 1, 2)),
          new Golden(48, "0000000000000002 01 61", open(2, "a")),
          new Golden(49, "0000000000000003 fffe00", new StreamFrame.Data(3, bytes(255, 254, 0))),
          new Golden(50, "0000000000000000 00010000", new StreamFrame.Credit(0, 65_536)),
          new Golden(50, "0000000000000005 7fffffff", new StreamFrame.Credit(5, 0x7fffffff)),
          new Golden(51, "0000000100000000", new StreamFrame.End(1L << 32)),
          new Golden(52, "7fffffffffffffff", new StreamFrame.Stop(Long.MAX_VALUE)),
          new Golden(
              53, "0000000000000007 07d9 6e6f 20c3bc", new StreamFrame.Reset(7, 2009, "no ü")));

  private record Golden(int type, String hex, StreamFrame frame) {}

  private static StreamFrame open(long id, String service, int... head) {
    return new StreamFrame.Open(id, service, bytes(head));
  }

  private static byte[] bytes(int... values) {
    byte[] all = new byte[values.length];
    for (int i = 0; i < all.length; i++) all[i] = (byte) values[i];
    return all;
  }

  private static byte[] unhex(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private static StreamFrame decode(int type, byte[] body) {
    FrameType known = FrameType.of(type);
    assertThat(known).isNotNull();
    return StreamFrame.decode(known, body);
  }

  @Test
  void goldenBytes() {
    for (Golden g : GOLDEN) {
      assertThat(g.frame.type().id()).isEqualTo(g.type);
      assertThat(g.frame.body()).as(g.hex).isEqualTo(unhex(g.hex));
      assertThat(StreamFrame.carries(g.frame.type())).isTrue();
      assertThat(decode(g.type, unhex(g.hex)))
          .usingRecursiveComparison()
          .as(g.hex)
          .isEqualTo(g.frame);
    }
  }

  @Test
  void whatIsNoFrameIsRefusedWithAReason() {
    refused(48, "0000000000000000 01 61", "stream number 0");
    refused(48, "ffffffffffffffff 01 61", "stream number -1");
    refused(48, "0000000000000001 00", "a service is named");
    refused(48, "0000000000000001 01 41", "a service is named");
    refused(48, "0000000000000001 05 61", "a short STREAM_OPEN");
    refused(48, "0000000000000001 41 " + "61".repeat(65), "a service is named");
    refused(48, "0000000000000001 01 61" + "00".repeat(16_385), "at most 16384");
    refused(49, "0000000000000001", "data of 0 bytes");
    refused(49, "0000000000000001" + "00".repeat(32_769), "allowed 1 to 32768");
    refused(50, "0000000000000001 00000000", "a credit of 0");
    refused(50, "0000000000000001 80000000", "a credit of -2147483648");
    refused(50, "0000000000000001 000001", "a short STREAM_CREDIT");
    refused(51, "0000000000000001 00", "a long STREAM_END");
    refused(52, "00000000000001", "a short STREAM_STOP");
    refused(53, "0000000000000001 00", "a short STREAM_RESET");
    refused(53, "0000000000000001 0000" + "61".repeat(1025), "a text of 1025 bytes");
    refused(36, "0000000000000001", "PART is no frame of a stream");
  }

  private static void refused(int type, String hex, String why) {
    assertThatThrownBy(() -> decode(type, unhex(hex)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  @Test
  void aLongReasonIsCutBetweenCharacters() {
    var reset = new StreamFrame.Reset(1, 1, "x" + "ü".repeat(2000));

    assertThat(reset.text().getBytes(StandardCharsets.UTF_8)).hasSize(1023);
    assertThat(reset.text()).endsWith("ü").doesNotContain("\ufffd");
    assertThat(decode(53, reset.body())).isEqualTo(reset);
  }

  /// Noise and broken frames: refused by nothing but an IllegalArgumentException, or read as a
  /// frame that is written as the same bytes.
  @Test
  void noiseIsRefusedOrMeansWhatItSays() {
    Seeds.each(
        20_000,
        (_, random) -> {
          byte[] body = noise(random);
          int type = 48 + random.nextInt(6);
          try {
            StreamFrame frame = decode(type, body);
            assertThat(frame.type().id()).isEqualTo(type);
            assertThat(frame.stream()).isGreaterThanOrEqualTo(0);
            // Bad UTF-8 in a reason is repaired.
            if (!(frame instanceof StreamFrame.Reset)) assertThat(frame.body()).isEqualTo(body);
          } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageMatching("(?s).+");
          }
        });
  }

  private static byte[] noise(Random random) {
    if (random.nextBoolean()) {
      byte[] body = new byte[random.nextInt(random.nextInt(20) == 0 ? 40_000 : 40)];
      random.nextBytes(body);
      if (body.length > 0) body[0] &= 0x7f;
      return body;
    }
    byte[] good = GOLDEN.get(random.nextInt(GOLDEN.size())).frame.body();
    if (random.nextBoolean()) return Arrays.copyOf(good, random.nextInt(good.length + 4));
    good[random.nextInt(good.length)] ^= (byte) (1 << random.nextInt(8));
    return good;
  }
}
