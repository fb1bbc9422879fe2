package io.muster.bench.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlotsTest {
  @ParameterizedTest
  @CsvSource({"1,1", "3,1", "1,4", "5,3", "3,5", "4,6", "6,4"})
  void eachPairHasOneSlotAndItsMessagesAreNumbered(int publishers, int topics) {
    Slots slots = new Slots(publishers, topics);
    Map<Integer, Long> last = new HashMap<>();
    Map<String, Integer> pairs = new HashMap<>();

    for (long k = 0; k < 100; k++) {
      int slot = slots.slot(k);
      assertThat(slots.sequence(k)).isEqualTo(last.merge(slot, 1L, Long::sum));
      String pair = slots.publisher(slot) + "→" + slots.topic(slot);
      assertThat(pairs.computeIfAbsent(pair, _ -> slot)).isEqualTo(slot);
      assertThat(slots.slot(slots.topic(slot), slots.senderOnTopic(slot))).isEqualTo(slot);
      assertThat(slots.senderOnTopic(slot)).isLessThan(slots.senders(slots.topic(slot)));
    }

    for (int slot = 0; slot < slots.count(); slot++) {
      assertThat(slots.sent(slot, 100)).isEqualTo(last.getOrDefault(slot, 0L));
    }
    int senders = 0;
    for (int t = 0; t < topics; t++) senders += slots.senders(t);
    assertThat(senders).isEqualTo(slots.count());
  }
}
