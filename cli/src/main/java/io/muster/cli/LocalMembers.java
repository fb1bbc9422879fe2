package io.muster.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Members that keep their data below `.muster` of the working directory: started here without
/// `data_dir`, or by `muster demo`. Each leaves `admin.url` in its data directory while it runs.
final class LocalMembers {
  private static final Path BASE = Path.of(".muster");
  private static final String URL = "admin.url";

  /// `.muster/demo-1/m1/data/admin.url`.
  private static final int DEPTH = 4;

  private static final int CONNECT_MILLIS = 500;

  private LocalMembers() {}

  /// @param token the file with the token
  record LocalMember(String url, Path token) {
    /// What it was started with; only `muster demo` keeps that beside the data.
    Optional<Path> settings() {
      return Optional.ofNullable(token.getParent())
          .map(data -> data.resolveSibling("muster.yaml"))
          .filter(Files::exists);
    }
  }

  /// The first member of what was started last and still answers.
  static Optional<LocalMember> running() {
    return all().filter(LocalMembers::listens).findFirst();
  }

  /// All members of what was started last and still answers, by name.
  static List<LocalMember> together() {
    Optional<Path> group = running().map(m -> group(m.token));
    return all().filter(m -> group.equals(Optional.of(group(m.token)))).toList();
  }

  static Optional<Path> tokenOf(String url) {
    return at(url).map(LocalMember::token);
  }

  static Optional<LocalMember> at(String url) {
    return all().filter(m -> m.url.equals(url)).findFirst();
  }

  /// Where the member with this data directory says it listens.
  static Optional<String> urlIn(Path dataDirectory) {
    return read(dataDirectory.resolve(URL));
  }

  private static Optional<String> read(Path file) {
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// Members that were killed leave their address behind, so some may have gone.
  private static Stream<LocalMember> all() {
    return files().stream()
        .flatMap(
            f ->
                read(f).map(url -> new LocalMember(url, f.resolveSibling("admin.token"))).stream());
  }

  /// What was started together stays together, the latest first, and within it by name.
  private static List<Path> files() {
    if (!Files.isDirectory(BASE)) return List.of();
    try (Stream<Path> walk = Files.walk(BASE, DEPTH)) {
      List<Path> found = walk.filter(p -> p.endsWith(URL)).toList();
      Map<Path, Long> started = new HashMap<>();
      for (Path p : found) started.merge(group(p), p.toFile().lastModified(), Math::max);
      return found.stream()
          .sorted(
              Comparator.comparingLong((Path p) -> started.getOrDefault(group(p), 0L))
                  .reversed()
                  .thenComparing(Comparator.naturalOrder()))
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  private static Path group(Path file) {
    return BASE.relativize(file).getName(0);
  }

  private static boolean listens(LocalMember m) {
    URI uri = URI.create(m.url);
    try (Socket s = new Socket()) {
      s.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), CONNECT_MILLIS);
      return true;
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }
}
