package io.muster.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The habits of the files themselves. `make format` writes what [#areFormatted] asks for.
class SourcesTest {
  private static final int LINES_MAX = 700;
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#: ]+)(#[^) ]*)?\\)");

  @Test
  void areFormatted() {
    boolean write = Boolean.getBoolean("tidy.write");
    List<String> wrong =
        Repository.files(".java").parallelStream()
            .filter(file -> differs(file, write))
            .map(Path::toString)
            .toList();
    if (!write) assertThat(wrong).as("files that `make format` would change").isEmpty();
  }

  private static boolean differs(Path file, boolean write) {
    String source = Repository.read(file);
    try {
      String formatted = Formatting.format(source);
      if (formatted.equals(source)) return false;
      if (write) Repository.write(file, formatted);
      return true;
    } catch (FormatterException e) {
      throw new IllegalStateException(file + ": " + e.getMessage(), e);
    }
  }

  @Test
  void areShortEnoughToBeReadWhole() {
    List<String> wrong = new ArrayList<>();
    for (Path file : Repository.files(".java")) {
      long lines = Repository.read(file).lines().count();
      if (lines > LINES_MAX) wrong.add(file + ": " + lines + " lines");
    }
    assertThat(wrong).as("files of more than " + LINES_MAX + " lines").isEmpty();
  }

  /// A test that sleeps is slow on a fast machine and wrong on a slow one; `Eventually` waits.
  @Test
  void doNotSleepInTests() {
    List<String> wrong =
        Repository.files(".java").stream()
            .filter(f -> f.toString().contains("src/test"))
            .filter(f -> !f.endsWith("Eventually.java") && !f.startsWith("tidy"))
            .filter(f -> Repository.read(f).contains("Thread.sleep("))
            .map(Path::toString)
            .toList();
    assertThat(wrong).isEmpty();
  }

  @Test
  void generatedPagesAreFresh() throws IOException {
    String fresh = Files.readString(Repository.ROOT.resolve("kernel/target/errors.md"));
    assertThat(Repository.read(Path.of("docs/reference/errors.md")))
        .as("docs/reference/errors.md: run `make docs`")
        .isEqualTo(fresh);
  }

  @Test
  void linksBetweenPagesHold() {
    List<String> broken = new ArrayList<>();
    for (Path page : Repository.files(".md")) {
      Matcher link = LINK.matcher(Repository.read(page));
      while (link.find()) {
        Path target = Repository.ROOT.resolve(page).resolveSibling(link.group(1)).normalize();
        if (!Files.exists(target)) broken.add(page + " → " + link.group(1));
      }
    }
    assertThat(broken).isEmpty();
  }
}
