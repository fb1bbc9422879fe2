package io.muster.bench.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StampTest {
  @ParameterizedTest
  @CsvSource({"0,0,1", "-1,16777215,17592186044415", "1234567890123456789,77,42"})
  void whatIsWrittenIsReadWhereverItLies(long due, int sender, long sequence) {
    byte[] text = "x".repeat(Stamp.LENGTH).getBytes(StandardCharsets.US_ASCII);
    Stamp.write(text, 0, due, sender, sequence);
    byte[] frame =
        ("{\"data\":{\"m\":\"" + new String(text, StandardCharsets.US_ASCII) + "ABC\"}}")
            .getBytes(StandardCharsets.US_ASCII);

    int at = Stamp.find(frame, 0, frame.length);

    assertThat(at).isEqualTo(14);
    assertThat(Stamp.dueNanos(frame, at)).isEqualTo(due);
    assertThat(Stamp.sender(frame, at)).isEqualTo(sender);
    assertThat(Stamp.sequence(frame, at)).isEqualTo(sequence);
    assertThat(Stamp.find(frame, 0, 14 + Stamp.LENGTH - 1)).as("cut off").isEqualTo(-1);
  }
}
