package io.muster.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerProvider;
import io.muster.spi.balance.BalancerSetup;
import io.muster.spi.balance.Pool;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a [BalancerProvider] promises, whoever provides it. Extend it and say which provider, with
/// which keys; where the software itself is at hand, prepare an instance of the test's own and
/// return true from [#real], and applying is tried as well.
public abstract class BalancerContract {
  @TempDir Path directory;

  protected abstract BalancerProvider provider();

  /// Keys with which the provider can be opened for [#directory].
  protected abstract Map<String, String> keys() throws IOException;

  /// Whether [Balancer#apply] can be tried.
  protected abstract boolean real();

  /// Of the test's own, fresh for each.
  protected Path directory() {
    return directory;
  }

  private Map<String, String> keys = Map.of();

  @BeforeEach
  void readKeys() throws IOException {
    keys = keys();
  }

  /// Opens it once more, as a member that starts again does.
  protected Balancer open(BalancerSetup.OnEmpty onEmpty) {
    return provider()
        .read(new MapSettings(keys))
        .open(
            new BalancerSetup.Place("web", "front", directory, directory.resolve("own"), onEmpty));
  }

  /// @param addrs `host:port` each; one that ends with `!` drains
  protected static Pool pool(long revision, String... addrs) {
    List<Pool.Member> members = new ArrayList<>();
    for (String a : addrs) {
      String addr = a.replace("!", "");
      Target target = new Target("web", addr, Endpoint.parse(addr, 0), Map.of());
      members.add(new Pool.Member(target, a.endsWith("!")));
    }
    return new Pool(revision, members);
  }

  /// A pool of one target that says something about itself.
  protected static Pool pool(long revision, String addr, Map<String, JsonValue> attributes) {
    Target target = new Target("web", addr, Endpoint.parse(addr, 0), attributes);
    return new Pool(revision, List.of(new Pool.Member(target, false)));
  }

  protected static String text(Balancer.Rendered rendered) {
    StringBuilder all = new StringBuilder();
    for (Balancer.RenderedFile file : rendered.files()) all.append(file.text()).append('\n');
    return all.toString();
  }

  @Test
  void itsNameIsOneThatCanBeWritten() {
    assertThat(provider().name()).matches("[a-z][a-z0-9-]*").isEqualTo(provider().name());
  }

  @Test
  void readingOpeningAndRenderingTouchNothing() throws IOException {
    List<String> before = files();
    try (Balancer balancer = open(BalancerSetup.OnEmpty.REMOVE)) {
      balancer.render(pool(1, "127.0.0.1:1"));
    }
    assertThat(files()).isEqualTo(before);
  }

