package io.muster.spi.store;

import org.jspecify.annotations.Nullable;

/// A change of one record. `data` is a valid JSON object in UTF-8, and so is the record afterwards.
public sealed interface Write {
  String path();

  /// The user on whose behalf, or null on an unsecured cluster.
  @Nullable String by();

  /// Replaces the record.
  record Put(String path, byte[] data, @Nullable String by) implements Write {}

  /// Sets the top-level members of `data` in the stored record and keeps the others; creates the
  /// record when absent.
  record Merge(String path, byte[] data, @Nullable String by) implements Write {}

  /// Adds `amount` to the number `value` in the member `gauge`, an object, of the stored record:
  /// `{"gauge": {"value": 3}}`. What is absent is made, beginning at 0; all else is kept. Numbers
  /// are IEEE 754 doubles, as clients count. Refused when what is there is no number in an object,
  /// or when the sum is no finite number.
  ///
  /// Not idempotent: whoever repeats one whose outcome is unknown may count twice.
  ///
  /// @param gauge name of the member, 1 to 1024 bytes in UTF-8
  /// @param amount a finite number, which may be negative
  record Increment(String path, String gauge, double amount, @Nullable String by)
      implements Write {}
}
