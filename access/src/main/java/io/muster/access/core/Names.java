package io.muster.access.core;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// What users, groups, tables and paths of permissions may be called.
public final class Names {
  private static final List<String> RESERVED =
      List.of("_SYSTEM", "_GROUP", "_PERMISSION", "_USER_GROUP", "_ADMIN", "_ANONYMOUS");
  private static final int NAME_BYTES_MAX = 512;
  private static final int PATH_BYTES_MAX = 2048;

  private Names() {}

  /// @throws MusterException `access_invalid`
  public static void user(String name) {
    if (name.isBlank()) throw invalid("validation failure: no username specified");
    if (name.equals("_ANONYMOUS")) {
      throw invalid("validation failure: username cannot be reserved name _ANONYMOUS");
    }
    if (name.contains(":nogroups")) {
      throw invalid("validation failure: username cannot contain the :nogroups directive");
    }
    kept("username", name, NAME_BYTES_MAX);
  }

  /// @throws MusterException `access_invalid`
  public static void group(String name) {
    if (name.isBlank()) throw invalid("validation failure: no group name specified");
    if (name.indexOf('/') >= 0 || RESERVED.stream().anyMatch(name::contains)) {
      throw invalid(
          "validation error: group names cannot contain the special "
              + String.join(", ", RESERVED)
              + " segment or a forward slash /");
    }
    kept("group name", name, NAME_BYTES_MAX);
  }

  /// @throws MusterException `access_invalid`
  public static void table(String name) {
    if (name.isBlank()) throw invalid("validation failure: no lookup table specified");
    kept("lookup table", name, NAME_BYTES_MAX);
  }

  /// A path, or a pattern of paths.
  ///
  /// @throws MusterException `access_invalid`
  public static void path(String path) {
    if (path.isEmpty()) throw invalid("validation failure: a permission needs a path");
    kept("path", path, PATH_BYTES_MAX);
  }

  private static void kept(String what, String text, int max) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (utf8.length > max) {
      throw invalid(
          "validation failure: a " + what + " of " + utf8.length + " bytes, at most " + max);
    }
    if (!new String(utf8, StandardCharsets.UTF_8).equals(text)) {
      throw invalid("validation failure: a " + what + " that is no well-formed Unicode");
    }
  }

  private static MusterException invalid(String message) {
    return new MusterException(ErrorCode.ACCESS_INVALID, message);
  }
}
