package io.muster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MemberId;
import io.muster.kernel.MusterException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
  @TempDir Path dir;

  @Test
  void identityStaysAndIncarnationGrows() {
    MemberId id;
    long incarnation;
    try (DataDirectory first = new DataDirectory(dir)) {
      id = first.id();
      incarnation = first.incarnation();
    }
    try (DataDirectory second = new DataDirectory(dir)) {
      assertThat(second.id()).isEqualTo(id);
      assertThat(second.incarnation()).isGreaterThan(incarnation);
    }
  }

  @Test
  void aDirectoryIsUsedByOneAtATime() {
    try (DataDirectory _ = new DataDirectory(dir)) {
      assertThatThrownBy(() -> new DataDirectory(dir)).hasMessageContaining("another process");
    }
  }

  @Test
  void aMemberThatLeftDoesNotStartAgainAndSaysWhatToDo() throws Exception {
    try (DataDirectory leaves = new DataDirectory(dir)) {
      leaves.retire("cluster blue, today");
    }

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> new DataDirectory(dir))
          .isInstanceOfSatisfying(
              MusterException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MEMBER_LEFT))
          .hasMessageContaining(dir.toString())
          .hasMessageContaining("cluster blue, today")
          .hasMessageContaining("move it away");
    }
  }
}
