package io.muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// Every command explains itself.
class HelpTest {
  /// All commands, `data get` after `data`.
  static Stream<String> commands() {
    List<String> found = new ArrayList<>();
    collect(Main.commandLine(), "", found);
    return found.stream();
  }

  private static void collect(CommandLine line, String name, List<String> found) {
    found.add(name.strip());
    line.getSubcommands().forEach((sub, l) -> collect(l, name + " " + sub, found));
  }

  private static String[] words(String command, String last) {
    return (command + " " + last).strip().split(" ");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpSaysWhatItDoesWithAnExample(String command) {
    Ran help = Ran.muster(words(command, "--help"));

    assertThat(help.code()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out()).startsWith("Usage: " + ("muster " + command).strip());
    assertThat(help.out()).containsPattern("(Example|Try): {2}muster|source <\\(muster");
    assertThat(help.out().lines()).allMatch(l -> l.length() <= 80);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everythingThatCanBeGivenIsDescribed(String command) {
    CommandLine line = Main.commandLine();
    for (String w : words(command, "")) {
      if (!w.isEmpty()) line = line.getSubcommands().get(w);
    }

    assertThat(line.getCommandSpec().usageMessage().description()).isNotEmpty();
    for (OptionSpec o : line.getCommandSpec().options()) {
      assertThat(o.description()).as(o.longestName()).isNotEmpty();
      if (o.arity().max() > 0) {
        assertThat(o.paramLabel()).as(o.longestName()).doesNotContain("<");
      }
    }
    for (PositionalParamSpec p : line.getCommandSpec().positionalParameters()) {
      assertThat(p.description()).as(p.paramLabel()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandKnowsTheVersion(String command) {
    assertThat(Ran.muster(words(command, "--version")).out()).isEqualTo("muster 0.1.0\n");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void anUnknownOptionIsAMistakeOfUsage(String command) {
    Ran ran = Ran.muster(words(command, "--no-such-option"));

    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).contains("Usage: muster");
    // Where something is missing as well, that is said first.
    assertThat(ran.err()).containsAnyOf("'--no-such-option'", "Missing required");
  }

  @Test
  void groupsAloneShowTheirHelpAndAreAMistakeOfUsage() {
    for (String group :
        List.of(
            "",
            "data",
            "settings",
            "user",
            "group",
            "permission",
            "session",
            "token",
            "import",
            "explain",
            "bench",
            "config",
            "secret")) {
      Ran ran = Ran.muster(group.isEmpty() ? new String[0] : new String[] {group});

      assertThat(ran.code()).as(group).isEqualTo(2);
      assertThat(ran.out()).as(group).startsWith("Usage: muster");
    }
  }

  @Test
  void theCompletionScriptKnowsTheNewCommands() {
    assertThat(Ran.muster("completion").out()).contains("watch").contains("--ready-timeout");
    assertThat(Ran.muster("completion").out())
        .contains("unset")
        .contains("gateway.queue_bytes_max");
    assertThat(Ran.muster("completion").out())
        .contains("permission")
        .contains("unlink")
        .contains("prohibit");
  }
}
