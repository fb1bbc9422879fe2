package io.muster.bench;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What is measured, and as whom.
///
/// @param urls where clients connect, see [#url]; connections are dealt out to them in turn
/// @param admins administration of the members whose CPU time and memory are to be told; none when
///     nobody wants to know
/// @param user who logs in where the cluster asks for it
/// @param certificates PEM file of the authorities to trust for `wss`, instead of the JDK's
/// @param threads event loops of the generator, 1 to 64; publishers have one more
public record Target(
    List<URI> urls,
    List<URI> admins,
    String user,
    Optional<Secret> password,
    Optional<Path> certificates,
    int threads) {
  /// @throws MusterException `setting_invalid`
  public Target {
    urls = List.copyOf(urls);
    admins = List.copyOf(admins);
    if (urls.isEmpty()) throw Expect.wrong("url", "expected an address of clients");
    Expect.range("threads", threads, 1, 64);
  }

  /// Understands what people write: `host:port`, `ws://`, `wss://`, `http://` or `https://`, with
  /// or without the path, which is `/primus` unless given.
  ///
  /// @return a `ws` or `wss` address with port and path
  /// @throws MusterException `setting_invalid`
  public static URI url(String text) {
    String whole = text.contains("://") ? text : "ws://" + text;
    try {
      URI u = new URI(whole);
      String scheme =
          switch (u.getScheme()) {
            case "ws", "http" -> "ws";
            case "wss", "https" -> "wss";
            default -> throw new URISyntaxException(text, "scheme");
          };
      if (u.getHost() == null || u.getPort() > 65535) throw new URISyntaxException(text, "host");
      int port = u.getPort() > 0 ? u.getPort() : scheme.equals("ws") ? 80 : 443;
      String path = u.getPath() == null || u.getPath().length() < 2 ? "/primus" : u.getPath();
      return new URI(scheme, null, u.getHost(), port, path, u.getQuery(), null);
    } catch (URISyntaxException e) {
      throw new MusterException(
          ErrorCode.SETTING_INVALID,
          "--url: expected host:port, ws://host:port or wss://host:port, found '" + text + "'",
          e);
    }
  }
}
