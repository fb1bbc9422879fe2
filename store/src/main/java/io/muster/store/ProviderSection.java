package io.muster.store;

import io.muster.kernel.SettingsSection;
import io.muster.spi.ProviderSettings;
import io.muster.spi.SecretText;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A branch of the settings as plugins see it.
record ProviderSection(SettingsSection branch) implements ProviderSettings {
  @Override
  public boolean has(String key) {
    return branch.has(key);
  }

  @Override
  public String text(String key, String fallback, String meaning) {
    return branch.text(key, fallback, meaning);
  }

  @Override
  public Optional<String> optionalText(String key, String meaning) {
    return branch.optionalText(key, meaning);
  }

  @Override
  public Optional<SecretText> secret(String key, String meaning) {
    return branch.secret(key, meaning).map(s -> new SecretText(s.reveal()));
  }

  @Override
  public boolean flag(String key, boolean fallback, String meaning) {
    return branch.flag(key, fallback, meaning);
  }

  @Override
  public int integer(String key, int fallback, int min, int max, String meaning) {
    return branch.integer(key, fallback, min, max, meaning);
  }

  @Override
  public Duration duration(
      String key, Duration fallback, Duration min, Duration max, String meaning) {
    return branch.duration(key, fallback, min, max, meaning);
  }

  @Override
  public long bytes(String key, long fallback, long min, long max, String meaning) {
    return branch.bytes(key, fallback, min, max, meaning);
  }

  @Override
  public <E extends Enum<E>> E choice(String key, Class<E> type, E fallback, String meaning) {
    return branch.choice(key, type, fallback, meaning);
  }

  @Override
  public List<String> texts(String key, List<String> fallback, String meaning) {
    return branch.texts(key, fallback, meaning);
  }

  @Override
  public Optional<JsonValue> value(String key, String expected, String meaning) {
    return branch
        .json(key, expected, meaning)
        .map(json -> JsonText.read(json.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public RuntimeException wrong(String key, String expected) {
    return branch.wrong(key, expected);
  }
}
