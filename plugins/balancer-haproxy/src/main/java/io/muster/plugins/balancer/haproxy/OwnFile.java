package io.muster.plugins.balancer.haproxy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/// The whole configuration of a haproxy of Muster's own, with a tag for the servers.
final class OwnFile {
  private OwnFile() {}

  /// @param socket of the process; the listeners are handed over through it
  static String text(HaproxySettings s, Path socket) {
    StringBuilder out = new StringBuilder();
    out.append("# Written by Muster; what is changed here is lost.\n");
    out.append("global\n");
    out.append("    stats socket ").append(socket);
    out.append(" mode 600 level admin expose-fd listeners\n");
    if (s.maxConnections() > 0) {
      out.append("    maxconn ").append(s.maxConnections()).append('\n');
    }
    out.append("defaults\n");
    out.append("    mode ").append(s.mode().name().toLowerCase(Locale.ROOT)).append('\n');
    out.append("    timeout connect ").append(millis(s.connectTimeout()));
    out.append("    timeout client ").append(millis(s.idle()));
    out.append("    timeout server ").append(millis(s.idle()));
    out.append("    timeout tunnel ").append(millis(s.idle()));
    // A server that was not there at the first try may be one that has just ended.
    out.append("    retries 3\n");
    out.append("    option redispatch 1\n");
    out.append("frontend clients\n");
    for (String listen : s.listen()) out.append("    bind ").append(listen).append('\n');
    out.append("    default_backend pool\n");
    out.append("backend pool\n");
    out.append("    balance ").append(s.algorithm()).append('\n');
    if (s.mode() == HaproxySettings.Mode.HTTP) {
      out.append("    cookie MUSTER_SERVER insert indirect nocache httponly\n");
    }
    out.append("    #<servers/>\n");
    return out.toString();
  }

  private static String millis(Duration time) {
    return time.toMillis() + "ms\n";
  }
}
