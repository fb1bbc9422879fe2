package io.muster.bench.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SequenceCheckTest {
  @Test
  void aWholeSequenceIsClean() {
    SequenceCheck check = new SequenceCheck();

    for (long i = 1; i <= 100; i++) check.accept(i);

    assertThat(check.lost(100)).isZero();
    assertThat(check.duplicates()).isZero();
    assertThat(check.outOfOrder()).isZero();
  }

  @Test
  void whatIsLateIsOutOfOrderAndWhatIsRepeatedIsADuplicate() {
    SequenceCheck check = new SequenceCheck();

    for (long s : new long[] {1, 2, 5, 4, 4, 1, 7}) check.accept(s);

    assertThat(check.lost(9)).as("3, 6, 8 and 9").isEqualTo(4);
    assertThat(check.outOfOrder()).as("4 after 5").isEqualTo(1);
    assertThat(check.duplicates()).as("4 and 1").isEqualTo(2);
  }

  @Test
  void countsAsTheNaiveCountDoes() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      int sent = 1 + random.nextInt(60);
      List<Long> arrivals = new ArrayList<>();
      for (long i = 1; i <= sent; i++) {
        for (int copies = random.nextInt(8) == 0 ? random.nextInt(3) : 1; copies > 0; copies--) {
          int back = random.nextInt(4) == 0 ? random.nextInt(5) : 0;
          arrivals.add(Math.max(0, arrivals.size() - back), i);
        }
      }
      SequenceCheck check = new SequenceCheck();
      Set<Long> seen = new HashSet<>();
      long highest = 0;
      long late = 0;
      long again = 0;
      for (long a : arrivals) {
        boolean first = seen.add(a);
        assertThat(check.accept(a)).isEqualTo(first);
        if (!first) again++;
        else if (a < highest) late++;
        highest = Math.max(highest, a);
      }

      assertThat(check.lost(sent)).as("lost, seed %d", seed).isEqualTo(sent - seen.size());
      assertThat(check.duplicates()).as("duplicates, seed %d", seed).isEqualTo(again);
      assertThat(check.outOfOrder()).as("out of order, seed %d", seed).isEqualTo(late);
    }
  }

  @Test
  void memoryStaysBoundedAndTheCountOfTheLostRight() {
    SequenceCheck check = new SequenceCheck();

    for (long i = 1; i <= 100_000; i += 2) check.accept(i);

    assertThat(check.lost(100_000)).isEqualTo(50_000);
  }
}
