package io.muster.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.access.AccessSettings;
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
    MusterSettings settings =
        MusterSettings.read(
            Settings.of("security:\n  secure: true\n", "muster.yaml", Map.of(), Map.of()));

    List<Own<?>> own = ClusterCatalogue.own(settings, "warn");

    assertThat(own.stream().map(o -> o.setting().name()))
        .containsExactlyElementsOf(ClusterCatalogue.ALL.stream().map(s -> s.name()).toList())
        .doesNotHaveDuplicates();
    assertThat(own).contains(new Own<>(ClusterCatalogue.LOG_LEVEL, "warn", Optional.empty()));
    assertThat(own)
        .contains(new Own<>(AccessSettings.SECURE, true, Optional.of("muster.yaml:2:11")));
  }
}
