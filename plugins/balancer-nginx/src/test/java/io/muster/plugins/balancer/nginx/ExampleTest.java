package io.muster.plugins.balancer.nginx;

import io.muster.testing.Ports;
import io.muster.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleTest {
  @TempDir Path directory;

  @Test
  void nginxTakesTheFrontOfMuster() throws IOException {
    Nginx.needed();
    Nginx.prepare(directory, Ports.free());
    Path root = Path.of(Objects.requireNonNull(System.getProperty("muster.root")));
    String front = Files.readString(root.resolve("examples/front/nginx.conf"));
    Files.writeString(
        directory.resolve("upstream.conf"), front + "upstream pool { server 127.0.0.1:1; }\n");
    Programs.run(directory, 60, List.of("nginx", "-t", "-q", "-c", directory + "/nginx.conf"));
  }
}
