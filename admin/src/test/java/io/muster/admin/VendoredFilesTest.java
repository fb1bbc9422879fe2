package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What others wrote is here as they wrote it, and nothing of the dashboard comes from elsewhere.
class VendoredFilesTest {
  private static final Path DASHBOARD =
      Path.of(System.getProperty("muster.root", ".."))
          .resolve("admin/src/main/resources/io/muster/admin/dashboard");
  private static final Pattern ROW =
      Pattern.compile("\\| `([^`/]+)` \\| `[^`]+/[^`]+` \\| `([0-9a-f]{64})` \\|");

  @Test
  void filesAreThoseOfTheTable() throws Exception {
    Map<String, String> said = new TreeMap<>();
    Matcher rows = ROW.matcher(Files.readString(DASHBOARD.resolve("VENDOR.md")));
    while (rows.find()) said.put(rows.group(1), rows.group(2));

    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(DASHBOARD.resolve("vendor"))) {
      for (Path f : files.toList()) found.put(f.getFileName().toString(), hash(f));
    }

    assertThat(found).hasSizeGreaterThan(6).isEqualTo(said);
  }

  private static String hash(Path file) throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    return HexFormat.of().formatHex(hash);
  }

  @Test
  void ownFilesNeitherReachOutNorHoldInlineScriptOrStyle() throws IOException {
    TreeSet<String> wrong = new TreeSet<>();
    try (Stream<Path> files = Files.walk(DASHBOARD)) {
      for (Path f : files.filter(Files::isRegularFile).toList()) {
        if (f.startsWith(DASHBOARD.resolve("vendor")) || f.endsWith("VENDOR.md")) continue;
        String text = Files.readString(f).replace("http://www.w3.org/2000/svg", "");
        if (text.contains("http://") || text.contains("https://") || text.contains("//cdn")) {
          wrong.add(f + " names another site");
        }
        if (f.toString().endsWith(".html")
            && Pattern.compile("<style|<script(?! type=\"module\" src=)|\\son\\w+=|\\sstyle=")
                .matcher(text)
                .find()) {
          wrong.add(f + " has inline script or style");
        }
        if (text.contains("innerHTML") || text.contains("dangerouslySet")) {
          wrong.add(f + " writes HTML from text");
        }
      }
    }
    assertThat(wrong).isEmpty();
  }
}
