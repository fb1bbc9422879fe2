package io.muster.spi.store;

import org.jspecify.annotations.Nullable;

/// A change of one record. `data` is a valid JSON object in UTF-8, and so is the record afterwards.
public sealed interface Write {
  String path();

  /// The user on whose behalf, or null on an unsecured cluster.
  @Nullable String by();

  /// What must be true of the record at the moment of the write; where it is not, nothing is
  /// written and the write fails as [StoreException.Kind#UNMET].
  When when();

  /// The condition of a write, looked at in the same atomic step.
  enum When {
    ALWAYS,
    /// The record is there.
    PRESENT,
    /// There is no such record.
    ABSENT
  }

  /// Replaces the record.
  record Put(String path, byte[] data, @Nullable String by, When when) implements Write {
    /// Whether there is a record or not.
    public Put(String path, byte[] data, @Nullable String by) {
      this(path, data, by, When.ALWAYS);
    }
  }

  /// Sets the top-level members of `data` in the stored record and keeps the others; creates the
  /// record when absent.
  record Merge(String path, byte[] data, @Nullable String by, When when) implements Write {
    /// Whether there is a record or not.
    public Merge(String path, byte[] data, @Nullable String by) {
      this(path, data, by, When.ALWAYS);
    }
  }

  /// Adds `amount` to the number `value` in the member `gauge`, an object, of the stored record:
  /// `{"gauge": {"value": 3}}`. What is absent is made, beginning at 0; all else is kept. Numbers
  /// are IEEE 754 doubles, as clients count. Refused when what is there is no number in an object,
  /// or when the sum is no finite number.
  ///
  /// Not idempotent: whoever repeats one whose outcome is unknown may count twice.
  ///
  /// @param gauge name of the member, 1 to 1024 bytes in UTF-8
  /// @param amount a finite number, which may be negative
  record Increment(String path, String gauge, double amount, @Nullable String by) implements Write {
    @Override
    public When when() {
      return When.ALWAYS;
    }
  }
}
