package io.muster.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.Settings;
import java.util.Map;
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
}
