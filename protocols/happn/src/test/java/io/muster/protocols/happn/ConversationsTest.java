package io.muster.protocols.happn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What clients and member say to each other, word for word: `src/test/resources/conversations`.
///
/// `./mvnw -pl protocols/happn -am test -Dtest=ConversationsTest
/// -Dsurefire.failIfNoSpecifiedTests=false -Dmuster.golden=write` writes what was said over what
/// was expected; the difference is for a reviewer to read.
class ConversationsTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/conversations");
  private static final Pattern ACTION = Pattern.compile("\"action\":\"([a-z-]+)\"");

  static Stream<String> conversations() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("conversations")
  void goAsWritten(String name) throws IOException {
    Path file = DIRECTORY.resolve(name);
    String expected = Files.readString(file);

    String played = Conversation.play(expected);

    if ("write".equals(System.getProperty("muster.golden"))) Files.writeString(file, played);
    else assertThat(played).as(name).isEqualTo(expected);
  }

  @Test
  void coverEveryActionInAllProtocols() throws IOException {
    Set<String> wanted =
        Set.of(
            "configure-session",
            "describe",
            "login",
            "set",
            "get",
            "count",
            "remove",
            "on",
            "off",
            "ack",
            "revoke-token",
            "change-password",
            "request-nonce",
            "disconnect-child-sessions");
    for (String protocol : List.of("happn_1", "happn_2", "happn_3", "happn_4")) {
      Set<String> answered = new TreeSet<>();
      for (String name : conversations().toList()) {
        for (String line : Files.readAllLines(DIRECTORY.resolve(name))) {
          if (!line.matches("\\w < .*")) continue;
          boolean list = line.startsWith("[", 4);
          if (!list && !line.contains("\"protocol\":\"" + protocol + "\"}")) continue;
          Matcher m = ACTION.matcher(line);
          while (m.find()) answered.add(m.group(1).toLowerCase(Locale.ROOT));
        }
      }
      assertThat(answered).as("answered in " + protocol).containsAll(wanted);
    }
  }
}
