package io.muster.plugins.balancer.nginx;

import io.muster.testing.Eventually;
import io.muster.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// How these tests speak of real nginxes.
final class Nginx {
  private Nginx() {}

  static boolean here() {
    return Programs.onPath("nginx") || Programs.install("nginx-light");
  }

  static void needed() {
    if (!here())
      Assumptions.abort("SKIPPED: no nginx here; install the Debian package nginx-light");
  }

  /// Writes the main file of one that includes `upstream.conf` and listens on the port.
  static void prepare(Path directory, int port) throws IOException {
    Files.writeString(
        directory.resolve("nginx.conf"),
        """
        %s
        worker_processes 2;
        pid DIR/nginx.pid;
        error_log DIR/error.log;
        events { worker_connections 512; }
        http {
            access_log off;
            client_body_temp_path DIR/t1;
            proxy_temp_path DIR/t2;
            fastcgi_temp_path DIR/t3;
            uwsgi_temp_path DIR/t4;
            scgi_temp_path DIR/t5;
            map $http_upgrade $connection_upgrade { default upgrade; '' close; }
            include DIR/upstream*.conf;
            server {
                listen 127.0.0.1:%d;
                location / {
                    proxy_pass http://pool;
                    proxy_http_version 1.1;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header Connection $connection_upgrade;
                    proxy_read_timeout 10m;
                }
            }
        }
        """
            .formatted(Programs.root() ? "user root;" : "", port)
            .replace("DIR", directory.toString()));
  }

  /// Kills the master that the directory's pid file names, and its workers.
  static void end(Path directory) throws IOException {
    Path file = directory.resolve("nginx.pid");
    // A check leaves an empty one.
    String text = Files.exists(file) ? Files.readString(file).strip() : "";
    if (text.isEmpty()) return;
    long pid = Long.parseLong(text);
    ProcessHandle process = ProcessHandle.of(pid).orElse(null);
    if (process == null) return;
    // The master first: it would replace a worker that ends.
    List<ProcessHandle> all = Stream.concat(Stream.of(process), process.descendants()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle p : all) {
      Eventually.within(Duration.ofSeconds(30), "the end of " + p.pid(), () -> ended(p.pid()));
    }
  }

  private static boolean ended(long pid) throws IOException {
    Path stat = Path.of("/proc/" + pid + "/stat");
    return !Files.exists(stat) || Files.readString(stat).contains(") Z");
  }
}
