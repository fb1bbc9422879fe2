package io.muster.plugins.check.http;

import io.muster.plugins.check.net.TlsOptions;
import io.muster.spi.ProviderSettings;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `websocket`: a scripted dialogue of messages.
public class WebSocketProvider implements CheckProvider {
  private static final String FLOW = "a list of steps: {type: send|send_json|expect_json, …}";

  @Override
  public String name() {
    return "websocket";
  }

  @Override
  public final CheckSetup read(ProviderSettings s) {
    URI url =
        url(
            s,
            s.text(
                "url",
                "",
                "ws:// or wss:// with the name for Host and TLS; the connection goes to the"
                    + " target's address."));
    Map<String, String> headers =
        HttpHeaderList.read(
            s,
            "host",
            "connection",
            "upgrade",
            "content-length",
            "sec-websocket-key",
            "sec-websocket-version",
            "sec-websocket-protocol",
            "sec-websocket-extensions");
    Optional<String> protocol =
        s.optionalText("subprotocol", "Subprotocols that are offered, with commas.");
    int max =
        (int) s.bytes("message_max", 1 << 20, 1, 1 << 24, "How long a message that comes may be.");
    List<Step> flow =
        s.value("flow", FLOW, "What is said and expected; empty: connecting is enough.")
            .map(given -> flow(s, given))
            .orElse(List.of());
    boolean secure = url.getScheme().equals("wss");
    TlsOptions tls = TlsOptions.read(s, secure).named(Optional.of(url.getHost()));
    return new WebSocketSetup(url, headers, protocol, max, flow, tls);
  }

  private static URI url(ProviderSettings s, String text) {
    String expected = "ws://NAME/PATH or wss://NAME/PATH, found: " + text;
    try {
      URI url = new URI(text);
      boolean known = "ws".equals(url.getScheme()) || "wss".equals(url.getScheme());
      if (known && url.getHost() != null && url.getUserInfo() == null) return url;
    } catch (URISyntaxException e) {
      RuntimeException wrong = s.wrong("url", expected);
      wrong.addSuppressed(e);
      throw wrong;
    }
    throw s.wrong("url", expected);
  }

  private static List<Step> flow(ProviderSettings s, JsonValue given) {
    if (!(given instanceof JsonValue.Arr list)) throw s.wrong("flow", FLOW);
    List<Step> steps = new ArrayList<>();
    for (JsonValue e : list.elements()) {
      String here = "flow[" + steps.size() + "]";
      if (!(e instanceof JsonValue.Obj step)) throw s.wrong(here, FLOW);
      steps.add(step(s, here, step.members()));
    }
    return steps;
  }

  private static Step step(ProviderSettings s, String here, Map<String, JsonValue> step) {
    JsonValue type = step.getOrDefault("type", JsonValue.NULL);
    return switch (type instanceof JsonValue.Text t ? t.value() : "") {
      case "send" -> {
        only(s, here, step, "body");
        if (!(step.get("body") instanceof JsonValue.Text text)) {
          throw s.wrong(here + ".body", "a text");
        }
        yield new Step.Send(text.value());
      }
      case "send_json" -> {
        only(s, here, step, "body");
        JsonValue body = step.get("body");
        if (body == null) throw s.wrong(here + ".body", "what is sent as JSON");
        yield new Step.Send(new String(JsonText.write(body), StandardCharsets.UTF_8));
      }
      case "expect_json" -> {
        only(s, here, step, "match", "skip_forward");
        JsonValue skip = step.getOrDefault("skip_forward", new JsonValue.Bool(false));
        if (!(skip instanceof JsonValue.Bool flag)) {
          throw s.wrong(here + ".skip_forward", "true or false");
        }
        JsonValue match = step.getOrDefault("match", JsonValue.NULL);
        yield new Step.Expect(JsonMatch.read(s, here + ".match", match), flag.value());
      }
      default -> throw s.wrong(here + ".type", "send, send_json or expect_json");
    };
  }

  private static void only(
      ProviderSettings s, String here, Map<String, JsonValue> step, String... known) {
    for (String key : step.keySet()) {
      if (!key.equals("type") && !List.of(known).contains(key)) {
        throw s.wrong(here + "." + key, "one of type, " + String.join(", ", known));
      }
    }
  }
}
