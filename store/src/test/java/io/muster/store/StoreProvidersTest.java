package io.muster.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.spi.ProviderSettings;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreProvider;
import io.muster.spi.store.StoreSetup;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StoreProvidersTest {
  /// A provider that keeps nothing but notes what it read.
  private record Named(String name, StringBuilder read) implements StoreProvider {
    @Override
    public StoreSetup read(ProviderSettings s) {
      read.append(s.text("url", "none", "where")).append(' ');
      read.append(s.secret("password", "how to get in").orElseThrow()).append(' ');
      read.append(s.integer("pool", 4, 1, 64, "connections")).append(' ');
      read.append(s.duration("wait", Duration.ZERO, Duration.ZERO, Duration.ofHours(1), "wait"));
      read.append(' ').append(s.choice("unit", TimeUnit.class, TimeUnit.DAYS, "unit"));
      read.append(' ').append(s.flag("quick", false, "quick")).append(' ').append(s.has("url"));
      read.append(' ').append(s.texts("hosts", List.of(), "hosts"));
      if (s.bytes("batch", 1, 1, 1 << 20, "batch") == 7) throw s.wrong("batch", "anything but 7");
      return context -> {
        throw new StoreException(StoreException.Kind.FAILED, "nothing to open", null);
      };
    }
  }

  private static Settings settings(String yaml) {
    return Settings.of(yaml, "muster.yaml", Map.of(), Map.of());
  }

  private static StoreSetup read(StoreProviders all, Settings settings) {
    return all.read(settings.root().section("store", "records"));
  }

  @Test
  void theEmbeddedOneIsInstalledAndUsedWhereNoneIsNamed() {
    StoreProviders all = StoreProviders.installed();
    Settings settings = settings("store: { reads: local }");

    assertThat(all.names()).containsExactly("embedded", "memory");
    assertThat(read(all, settings)).isNotNull();
    settings.finish();
  }

  @Test
  void anotherOneReadsItsOwnKeys() {
    StringBuilder noted = new StringBuilder();
    StoreProviders all = new StoreProviders(List.of(new Named("mine", noted)));
    Settings settings =
        settings(
            "store: { provider: mine, url: u, password: p, wait: 2s, unit: hours, hosts: [a, b] }");

    read(all, settings);

    settings.finish();
    assertThat(noted).hasToString("u *** 4 PT2S HOURS false true [a, b]");
  }

  @Test
  void whatItFindsWrongHasAPlace() {
    StoreProviders all = new StoreProviders(List.of(new Named("mine", new StringBuilder())));

    assertThatThrownBy(
            () -> read(all, settings("store:\n  provider: mine\n  password: x\n  batch: 7\n")))
        .isInstanceOf(MusterException.class)
        .hasMessage("muster.yaml:4:10: store.batch: expected anything but 7");
  }

  @Test
  void twoOfOneNameAndNamesThatNobodyCanWriteAreRefused() {
    StoreProvider one = new Named("mine", new StringBuilder());

    assertThatThrownBy(() -> new StoreProviders(List.of(one, one)))
        .isInstanceOfSatisfying(
            MusterException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_PROVIDER))
        .hasMessageContaining("mine");
    assertThatThrownBy(
            () -> new StoreProviders(List.of(new Named("My Store", new StringBuilder()))))
        .hasMessageContaining("My Store");
  }

  @Test
  void failuresToOpenHaveCodes() {
    StoreException away = new StoreException(StoreException.Kind.UNAVAILABLE, "no answer", null);
    MusterException full = new MusterException(ErrorCode.DATA_CORRUPT, "full");
    StoreException caused = new StoreException(StoreException.Kind.FAILED, "x", full);

    assertThat(StoreProviders.failure(away).code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    assertThat(StoreProviders.failure(caused)).isSameAs(full);
  }

  @Test
  void furtherStoresHavePatternsAndKeysOfTheirOwn() {
    StringBuilder noted = new StringBuilder();
    StoreProviders all =
        new StoreProviders(List.of(new Named("mine", noted), new Named("embedded", noted)));
    String history =
        "store:\n  provider: mine\n  password: p\n  stores:\n    old:\n      password: q\n";
    Settings settings =
        settings(history + "      provider: mine\n      patterns: [/history/*]\n      url: v\n");

    assertThat(read(all, settings)).isNotNull();

    settings.finish();
    assertThat(noted.toString()).contains("none *** 4").contains("v *** 4");
    assertThatThrownBy(() -> read(all, settings(history + "      provider: mine\n")))
        .hasMessageStartingWith("muster.yaml")
        .hasMessageContaining("store.stores.old.patterns: expected at least one pattern");
    assertThatThrownBy(() -> read(all, settings(history + "      patterns: [/h/*]\n")))
        .hasMessageContaining("store.stores.old.provider: expected one of embedded, mine");
    assertThatThrownBy(
            () -> read(all, settings(history + "      patterns: [/h/*]\n      provider: memory\n")))
        .hasMessageContaining("expected one of embedded, mine, found 'memory'");
    assertThatThrownBy(
            () ->
                read(
                    all,
                    settings(
                        "store: { password: p, stores: { b: { provider: embedded, patterns: [/b*] }"
                            + " } }")))
        .hasMessageContaining("there is one embedded store in a member");
  }
}
