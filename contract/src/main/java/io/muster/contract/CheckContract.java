package io.muster.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.check.Check;
import io.muster.spi.check.CheckProvider;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.muster.spi.watch.Endpoint;
import io.muster.spi.watch.Health;
import io.muster.spi.watch.Target;
import io.muster.testing.Eventually;
import io.muster.testing.Ports;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/// What a kind of check promises, if it asks its targets over the network. Extend it, say what your
/// kind is and where a target that is well can be found, and all of it runs:
///
/// ```java
/// class MyCheckTest extends CheckContract {
///   @Override
///   protected CheckProvider provider() {
///     return new MyProvider();
///   }
///
///   @Override
///   protected Endpoint well() {
///     return new Endpoint.Net("tcp", "127.0.0.1", server.port());
///   }
/// }
/// ```
public abstract class CheckContract {
  private static final Duration PATIENT = Duration.ofSeconds(60);

  /// A probe whose time is measured by nobody but the test.
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /// A new one for each call.
  protected abstract CheckProvider provider();

  /// Where a target is that passes; the same for all tests.
  protected abstract Endpoint well();

  /// Keys with which [#well] passes, as [MapSettings] reads them.
  protected Map<String, String> keys() {
    return Map.of();
  }

  /// Whether a server that takes connections and says nothing, or nonsense, passes, as it does for
  /// a check that only connects.
  protected boolean connectingIsEnough() {
    return false;
  }

  /// Opens the check under test.
  protected final Check open() {
    return provider().read(new MapSettings(keys())).open(new ProbeContext("contract"));
  }

  /// A question to an endpoint.
  protected static Probe probe(Endpoint endpoint) {
    return new Probe(new Target("contract", endpoint.text(), endpoint, Map.of()), TIMEOUT);
  }

  private static Endpoint local(int port) {
    return new Endpoint.Net("tcp", "127.0.0.1", port);
  }

  /// What is found in the end.
  protected static Finding found(CompletableFuture<Finding> answer) {
    try {
      return answer.get(PATIENT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      return Finding.critical(String.valueOf(e.getMessage()));
    } catch (TimeoutException | InterruptedException e) {
      throw new AssertionError("no answer", e);
    }
  }

  @Test
  void isFoundByItsName() {
    CheckProvider provider = provider();
    assertThat(provider.name()).matches("[a-z][a-z0-9-]*").isEqualTo(provider().name());
    assertThat(ServiceLoader.load(CheckProvider.class).stream().map(p -> p.get().name()))
        .as("META-INF/services names it once")
        .containsOnlyOnce(provider.name());
  }

  @Test
  void aTargetThatIsWellPassesAgainAndAgain() {
    try (Check check = open()) {
      for (int i = 0; i < 5; i++) {
        Finding finding = found(check.probe(probe(well())));
        assertThat(finding.health()).as(finding.message()).isEqualTo(Health.PASSING);
        assertThat(finding.message()).isEmpty();
      }
    }
  }

  @Test
  void manyTargetsAreProbedAtOnceAndCallersDoNotWait() {
    try (Check check = open()) {
      List<CompletableFuture<Finding>> answers = new ArrayList<>();
      for (int i = 0; i < 100; i++) answers.add(check.probe(probe(well())));
      for (CompletableFuture<Finding> a : answers) {
        Finding finding = found(a);
        assertThat(finding.health()).as(finding.message()).isEqualTo(Health.PASSING);
      }
    }
  }

  @Test
  void whereNobodyListensIsCriticalAndSaysWhy() {
    try (Check check = open()) {
      Finding finding = found(check.probe(probe(local(Ports.free()))));
      assertThat(finding.health()).isEqualTo(Health.CRITICAL);
      assertThat(finding.message()).isEqualTo("Connection refused");
    }
  }

  @Test
  void aNameThatIsNoneIsCriticalAndIsNamed() {
    try (Check check = open()) {
      Endpoint nowhere = new Endpoint.Net("tcp", "no-such-host.invalid", 80);
      Finding finding = found(check.probe(probe(nowhere)));
      assertThat(finding.health()).isEqualTo(Health.CRITICAL);
      assertThat(finding.message()).contains("no-such-host.invalid");
    }
  }

  @Test
  void whoIsSilentIsWaitedForUntilTheProbeIsGivenUpAndThenLetGo() {
    if (connectingIsEnough()) return;
    for (HostileServer.Manner manner :
        List.of(HostileServer.Manner.SILENT, HostileServer.Manner.DRIPS)) {
      try (HostileServer server = new HostileServer(manner);
          Check check = open()) {
        CompletableFuture<Finding> answer = check.probe(probe(local(server.port())));
        Eventually.within(PATIENT, "connected", () -> server.held() == 1 || answer.isDone());

        if (!answer.cancel(true)) {
          assertThat(found(answer).health()).as("judged early").isEqualTo(Health.CRITICAL);
        }

        Eventually.within(PATIENT, manner + ": connection closed", () -> server.held() == 0);
      }
    }
  }

  @Test
  void whoClosesTalksNonsenseOrFloodsIsCritical() {
    if (connectingIsEnough()) return;
    for (HostileServer.Manner manner :
        List.of(
            HostileServer.Manner.CLOSES,
            HostileServer.Manner.GARBAGE,
            HostileServer.Manner.FLOODS,
            HostileServer.Manner.FLOODS_ONE_LINE)) {
      try (HostileServer server = new HostileServer(manner);
          Check check = open()) {
        Finding finding = found(check.probe(probe(local(server.port()))));
        assertThat(finding.health()).as("%s", manner).isEqualTo(Health.CRITICAL);
        assertThat(finding.message()).as("%s", manner).isNotBlank().doesNotContain("\n");
        Eventually.within(PATIENT, manner + ": connection closed", () -> server.held() == 0);
      }
    }
  }

  @Test
  void whatIsCancelledAtOnceIsGivenUp() {
    try (Check check = open()) {
      for (int i = 0; i < 50; i++) {
        CompletableFuture<Finding> answer = check.probe(probe(well()));
        answer.cancel(true);
        try {
          answer.join();
        } catch (CancellationException | CompletionException e) {
          // As it should be, unless it was answered before.
        }
      }
      assertThat(found(check.probe(probe(well()))).health()).isEqualTo(Health.PASSING);
    }
  }

  @Test
  void canBeClosedAndOpenedAgain() {
    for (int i = 0; i < 3; i++) {
      try (Check check = open()) {
        assertThat(found(check.probe(probe(well()))).health()).isEqualTo(Health.PASSING);
      }
    }
  }
}
