package io.muster.registry.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VoteFileTest {
  @TempDir Path home;

  @Test
  void nothingIsNoVoteAndWhatIsSetIsThereAgain() throws IOException {
    Path file = home.resolve("vote");
    VoteFile vote = VoteFile.open(file);
    assertThat(vote.term()).isZero();
    assertThat(vote.votedFor()).isEmpty();

    vote.set(7, "127.0.0.1:56000");
    vote.set(8, "");
    vote.set(9, "127.0.0.1:56001");

    VoteFile again = VoteFile.open(file);
    assertThat(again.term()).isEqualTo(9);
    assertThat(again.votedFor()).isEqualTo("127.0.0.1:56001");
  }

  @Test
  void eachFlippedBitAndEachShorterFileIsFound() throws IOException {
    Path file = home.resolve("vote");
    VoteFile.open(file).set(300, "127.0.0.1:56001");
    byte[] whole = Files.readAllBytes(file);
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] bytes = whole.clone();
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, bytes);
      assertThatThrownBy(() -> VoteFile.open(file))
          .as("bit %d", bit)
          .isInstanceOf(LogCorruptException.class)
          .hasMessageStartingWith(file + " at byte ");
    }
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> VoteFile.open(file)).isInstanceOf(LogCorruptException.class);
    }
  }

  @Test
  void theBytesOfFormatOneStayAsTheyAre() throws IOException {
    Path file = home.resolve("vote");
    VoteFile.open(file).set(5, "10.0.0.1:56000");
    assertThat(HexFormat.of().formatHex(Files.readAllBytes(file))).isEqualTo(GOLDEN);
  }

  private static final String GOLDEN =
      "4d55535445525654000000017f18e457000000000000000531302e302e302e313a3536303030";
}
