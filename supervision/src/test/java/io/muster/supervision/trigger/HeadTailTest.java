package io.muster.supervision.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.testing.Seeds;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HeadTailTest {
  @Test
  void keepsBothEndsOfAnyLength() {
    Seeds.each(
        300,
        (_, random) -> {
          StringBuilder all = new StringBuilder();
          HeadTail kept = new HeadTail();
          int pieces = 1 + random.nextInt(6);
          for (int i = 0; i < pieces; i++) {
            String piece = "abcdefghijklmnop".repeat(random.nextInt(900)) + random.nextInt(1000);
            all.append(piece);
            byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
            kept.add(bytes, bytes.length);
          }
          int length = all.length();
          int part = HeadTail.PART;
          String expected =
              length <= 2 * part
                  ? all.toString()
                  : all.substring(0, part)
                      + "\n… "
                      + (length - 2 * part)
                      + " bytes left out …\n"
                      + all.substring(length - part);
          assertThat(kept.text()).isEqualTo(expected);
        });
  }
}
