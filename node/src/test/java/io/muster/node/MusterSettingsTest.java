package io.muster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.access.AccessSettings;
import io.muster.kernel.MusterException;
import io.muster.kernel.Settings;
import io.muster.registry.driver.SharedSettings.Own;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MusterSettingsTest {
  @Test
  void everyKeyHasAVariableOfItsOwn() {
    Settings settings = Settings.of("", "muster.yaml", Map.of(), Map.of());

    MusterSettings.read(settings);

    assertThat(settings.rows()).hasSizeGreaterThan(30);
    assertThat(settings.rows().stream().map(row -> Settings.variable(row.path())))
        .doesNotHaveDuplicates();
  }

  @Test
  void everySettingOfTheClusterIsInTheCatalogueWithWhatAMemberIsConfiguredWith() {
    MusterSettings settings = read("security:\n  secure: true\n", Map.of());

    List<Own<?>> own = ClusterCatalogue.own(settings, "warn");

    assertThat(own.stream().map(o -> o.setting().name()))
        .containsExactlyElementsOf(ClusterCatalogue.ALL.stream().map(s -> s.name()).toList())
        .doesNotHaveDuplicates();
    assertThat(own).contains(new Own<>(ClusterCatalogue.LOG_LEVEL, "warn", Optional.empty()));
    assertThat(own)
        .contains(new Own<>(AccessSettings.SECURE, true, Optional.of("muster.yaml:2:11")));
  }

  @Test
  void anUnknownStoreIsRefusedWithItsPlaceAndTheNamesThereAre() {
    String yaml = "cluster: { name: blue }\nstore:\n  provider: mongdb\n  url: mongodb://x\n";

    assertThatThrownBy(() -> read(yaml, Map.of()))
        .isInstanceOf(MusterException.class)
        .hasMessageContaining(
            "muster.yaml:3:13: store.provider: expected one of embedded, memory, found 'mongdb'");
    assertThatThrownBy(() -> read("", Map.of("MUSTER_STORE_PROVIDER", "redis")))
        .hasMessageContaining("MUSTER_STORE_PROVIDER: store.provider: expected one of embedded");
  }

  @Test
  void theKeysOfAStoreAreItsProvidersAndOthersAreUnknown() {
    assertThatThrownBy(() -> read("store:\n  provider: embedded\n  cache_byte: 1MiB\n", Map.of()))
        .hasMessageContaining("muster.yaml:3:15: store.cache_byte: unknown key")
        .hasMessageContaining("did you mean 'cache_bytes'?");
  }

  @Test
  void anUnsecuredClusterHasNoLoginsToWaitFor() {
    String cleanup = "gateway: { happn: { unconfiguredSessionCleanup: { threshold: 10000 } } }\n";

    assertThatThrownBy(() -> read(cleanup, Map.of()))
        .hasMessageContaining("unable to cleanup sockets in an unsecure setup");
    assertThat(
            read(cleanup + "security: { secure: true }\n", Map.of()).happn().cleanup().threshold())
        .hasSeconds(10);
  }

  @Test
  void aCookiesNameAndDomainAreCheckedAtTheStart() {
    assertThatThrownBy(() -> read("gateway: { happn: { cookie_name: 'a b' } }", Map.of()))
        .hasMessageContaining("gateway.happn.cookie_name");
    assertThatThrownBy(() -> read("gateway: { happn: { cookie_domain: 'x;y' } }", Map.of()))
        .hasMessageContaining("gateway.happn.cookie_domain");
  }

  @Test
  void administrationBeyondLoopbackIsEncryptedOrSaidNotToBe() {
    assertThatThrownBy(() -> read("admin: { listen: '0.0.0.0:8880' }", Map.of()))
        .isInstanceOf(MusterException.class)
        .hasMessageContaining("admin.tls must have cert and key, or self_signed: true");
    assertThat(read("admin: { listen: '0.0.0.0:8880', tls: { mode: http } }", Map.of()).adminUrl())
        .isEqualTo("http://127.0.0.1:8880");
    assertThat(
            read("admin: { listen: '0.0.0.0:8880', tls: { self_signed: true } }", Map.of())
                .adminUrl())
        .isEqualTo("https://127.0.0.1:8880");
    assertThatThrownBy(() -> read("admin: { tls: { ca: /x } }", Map.of()))
        .hasMessageContaining("admin.tls.ca");
  }

  private static MusterSettings read(String yaml, Map<String, String> environment) {
    return MusterSettings.read(Settings.of(yaml, "muster.yaml", environment, Map.of()));
  }
}
