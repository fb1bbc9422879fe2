package io.muster.bench.driver;

import io.muster.spi.ProviderSettings;
import io.muster.spi.SecretText;
import io.muster.spi.store.JsonValue;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Settings in which nobody gave any key.
final class Defaults implements ProviderSettings {
  @Override
  public boolean has(String key) {
    return false;
  }

  @Override
  public String text(String key, String fallback, String meaning) {
    return fallback;
  }

  @Override
  public Optional<String> optionalText(String key, String meaning) {
    return Optional.empty();
  }

  @Override
  public Optional<SecretText> secret(String key, String meaning) {
    return Optional.empty();
  }

  @Override
  public boolean flag(String key, boolean fallback, String meaning) {
    return fallback;
  }

  @Override
  public int integer(String key, int fallback, int min, int max, String meaning) {
    return fallback;
  }

  @Override
  public Duration duration(
      String key, Duration fallback, Duration min, Duration max, String meaning) {
    return fallback;
  }

  @Override
  public long bytes(String key, long fallback, long min, long max, String meaning) {
    return fallback;
  }

  @Override
  public <E extends Enum<E>> E choice(String key, Class<E> type, E fallback, String meaning) {
    return fallback;
  }

  @Override
  public List<String> texts(String key, List<String> fallback, String meaning) {
    return fallback;
  }

  @Override
  public Optional<JsonValue> value(String key, String expected, String meaning) {
    return Optional.empty();
  }

  @Override
  public RuntimeException wrong(String key, String expected) {
    return new IllegalArgumentException(key + ": expected " + expected);
  }
}
