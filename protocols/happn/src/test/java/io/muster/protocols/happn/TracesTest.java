package io.muster.protocols.happn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Traces, in a process of their own: whether somebody wants them is asked once in a process.
class TracesTest {
  private static List<String> spans(String... arguments) throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command =
        new java.util.ArrayList<>(
            List.of(
                java,
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                TracedConversation.class.getName()));
    command.addAll(List.of(arguments));
    Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(p.waitFor(60, TimeUnit.SECONDS)).as(out).isTrue();
      assertThat(p.exitValue()).as(out).isZero();
      return out.lines().filter(l -> l.startsWith("span ")).toList();
    } finally {
      p.destroyForcibly();
    }
  }

  @Test
  void aSetIsATraceWithItsPartsWhereAnSdkIsInstalled() throws Exception {
    assertThat(spans("sdk"))
        .containsExactlyInAnyOrder(
            "span happn set path=/a/1 parent=none status=UNSET",
            "span store proposal path=null parent=happn set status=UNSET",
            "span publish path=null parent=happn set status=UNSET",
            "span happn remove path=/a/1 parent=none status=UNSET",
            "span store proposal path=null parent=happn remove status=UNSET",
            "span publish path=null parent=happn remove status=UNSET");
  }

  @Test
  void nothingIsMadeWithoutOne() throws Exception {
    assertThat(spans()).isEmpty();
  }
}
