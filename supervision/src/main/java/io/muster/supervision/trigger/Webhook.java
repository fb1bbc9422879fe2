package io.muster.supervision.trigger;

import io.muster.spi.SecretText;
import io.muster.spi.action.ActionReport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Sends JSON to a web service, signed where there is a secret. Safe on any thread.
///
/// The signature is that of `TIME.BODY`, so that an old request cannot be sent again for a new one:
/// `X-Muster-Timestamp` has the seconds since 1970, `X-Muster-Signature` `sha256=` and the
/// HMAC-SHA256 in hexadecimal digits.
public final class Webhook implements AutoCloseable {
  private static final int SHOWN = 200;
  private final URI url;
  private final String method;
  private final Map<String, String> headers;
  private final @Nullable SecretText secret;
  private final @Nullable Path caFile;
  private final HttpClient client;
  private final @Nullable String unusable;

  /// @param caFile of certificates to trust instead of the usual ones
  public Webhook(
      URI url,
      String method,
      Map<String, String> headers,
      Optional<SecretText> secret,
      Optional<Path> caFile) {
    this.url = url;
    this.method = method;
    this.headers = Map.copyOf(headers);
    this.secret = secret.orElse(null);
    this.caFile = caFile.orElse(null);
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1);
    String wrong = null;
    if (this.caFile != null) {
      try {
        builder.sslContext(trusting(this.caFile));
      } catch (IOException | GeneralSecurityException e) {
        wrong = "ca_file: " + this.caFile + " cannot be used: " + e.getMessage();
      }
    }
    unusable = wrong;
    client = builder.build();
  }

  private static SSLContext trusting(Path file) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int n = 0;
    for (Certificate c :
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      store.setCertificateEntry("ca" + n++, c);
    }
    if (n == 0) throw new GeneralSecurityException("it holds no certificate as PEM");
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  /// Sends once and waits for the answer. Done when its status is 200 to 299; redirects are not
  /// followed: whoever answered so might send what is signed elsewhere.
  public ActionReport send(byte[] json, Duration timeout) throws InterruptedException {
    if (unusable != null) return ActionReport.failed(unusable);
    String time = Long.toString(System.currentTimeMillis() / 1000);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url)
            .timeout(timeout)
            .header("Content-Type", "application/json")
            .header("X-Muster-Timestamp", time)
            .method(method, HttpRequest.BodyPublishers.ofByteArray(json));
    headers.forEach(request::setHeader);
    if (secret != null) {
      request.setHeader("X-Muster-Signature", "sha256=" + signature(secret.reveal(), time, json));
    }
    try {
      HttpResponse<InputStream> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      String said;
      try (var body = answer.body()) {
        said = new String(body.readNBytes(SHOWN), StandardCharsets.UTF_8);
      }
      int status = answer.statusCode();
      if (status >= 200 && status < 300) return ActionReport.done("HTTP " + status);
      String line = said.replaceAll("\\s+", " ").strip();
      return ActionReport.failed(
          "HTTP " + status + " of " + place() + (line.isEmpty() ? "" : ": " + line));
    } catch (HttpTimeoutException e) {
      return ActionReport.failed("Timed out: " + place() + " did not answer");
    } catch (IOException e) {
      String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      return ActionReport.failed(place() + " cannot be reached: " + why);
    }
  }

  /// Without path and query: those of chat services are secrets.
  private String place() {
    return url.getScheme() + "://" + url.getAuthority();
  }

  static String signature(String secret, String time, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      mac.update((time + ".").getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  /// Ends what is under way.
  @Override
  public void close() {
    client.shutdownNow();
  }
}
