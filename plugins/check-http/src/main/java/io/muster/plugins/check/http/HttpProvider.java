package io.muster.plugins.check.http;

import com.google.re2j.Pattern;
import io.muster.plugins.check.net.TlsOptions;
import io.muster.spi.ProviderSettings;
import io.muster.spi.SecretText;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.CheckSetup;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// `http`: a request and what is expected of its answer.
public final class HttpProvider implements CheckProvider {
  @Override
  public String name() {
    return "http";
  }

  @Override
  public CheckSetup read(ProviderSettings s) {
    String method = s.text("method", "GET", "Method of the request.");
    if (!method.matches("[A-Z]{1,20}")) throw s.wrong("method", "a method in capitals");
    String path = s.text("path", "/", "What is asked for, query included.");
    if (!path.matches("(/[!-~]*|\\*)")) {
      throw s.wrong("path", "a path that begins with /, other letters percent-encoded");
    }
    Optional<String> host =
        s.optionalText("host", "Host header, and the name in TLS; empty: the address.");
    if (host.isPresent() && !host.get().matches("[!-.0-~]+")) {
      throw s.wrong("host", "a name, perhaps with a port");
    }
    Map<String, String> headers =
        new LinkedHashMap<>(
            HttpHeaderList.read(
                s, "host", "connection", "content-length", "transfer-encoding", "upgrade"));
    Optional<String> user = s.optionalText("user", "Whom to log in as (basic authentication).");
    Optional<SecretText> password = s.secret("password", "The password of that user.");
    if (user.isPresent() != password.isPresent()) {
      throw s.wrong(user.isPresent() ? "password" : "user", "user and password, or none of them");
    }
    user.ifPresent(
        name -> {
          String both = name + ":" + password.map(SecretText::reveal).orElse("");
          String coded = Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
          headers.put("Authorization", "Basic " + coded);
        });
    byte[] body =
        s.text("body", "", "What is sent with the request.").getBytes(StandardCharsets.UTF_8);
    StatusSet status = StatusSet.read(s, "status", "200-299");
    Optional<Pattern> match =
        Bytes.regex(s, "match", "A regular expression that must be found in the answer's body.");
    Optional<JsonMatch> json =
        s.value("json", JsonMatch.EXPECTED, "What the answer's body, JSON, must have.")
            .map(given -> JsonMatch.read(s, "json", given));
    int max = (int) s.bytes("body_max", 65_536, 1, 1 << 24, "How much of the body is looked at.");
    int redirects =
        s.integer("redirects", 0, 0, 10, "How many redirects to the same target are followed.");
    return new HttpSetup(
        method, path, host, headers, body, status, match, json, max, redirects, TlsOptions.read(s));
  }
}
