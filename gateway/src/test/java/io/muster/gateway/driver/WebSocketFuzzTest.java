package io.muster.gateway.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WebSocketFuzzTest {
  /// A valid stream of bytes, with what a session and the client must see of it.
  private static final class Story {
    final ClientFrames frames = new ClientFrames();
    final List<String> told = new ArrayList<>();
    final List<String> answers = new ArrayList<>();

    Story(Random random, int messages) {
      for (int i = 0; i < messages; i++) message(random);
    }

    private void message(Random random) {
      boolean text = random.nextInt(4) > 0;
      int length =
          switch (random.nextInt(8)) {
            case 0 -> random.nextInt(3);
            case 1 -> 120 + random.nextInt(12);
            case 2 -> 1000 + random.nextInt(3000);
            case 3 -> random.nextInt(20) == 0 ? 65_530 + random.nextInt(12) : 300;
            default -> random.nextInt(125);
          };
      byte[] payload = new byte[length];
      random.nextBytes(payload);
      if (text) payload = characters(random, length).getBytes(StandardCharsets.UTF_8);
      told.add(
          text
              ? "text " + new String(payload, StandardCharsets.UTF_8)
              : "binary " + HexFormat.of().formatHex(payload));
      int opcode = text ? ClientFrames.TEXT : ClientFrames.BINARY;
      int from = 0;
      while (random.nextInt(3) == 0) {
        int to = from + random.nextInt(payload.length - from + 1);
        one(random, opcode, false, Arrays.copyOfRange(payload, from, to));
        opcode = ClientFrames.CONTINUATION;
        from = to;
        if (random.nextInt(3) == 0) control(random);
      }
      one(random, opcode, true, Arrays.copyOfRange(payload, from, payload.length));
      if (random.nextInt(6) == 0) control(random);
    }

    private void control(Random random) {
      byte[] payload = new byte[random.nextInt(126)];
      random.nextBytes(payload);
      boolean ping = random.nextBoolean();
      one(random, ping ? ClientFrames.PING : ClientFrames.PONG, true, payload);
      if (ping) answers.add("pong " + HexFormat.of().formatHex(payload));
    }

    private void one(Random random, int opcode, boolean fin, byte[] payload) {
      int mask = random.nextInt(10) == 0 ? 0 : random.nextInt();
      frames.raw((fin ? 0x80 : 0) | opcode, mask, payload);
    }

    private static String characters(Random random, int n) {
      StringBuilder b = new StringBuilder(n);
      boolean ascii = random.nextBoolean();
      for (int i = 0; i < n; i++) {
        int c = ascii ? 0x20 + random.nextInt(0x5f) : random.nextInt(0x110000);
        b.appendCodePoint(c >= 0xd800 && c < 0xe000 ? 'x' : c);
      }
      return b.toString();
    }
  }

  private static void inPieces(Random random, EmbeddedClient client, byte[] bytes) {
    int most = 1 << random.nextInt(18);
    for (int at = 0; at < bytes.length; ) {
      int to = Math.min(bytes.length, at + 1 + random.nextInt(most));
      client.write(Arrays.copyOfRange(bytes, at, to));
      at = to;
    }
  }

  @Test
  void howAStreamIsSplitIntoReadsDoesNotMatter() {
    Seeds.each(
        400,
        (_, random) -> {
          Story story = new Story(random, 1 + random.nextInt(20));
          EmbeddedClient client = new EmbeddedClient();

          inPieces(random, client, story.frames.bytes());

          assertThat(client.told).isEqualTo(story.told);
          assertThat(client.answers()).isEqualTo(story.answers);
          assertThat(client.held()).as("bytes kept").isZero();
          client.end();
        });
  }

  @Test
  void brokenStreamsEndInALegalCloseOrGoOnAndHoldNothing() {
    // What we may say by ourselves; a CLOSE that came to be by chance is answered with its own.
    Set<Integer> ours = Set.of(1002, 1007, 1009);
    Seeds.each(
        2000,
        (_, random) -> {
          Story story = new Story(random, 1 + random.nextInt(6));
          byte[] bad = broken(random, story.frames.bytes());
          EmbeddedClient client = new EmbeddedClient(1 << 12 << random.nextInt(6));

          inPieces(random, client, bad);

          List<String> answers = client.answers();
          List<String> closes = answers.stream().filter(a -> a.startsWith("close ")).toList();
          if (client.channel.isOpen()) {
            assertThat(closes).isEmpty();
            assertThat(client.told).doesNotContain("closed");
          } else {
            assertThat(closes).hasSize(1);
            assertThat(answers.getLast()).isEqualTo(closes.getFirst());
            int status = Integer.parseInt(closes.getFirst().substring(6));
            assertThat(ours.contains(status) || (status >= 1000 && status < 5000)).isTrue();
            assertThat(client.told.getLast()).isEqualTo("closed");
          }
          client.end();
          assertThat(client.told.stream().filter("closed"::equals)).hasSize(1);
          assertThat(client.held()).isZero();
        });
  }

  private static byte[] broken(Random random, byte[] good) {
    byte[] bad = good.clone();
    switch (random.nextInt(4)) {
      case 0 -> {
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
          bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
      case 1 -> bad = Arrays.copyOf(bad, random.nextInt(bad.length + 1));
      case 2 -> {
        int from = random.nextInt(bad.length);
        int to = Math.min(bad.length, from + 1 + random.nextInt(8));
        byte[] less = Arrays.copyOf(bad, bad.length - (to - from));
        System.arraycopy(bad, to, less, from, bad.length - to);
        bad = less;
      }
      default -> {
        bad = new byte[1 + random.nextInt(200)];
        random.nextBytes(bad);
        // Half of them begin like a frame.
        if (random.nextBoolean()) {
          bad[0] &= (byte) 0x8f;
          if (bad.length > 1) bad[1] |= (byte) 0x80;
        }
      }
    }
    return bad;
  }

  @Test
  void utf8IsWhatTheDecoderOfThePlatformTakes() {
    Seeds.each(
        300,
        (_, random) -> {
          for (int i = 0; i < 100; i++) {
            byte[] bytes =
                Story.characters(random, random.nextInt(24)).getBytes(StandardCharsets.UTF_8);
            if (random.nextInt(4) > 0 && bytes.length > 0) {
              bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            boolean platform;
            try {
              StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(bytes));
              platform = true;
            } catch (java.nio.charset.CharacterCodingException e) {
              platform = false;
            }
            assertThat(Utf8.valid(bytes, 0, bytes.length))
                .as(HexFormat.of().formatHex(bytes))
                .isEqualTo(platform);
          }
        });
  }
}
