package io.muster.protocols.happn;

import io.muster.gateway.HttpAnswer;
import io.muster.kernel.SettingsSection;
import io.muster.spi.store.Wildcards;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which paths of a secured cluster ask for no token, and what browsers are shown where one is
/// refused. Immutable.
///
/// @param exclusions patterns of paths, `*` for any run of characters, without regard to case; `/`
///     means that path alone
/// @param unauthorized a page of HTML instead of the text of a 401
/// @param forbidden the same for a 403
public record HttpGuard(
    List<String> exclusions, Optional<Page> unauthorized, Optional<Page> forbidden) {
  private static final int PATTERNS_MAX = 1000;
  private static final int PAGE_BYTES_MAX = 1 << 20;
  private static final String HTML = "text/html; charset=utf-8";

  /// Asks for a token everywhere and answers in plain text.
  static final HttpGuard STRICT = new HttpGuard(List.of(), Optional.empty(), Optional.empty());

  public HttpGuard {
    exclusions = List.copyOf(exclusions);
  }

  /// A file as it was when the settings were read.
  public static final class Page {
    private final byte[] html;

    Page(byte[] html) {
      this.html = html;
    }
  }

  static HttpGuard read(SettingsSection s) {
    List<String> exclusions =
        s.texts(
            "exclusions",
            List.of(),
            "paths that are answered without a token on a secured cluster; * is any run of"
                + " characters");
    if (exclusions.size() > PATTERNS_MAX) {
      throw s.wrong("exclusions", "at most " + PATTERNS_MAX + " patterns");
    }
    for (String pattern : exclusions) {
      if (!pattern.startsWith("/") && !pattern.startsWith("*")) {
        throw s.wrong(
            "exclusions", "patterns such as /public/*, found '" + pattern + "' without a slash");
      }
    }
    return new HttpGuard(
        exclusions,
        page(s, "unauthorized_response_path", "a file of HTML that is shown with a 401"),
        page(s, "forbidden_response_path", "a file of HTML that is shown with a 403"));
  }

  private static Optional<Page> page(SettingsSection s, String key, String meaning) {
    Optional<String> file = s.optionalText(key, meaning);
    if (file.isEmpty()) return Optional.empty();
    String expected = "a readable file of at most " + PAGE_BYTES_MAX + " bytes, found ";
    try {
      Path path = Path.of(file.get());
      long size = Files.size(path);
      if (size > PAGE_BYTES_MAX || !Files.isRegularFile(path)) {
        throw s.wrong(key, expected + path + " of " + size + " bytes");
      }
      return Optional.of(new Page(Files.readAllBytes(path)));
    } catch (IOException | InvalidPathException e) {
      throw s.wrong(key, expected + e);
    }
  }

  /// Whether a path asks for no token.
  boolean excludes(String path) {
    for (String pattern : exclusions) {
      if (pattern.equals("/") ? path.equals("/") : Wildcards.matches(pattern, path, true)) {
        return true;
      }
    }
    return false;
  }

  /// A 401: who asks has not said who they are, or may not come any more.
  HttpAnswer unauthorized(String why) {
    return answer(401, unauthorized, why, Map.of("WWW-Authenticate", "happn-auth"));
  }

  /// A 403: they may not.
  HttpAnswer forbidden(String why, Map<String, String> headers) {
    return answer(403, forbidden, why, headers);
  }

  private static HttpAnswer answer(
      int status, Optional<Page> page, String why, Map<String, String> headers) {
    byte[] text = why.getBytes(StandardCharsets.UTF_8);
    return page.map(p -> new HttpAnswer(status, HTML, p.html, headers))
        .orElseGet(() -> new HttpAnswer(status, "text/plain; charset=utf-8", text, headers));
  }
}
