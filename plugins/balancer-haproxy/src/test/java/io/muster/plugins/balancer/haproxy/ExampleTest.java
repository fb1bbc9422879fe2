package io.muster.plugins.balancer.haproxy;

import io.muster.testing.Programs;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ExampleTest {
  @Test
  void haproxyTakesTheFrontOfMuster() {
    Haproxy.needed();
    Path root = Path.of(Objects.requireNonNull(System.getProperty("muster.root")));
    String file = root.resolve("examples/front/haproxy.cfg").toString();
    Programs.run(root, 60, List.of("haproxy", "-c", "-f", file));
  }
}
