package io.muster.contract;

import io.muster.spi.ProviderSettings;
import io.muster.spi.SecretText;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Settings of a provider from a map of texts, for tests. What is out of range or no number throws.
/// Durations are given in milliseconds, sizes in bytes, lists with commas.
public record MapSettings(Map<String, String> values) implements ProviderSettings {
  public MapSettings {
    values = Map.copyOf(values);
  }

  @Override
  public boolean has(String key) {
    return values.containsKey(key);
  }

  @Override
  public String text(String key, String fallback, String meaning) {
    return values.getOrDefault(key, fallback);
  }

  @Override
  public Optional<String> optionalText(String key, String meaning) {
    return Optional.ofNullable(values.get(key)).filter(v -> !v.isEmpty());
  }

  @Override
  public Optional<SecretText> secret(String key, String meaning) {
    return optionalText(key, meaning).map(SecretText::new);
  }

  @Override
  public boolean flag(String key, boolean fallback, String meaning) {
    return has(key) ? Boolean.parseBoolean(values.get(key)) : fallback;
  }

  @Override
  public int integer(String key, int fallback, int min, int max, String meaning) {
    return (int) number(key, fallback, min, max);
  }

  private long number(String key, long fallback, long min, long max) {
    String given = values.get(key);
    long value = given == null ? fallback : Long.parseLong(given);
    if (value < min || value > max) throw wrong(key, min + " to " + max);
    return value;
  }

  @Override
  public Duration duration(
      String key, Duration fallback, Duration min, Duration max, String meaning) {
    return Duration.ofMillis(number(key, fallback.toMillis(), min.toMillis(), max.toMillis()));
  }

  @Override
  public long bytes(String key, long fallback, long min, long max, String meaning) {
    return number(key, fallback, min, max);
  }

  @Override
  public <E extends Enum<E>> E choice(String key, Class<E> type, E fallback, String meaning) {
    String given = values.get(key);
    return given == null ? fallback : Enum.valueOf(type, given.toUpperCase(Locale.ROOT));
  }

  @Override
  public List<String> texts(String key, List<String> fallback, String meaning) {
    String given = values.get(key);
    return given == null ? fallback : List.of(given.split(","));
  }

  /// Given as JSON.
  @Override
  public Optional<JsonValue> value(String key, String expected, String meaning) {
    return optionalText(key, meaning)
        .map(json -> JsonText.read(json.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public RuntimeException wrong(String key, String expected) {
    return new IllegalArgumentException(key + ": expected " + expected);
  }
}
