package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `muster import records`, as far as the command itself goes.
class ImportCommandTest {
  private static final String ROUTE = "/v1/import/records";
  private static final String COUNTS =
      "{\"found\":3,\"imported\":2,\"there\":0,\"failed\":1,\"leftOut\":4,\"bytes\":99}";

  @TempDir Path directory;
  private ScriptedMember member;
  private Path source;

  @BeforeEach
  void start() throws IOException {
    member = new ScriptedMember();
    source = directory.resolve("old.yaml");
    Files.writeString(source, "provider: mongodb\n");
  }

  @AfterEach
  void stop() {
    member.close();
  }

  private Ran imported(String... more) {
    String[] all = new String[6 + more.length];
    System.arraycopy(
        new String[] {"import", "records", "--admin", member.url(), "--source", source.toString()},
        0,
        all,
        0,
        6);
    System.arraycopy(more, 0, all, 6, more.length);
    return Ran.muster(all);
  }

  private void answers(String... lines) {
    member.answering(ROUTE, 200, "application/x-ndjson", String.join("\n", lines) + "\n");
  }

  @Test
  void theLastLineIsTheReport() {
    answers(
        "{\"progress\":{\"counts\":" + COUNTS + ",\"after\":\"/a\"}}",
        "{\"report\":{\"dryRun\":false,\"counts\":"
            + COUNTS
            + ",\"after\":\"/c\",\"problems\":[{\"path\":\"/b\",\"reason\":\"too large\"}],"
            + "\"problemsLeftOut\":7}}");

    Ran ran = imported("--path", "/plant/*");

    assertThat(ran.code()).as("something was not copied").isEqualTo(1);
    assertThat(ran.out()).contains("COPIED").contains("99").contains("/b: too large");
    assertThat(ran.out()).contains("and 7 more");
    assertThat(imported("--json").out()).startsWith("{\"dryRun\":false");
    assertThat(imported("--dry-run").out()).contains("TO COPY");
  }

  @Test
  void whyItStoppedIsSaid() {
    answers(
        "{\"progress\":{\"counts\":" + COUNTS + ",\"after\":\"/a\"}}",
        "{\"problem\":{\"name\":\"store_unavailable\",\"status\":503,"
            + "\"detail\":\"/b cannot be written: no quorum; go on with --after '/a'\"}}");

    Ran ran = imported();

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("go on with --after '/a'");
  }

  @Test
  void anAnswerThatBreaksOffIsNoSuccess() {
    answers("{\"progress\":{\"counts\":" + COUNTS + ",\"after\":\"/a\"}}");

    Ran ran = imported();

    assertThat(ran.code()).isEqualTo(3);
    assertThat(ran.err()).contains("the answer broke off").contains("repeat it");
  }

  @Test
  void aSourceThatIsMissingIsAMistakeOfUsage() throws IOException {
    assertThat(Ran.muster("import", "records").code()).isEqualTo(2);
    Files.delete(source);
    assertThat(imported().err()).contains("--source: expected a file with the settings of a store");
  }
}
