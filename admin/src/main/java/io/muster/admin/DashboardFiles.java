package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// The dashboard's own files, at `/` and below `/dashboard/`, for everybody: they hold nothing of
/// the member. All come from this program; the policy sent along forbids browsers to take anything
/// from elsewhere, or to run a script that is not one of these files.
final class DashboardFiles {
  private static final String PREFIX = "dashboard/";
  private static final Pattern NAME =
      Pattern.compile("(?:[a-z0-9][A-Za-z0-9_-]*/)?[A-Za-z0-9][A-Za-z0-9._-]*");
  private static final int ZIP_FROM = 1024;

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none';"
          + " form-action 'none'; frame-ancestors 'none'";

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "mjs", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml",
          "json", "application/json; charset=utf-8");

  /// @param tag of the content, as HTTP writes it
  /// @param zipped null where that would not be worth it
  private record Content(byte[] bytes, byte @Nullable [] zipped, String type, String tag) {}

  private final Map<String, Content> read = new ConcurrentHashMap<>();

  List<Route> routes() {
    return List.of(
        Route.open("GET", "/", x -> file(x, "index.html")),
        Route.open("GET", "/dashboard/{file}", x -> file(x, x.rest())));
  }

  private void file(Exchange x, String name) throws IOException {
    Content c = content(name);
    x.set("Content-Security-Policy", POLICY);
    x.set("X-Content-Type-Options", "nosniff");
    x.set("Referrer-Policy", "no-referrer");
    x.set("Cross-Origin-Opener-Policy", "same-origin");
    // A member that was upgraded has other files: browsers ask each time, and get little back.
    x.set("Cache-Control", "no-cache");
    x.set("ETag", c.tag);
    x.set("Vary", "Accept-Encoding");
    if (x.header("If-None-Match").filter(c.tag::equals).isPresent()) {
      x.send(304, c.type, new byte[0]);
      return;
    }
    boolean zip = x.header("Accept-Encoding").filter(a -> a.contains("gzip")).isPresent();
    byte[] zipped = c.zipped;
    if (zip && zipped != null) {
      x.set("Content-Encoding", "gzip");
      x.send(200, c.type, zipped);
    } else {
      x.send(200, c.type, c.bytes);
    }
  }

  private Content content(String name) throws IOException {
    Content known = read.get(name);
    if (known != null) return known;
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    if (type == null || !NAME.matcher(name).matches()) throw missing(name);
    try (InputStream in = DashboardFiles.class.getResourceAsStream(PREFIX + name)) {
      if (in == null) throw missing(name);
      byte[] bytes = in.readAllBytes();
      Content c = new Content(bytes, zipped(bytes), type, tag(bytes));
      read.put(name, c);
      return c;
    }
  }

  private static MusterException missing(String name) {
    return new MusterException(ErrorCode.NOT_FOUND, "the dashboard has no file " + name);
  }

  private static byte @Nullable [] zipped(byte[] bytes) throws IOException {
    if (bytes.length < ZIP_FROM) return null;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }

  private static String tag(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return '"' + HexFormat.of().formatHex(hash, 0, 16) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