  private List<String> files() throws IOException {
    List<String> all = new ArrayList<>();
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path p : paths.sorted().toList()) {
        if (Files.isDirectory(p) || !Files.isRegularFile(p)) all.add(p.toString());
        else all.add(p + " " + Files.readString(p));
      }
    }
    return all;
  }

  @Test
  void equalPoolsAreRenderedAlikeAndEveryTargetIsNamed() {
    try (Balancer balancer = open(BalancerSetup.OnEmpty.REMOVE)) {
      Balancer.Rendered first = balancer.render(pool(1, "127.0.0.1:21", "127.0.0.2:22!"));

      assertThat(balancer.render(pool(2, "127.0.0.1:21", "127.0.0.2:22!"))).isEqualTo(first);
      assertThat(first.files()).isNotEmpty();
      assertThat(text(first)).contains("127.0.0.1").contains("127.0.0.2");
      assertThat(text(balancer.render(pool(3, "127.0.0.1:21")))).doesNotContain("127.0.0.2");
    }
  }

  @Test
  void anEmptyPoolCanBeRenderedWhateverItMeans() {
    for (BalancerSetup.OnEmpty onEmpty : BalancerSetup.OnEmpty.values()) {
      try (Balancer balancer = open(onEmpty)) {
        assertThat(balancer.render(pool(1)).files()).isNotEmpty();
      }
    }
  }

  /// Whoever may add a target must not be able to add directives.
  @Test
  void whatATargetSaysCannotBreakOutOfItsLine() {
    String evil = "1; }\n    evil on\n\"'#{";
    for (String name :
        List.of(
            "weight",
            "maxconn",
            "max_conns",
            "max_fails",
            "cookie",
            "check",
            "fail_timeout",
            "backup",
            "down",
            "slow_start",
            "route",
            "service",
            "zone",
            "evil_name")) {
      try (Balancer balancer = open(BalancerSetup.OnEmpty.REMOVE)) {
        Map<String, JsonValue> attributes = new LinkedHashMap<>();
        attributes.put(name, new JsonValue.Text(evil));
        Balancer.Rendered rendered = balancer.render(pool(1, "127.0.0.1:21", attributes));

        assertThat(text(rendered)).as(name).doesNotContain("evil");
        assertThat(text(rendered)).as(name).contains("127.0.0.1");
        assertThat(rendered.notes().toString()).as(name).doesNotContain("\n    evil");
      }
    }
  }

  @Test
  void aTargetWhoseAddressHasAMeaningIsLeftOutWithANoteAndTheOthersStay() {
    Target bad = new Target("web", "bad", new Endpoint.Net("tcp", "h;evil{}", 21), Map.of());
    Pool.Member good = pool(1, "127.0.0.1:21").members().getFirst();
    try (Balancer balancer = open(BalancerSetup.OnEmpty.REMOVE)) {
      Balancer.Rendered rendered =
          balancer.render(new Pool(1, List.of(new Pool.Member(bad, false), good)));

      assertThat(text(rendered)).contains("127.0.0.1").doesNotContain("evil");
      assertThat(rendered.notes()).anyMatch(n -> n.startsWith("bad: "));
    }
  }

  @Test
  void closingTwiceIsHarmless() {
    Balancer balancer = open(BalancerSetup.OnEmpty.REMOVE);
    balancer.close();
    assertThatCode(balancer::close).doesNotThrowAnyException();
  }

  @Test
  void whatIsAppliedIsUsedAndApplyingItAgainDoesNothing() {
    if (!real()) return;
    Pool two = pool(1, "127.0.0.1:21", "127.0.0.1:22");
    try (Balancer balancer = open(BalancerSetup.OnEmpty.REMOVE)) {
      assertThat(balancer.apply(two)).isNotEqualTo(Balancer.Applied.UNCHANGED);
      assertThat(balancer.look().running()).isTrue();
      assertThat(balancer.look().drift()).isEmpty();
      assertThat(balancer.apply(two)).isEqualTo(Balancer.Applied.UNCHANGED);
      assertThat(balancer.apply(pool(2, "127.0.0.1:22!"))).isNotEqualTo(Balancer.Applied.UNCHANGED);
      assertThat(balancer.look().drift()).isEmpty();
    }
    // What it started goes on, and a member that comes back finds everything as it left it.
    try (Balancer again = open(BalancerSetup.OnEmpty.REMOVE)) {
      assertThat(again.look().running()).isTrue();
      assertThat(again.apply(pool(3, "127.0.0.1:22!"))).isEqualTo(Balancer.Applied.UNCHANGED);
    }
  }

  @Test
  void anEmptyPoolIsAppliedAsItWasAskedFor() {
    if (!real()) return;
    for (BalancerSetup.OnEmpty onEmpty : BalancerSetup.OnEmpty.values()) {
      try (Balancer balancer = open(onEmpty)) {
        balancer.apply(pool(1, "127.0.0.77:21"));
        balancer.apply(pool(2));
        Balancer.Look look = balancer.look();

        assertThat(look.running()).as(onEmpty.name()).isTrue();
        assertThat(look.drift()).as(onEmpty.name()).isEmpty();
        boolean there = text(balancer.render(pool(2))).contains("127.0.0.77");
        assertThat(there).as(onEmpty.name()).isEqualTo(onEmpty == BalancerSetup.OnEmpty.KEEP);
      }
    }
  }
}
