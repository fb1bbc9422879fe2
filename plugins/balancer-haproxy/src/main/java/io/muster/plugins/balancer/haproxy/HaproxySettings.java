package io.muster.plugins.balancer.haproxy;

import io.muster.spi.ProviderSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// The keys of a balancer `haproxy`. Immutable.
///
/// @param configFiles the user's own, with tags; empty for a process of Muster's
/// @param listen `host:port` each; for a process of Muster's
/// @param socket admin socket; empty for one in the balancer's directory
/// @param masterSocket of a master that was started with `-S`
/// @param pidFile of the process, or of its master
/// @param stateFile gets the servers' states before a reload; empty for none
/// @param reuseSocket a new process takes the listeners over the admin socket
/// @param maxConnections 0 for what haproxy finds it can have; for a process of Muster's
/// @param idle after which a connection that nobody uses is closed; for a process of Muster's
/// @param within how long each step may take
record HaproxySettings(
    List<String> configFiles,
    List<String> listen,
    Mode mode,
    String algorithm,
    String bin,
    Optional<String> socket,
    Optional<String> masterSocket,
    Optional<String> pidFile,
    Optional<String> stateFile,
    boolean reuseSocket,
    int maxConnections,
    Duration connectTimeout,
    Duration idle,
    Duration within) {
  private static final Pattern LISTEN =
      Pattern.compile("(([A-Za-z0-9._-]+|\\*|\\[[0-9A-Fa-f:.]+]):)?([0-9]{1,5})");
  private static final Pattern ALGORITHM =
      Pattern.compile(
          "roundrobin|static-rr|leastconn|first|source|uri|random|hdr\\([A-Za-z0-9-]+\\)");
  private static final String OWN = "; beside config_file the file says it";

  enum Mode {
    TCP,
    HTTP
  }

  HaproxySettings {
    configFiles = List.copyOf(configFiles);
    listen = List.copyOf(listen);
  }

  /// Whether Muster writes the whole file and starts the process.
  boolean own() {
    return configFiles.isEmpty();
  }

  static HaproxySettings read(ProviderSettings s) {
    List<String> files =
        s.texts(
            "config_file",
            List.of(),
            "files of a haproxy that is there already, with the tag #<servers/> or"
                + " #<servers>…#</servers>; without it Muster runs a process of its own");
    List<String> given =
        s.texts("listen", List.of(), "where clients come, host:port or a port" + OWN);
    Mode mode = s.choice("mode", Mode.class, Mode.TCP, "tcp or http" + OWN);
    String algorithm =
        s.text("algorithm", "roundrobin", "how servers are chosen, as haproxy calls it" + OWN);
    String bin = s.text("haproxy_bin", "haproxy", "the program, by path or name");
    boolean own = files.isEmpty();
    Optional<String> socket =
        s.optionalText(
            "socket", "the admin socket (stats socket … level admin expose-fd listeners)");
    Optional<String> master =
        s.optionalText("master_socket", "the master's socket, if it was started with -S");
    Optional<String> pid = s.optionalText("pid_file", "where the process, or its master, is named");
    Optional<String> state =
        s.optionalText("state_file", "gets the servers' states before each reload");
    boolean reuse =
        s.flag("reuse_socket", true, "a new process takes the listeners from the old one");
    int max =
        s.integer(
            "max_connections",
            0,
            0,
            10_000_000,
            "clients at once; 0 for as many as haproxy's limit of open files lets it have" + OWN);
    Duration connect =
        s.duration(
            "connect_timeout",
            Duration.ofSeconds(5),
            Duration.ofMillis(1),
            Duration.ofHours(1),
            "to reach a server" + OWN);
    Duration idle =
        s.duration(
            "idle_timeout",
            Duration.ofHours(1),
            Duration.ofMillis(1),
            Duration.ofDays(20),
            "after which a connection without traffic is closed" + OWN);
    Duration within =
        s.duration(
            "step_timeout",
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Duration.ofMinutes(10),
            "for each step of a change");
    if (own && given.isEmpty()) {
      throw s.wrong("listen", "at least one host:port, or config_file for a haproxy that is there");
    }
    if (!ALGORITHM.matcher(algorithm).matches()) {
      throw s.wrong("algorithm", "one of haproxy's, such as leastconn, found '" + algorithm + "'");
    }
    if (!own && socket.isEmpty()) socket = Optional.of("/var/run/haproxy/admin.sock");
    if (!own && pid.isEmpty()) pid = Optional.of("/var/run/haproxy/haproxy.pid");
    if (!own && state.isEmpty()) state = Optional.of("/var/lib/haproxy/state-global");
    if (own && state.isPresent()) {
      throw s.wrong(
          "state_file", "none without config_file: what Muster writes needs no such file");
    }
    return new HaproxySettings(
        files,
        listeners(s, given),
        mode,
        algorithm,
        bin,
        socket,
        master,
        pid,
        state,
        reuse,
        max,
        connect,
        idle,
        within);
  }

  private static List<String> listeners(ProviderSettings s, List<String> given) {
    List<String> all = new ArrayList<>();
    for (String listen : given) {
      var match = LISTEN.matcher(listen.strip());
      int port = match.matches() ? Integer.parseInt(match.group(3)) : 0;
      if (port < 1 || port > 65535) {
        throw s.wrong("listen", "host:port or a port, 1 to 65535, found '" + listen + "'");
      }
      all.add(match.group(2) == null ? "0.0.0.0:" + port : match.group(2) + ":" + port);
    }
    return all;
  }
}
