package io.muster.spi;

import io.muster.spi.store.JsonValue;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The keys that belong to a plugin: one branch of `muster.yaml`, under `MUSTER_*` variables and
/// flags, which win in this order.
///
/// Every read names key, fallback and meaning; the same calls make the page of settings and `muster
/// config export --defaults`. A key that the file has and nobody reads is refused as unknown, with
/// a suggestion, so a plugin reads all keys it knows each time, whether it needs them or not.
///
/// A value of the wrong type or out of range is noted with file, line and column, the fallback is
/// returned, and the member refuses to start once everything has been read. Called by one thread,
/// and only while the provider's `read` runs: what is read is kept in a record.
public interface ProviderSettings {
  /// Whether the user gave `key`, in any layer.
  boolean has(String key);

  String text(String key, String fallback, String meaning);

  /// Empty when the user gave none, or an empty one.
  Optional<String> optionalText(String key, String meaning);

  /// A secret under `key`, or the first line of the file that `key`_file names.
  Optional<SecretText> secret(String key, String meaning);

  boolean flag(String key, boolean fallback, String meaning);

  /// A whole number from `min` to `max`, both included.
  int integer(String key, int fallback, int min, int max, String meaning);

  /// A duration such as `200ms`, `1.5s`, `2m`; a bare number counts milliseconds.
  Duration duration(String key, Duration fallback, Duration min, Duration max, String meaning);

  /// A size in bytes such as `512`, `64KiB`, `10MiB`.
  long bytes(String key, long fallback, long min, long max, String meaning);

  /// One of the constants of `type`, in small letters.
  <E extends Enum<E>> E choice(String key, Class<E> type, E fallback, String meaning);

  List<String> texts(String key, List<String> fallback, String meaning);

  /// Whatever stands under `key`, lists and keys of any depth included; empty when nothing does.
  /// What is not quoted and looks like a number, `true`, `false` or `null` is one.
  ///
  /// @param expected in words, for messages and the reference page: `a list of commands`
  Optional<JsonValue> value(String key, String expected, String meaning);

  /// An error at the place of `key` for what the methods above cannot express: `throw
  /// settings.wrong("url", "a URL that begins with mongodb://")`.
  ///
  /// @param key may say where below a [#value] it is wrong: `flow[2].type`
  RuntimeException wrong(String key, String expected);
}
