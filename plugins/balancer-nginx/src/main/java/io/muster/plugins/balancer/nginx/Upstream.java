package io.muster.plugins.balancer.nginx;

import io.muster.plugins.balancer.program.Attributes;
import io.muster.spi.balance.BalancerSetup.OnEmpty;
import io.muster.spi.balance.Pool;
import io.muster.spi.watch.Endpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The file with the `upstream`.
final class Upstream {
  private static final String PLUS = "only nginx Plus has it";
  private static final String NOT_ITS = "nginx has no such option";

  private Upstream() {}

  /// The lines of servers there should be.
  ///
  /// @param notes gets a line for what is left out
  static List<String> servers(Pool pool, List<String> notes) {
    List<String> lines = new ArrayList<>();
    for (Pool.Member member : pool.members()) {
      Attributes.address(member, notes).ifPresent(at -> lines.add(server(member, at, notes)));
    }
    return lines;
  }

  private static String server(Pool.Member member, Endpoint at, List<String> notes) {
    Attributes a = new Attributes(member, notes);
    StringBuilder line = new StringBuilder("server ");
    line.append(
        switch (at) {
          case Endpoint.Net net -> net.authority();
          case Endpoint.Unix unix -> "unix:" + unix.path();
        });
    a.whole("weight", 0, 65_535).ifPresent(w -> line.append(w == 0 ? " down" : " weight=" + w));
    boolean weightless = line.indexOf(" down") >= 0;
    var max = a.whole("max_conns", 0, Integer.MAX_VALUE);
    if (max.isEmpty()) max = a.whole("maxconn", 0, Integer.MAX_VALUE);
    max.ifPresent(m -> line.append(" max_conns=").append(m));
    a.whole("max_fails", 0, Integer.MAX_VALUE).ifPresent(m -> line.append(" max_fails=").append(m));
    a.time("fail_timeout").ifPresent(t -> line.append(" fail_timeout=").append(t));
    if (a.flag("backup")) line.append(" backup");
    boolean out = member.draining() || a.flag("down") || a.flag("drain");
    if (out && !weightless) line.append(" down");
    for (String other : List.of("slow_start", "route", "service", "resolve")) {
      a.unsupported(other, PLUS);
    }
    for (String other : List.of("cookie", "check")) a.unsupported(other, NOT_ITS);
    return line.append(';').toString();
  }

  /// The whole file.
  ///
  /// @param servers their lines
  /// @param socket for the page that says that nobody is there
  static String text(NginxSettings settings, List<String> servers, OnEmpty onEmpty, Path socket) {
    StringBuilder out = new StringBuilder("# Written by Muster; what is changed here is lost.\n");
    out.append("upstream ").append(settings.upstream()).append(" {\n");
    for (String server : servers) out.append("    ").append(server).append('\n');
    boolean page = servers.isEmpty() && onEmpty == OnEmpty.MAINTENANCE_BACKEND;
    // nginx refuses an upstream without a server.
    if (page) out.append("    server unix:").append(socket).append(";\n");
    else if (servers.isEmpty()) out.append("    server 127.0.0.1:1 down;\n");
    for (String line : settings.append()) out.append("    ").append(line.strip()).append('\n');
    out.append("}\n");
    if (page) {
      out.append("server {\n    listen unix:").append(socket).append(";\n");
      out.append("    default_type text/plain;\n");
      out.append("    add_header Retry-After 5 always;\n");
      out.append("    return 503 \"No server is available. Please try again later.\\n\";\n}\n");
    }
    return out.toString();
  }
}
