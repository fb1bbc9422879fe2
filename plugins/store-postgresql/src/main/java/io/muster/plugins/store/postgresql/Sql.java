package io.muster.plugins.store.postgresql;

import io.muster.spi.store.PathPattern;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A statement under construction: text and parameters, never one in the other. For one thread.
final class Sql {
  /// What the key of a row may hold; an entry of an index has 2704 bytes at most.
  private static final int KEY_BYTES = 2000;

  /// The path of a row, whatever its length.
  static final String PATH = "coalesce(long_path, path)";

  private final StringBuilder text = new StringBuilder();
  private final List<@Nullable Object> parameters = new ArrayList<>();

  Sql(String begin) {
    text.append(begin);
  }

  Sql add(String sql, @Nullable Object... values) {
    text.append(sql);
    for (Object value : values) parameters.add(value);
    return this;
  }

  /// ` WHERE` the rows of a cluster that a path or pattern names.
  Sql where(String cluster, String pattern) {
    add(" WHERE cluster = ?", cluster);
    PathPattern p = new PathPattern(pattern);
    if (p.exact()) return add(" AND path = ?", key(pattern));
    String prefix = cut(p.prefix(), KEY_BYTES - 4);
    if (!prefix.isEmpty()) {
      add(" AND path >= ?", prefix);
      String above = PathPattern.above(prefix);
      if (above != null) add(" AND path < ?", above);
    }
    String like = like(pattern);
    return like.equals("%") ? this : add(" AND " + PATH + " LIKE ? ESCAPE '\\'", like);
  }

  /// What else the rows fulfil; after [#where].
  Sql and(CriteriaSql criteria) {
    if (criteria.sql().equals("TRUE")) return this;
    return add(" AND (" + criteria.sql() + ")", criteria.parameters().toArray());
  }

  PreparedStatement on(Connection connection) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(text.toString());
    try {
      for (int i = 0; i < parameters.size(); i++) {
        Object value = parameters.get(i);
        if (value == null) statement.setNull(i + 1, Types.VARCHAR);
        else statement.setObject(i + 1, value);
      }
      return statement;
    } catch (SQLException | RuntimeException e) {
      statement.close();
      throw e;
    }
  }

  /// The pattern in SQL's own language.
  private static String like(String pattern) {
    StringBuilder out = new StringBuilder(pattern.length() + 8);
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      switch (c) {
        case '*' -> {
          if (out.isEmpty() || pattern.charAt(i - 1) != '*') out.append('%');
        }
        case '%', '_', '\\' -> out.append('\\').append(c);
        default -> out.append(c);
      }
    }
    return out.toString();
  }

  /// The path itself, or for one that is too long for an index its beginning and its hash. Such a
  /// key is longer than every path that stands for itself.
  static String key(String path) {
    if (!isLong(path)) return path;
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return cut(path, KEY_BYTES) + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// Whether a path needs the column of long ones.
  static boolean isLong(String path) {
    return path.length() > KEY_BYTES / 4
        && path.getBytes(StandardCharsets.UTF_8).length > KEY_BYTES;
  }

  /// As many characters from the beginning as have `bytes` bytes.
  private static String cut(String text, int bytes) {
    int left = bytes;
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      left -= c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      if (left < 0) break;
      i += Character.charCount(c);
    }
    return text.substring(0, i);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
