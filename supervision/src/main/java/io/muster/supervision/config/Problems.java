package io.muster.supervision.config;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.util.LinkedHashSet;
import java.util.Set;

/// What was found wrong while settings were read; reported all at once. Confined to the reading
/// thread.
public final class Problems {
  private final Set<String> found = new LinkedHashSet<>();

  /// @param place `file:line:column`
  /// @param path of keys
  void add(String place, String path, String what) {
    found.add(place + ": " + path + ": " + what);
  }

  public void expected(String place, String path, String expected, String found) {
    add(place, path, "expected " + expected + ", found " + found);
  }

  /// A problem that says its place itself.
  void add(RuntimeException wrong) {
    found.add(String.valueOf(wrong.getMessage()));
  }

  /// @throws MusterException `setting_invalid`, one problem a line; nothing when there is none
  public void refuse() {
    if (found.isEmpty()) return;
    throw new MusterException(ErrorCode.SETTING_INVALID, String.join("\n", found));
  }
}
