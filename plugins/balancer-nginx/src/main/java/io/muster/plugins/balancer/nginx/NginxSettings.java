package io.muster.plugins.balancer.nginx;

import io.muster.spi.ProviderSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The keys of a balancer `nginx`. Immutable.
///
/// @param upstreamFile that nginx includes, and Muster writes
/// @param upstream its name
/// @param append further lines of the block
/// @param conf nginx's main file
/// @param pidFile else the one that the main file, or nginx itself, names
/// @param start whether Muster starts an nginx that does not run
/// @param within how long each step may take
record NginxSettings(
    String upstreamFile,
    String upstream,
    List<String> append,
    String bin,
    String conf,
    Optional<String> pidFile,
    boolean start,
    Duration within) {
  NginxSettings {
    append = List.copyOf(append);
  }

  static NginxSettings read(ProviderSettings s) {
    String file =
        s.text("upstream_conf_path", "", "the file that nginx includes and Muster writes");
    String upstream = s.text("upstream_name", "", "name of the upstream, as proxy_pass has it");
    List<String> append =
        s.texts(
            "upstream_append", List.of(), "further lines of the upstream, such as keepalive 8;");
    String bin = s.text("nginx_bin", "nginx", "the program, by path or name");
    String conf = s.text("nginx_conf_path", "/etc/nginx/nginx.conf", "nginx's main file");
    Optional<String> pid =
        s.optionalText("pid_file", "where the master is named; else as nginx itself says");
    boolean start = s.flag("start", false, "start nginx where it does not run");
    Duration within =
        s.duration(
            "step_timeout",
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Duration.ofMinutes(10),
            "for each step of a change");
    if (file.isBlank()) throw s.wrong("upstream_conf_path", "a file that nginx includes");
    if (!upstream.matches("[A-Za-z0-9._-]{1,200}")) {
      throw s.wrong("upstream_name", "a name of letters, digits and ._-, found '" + upstream + "'");
    }
    return new NginxSettings(file, upstream, append, bin, conf, pid, start, within);
  }
}
