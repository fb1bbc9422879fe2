package io.muster.access.core;

import io.muster.access.Action;
import io.muster.access.Holder;

/// Where the registry keeps what access knows. In names and paths `/` is written `%2F` and `%` is
/// `%25`, so that a slash always separates.
///
/// | key | value |
/// |---|---|
/// | `access/user/<name>` | JSON, see [UserRecord] |
/// | `access/group/<name>` | JSON, see [GroupRecord] |
/// | `access/link/<user>/<group>` | the group's id: a link dies with its group |
/// | `access/permission/<g or u>/<holder>/<path>/<action>` | one byte: 1 allowed, 0 prohibited |
/// | `access/table/<table>/<path>` | empty |
/// | `access/table_permission/<group>/<table>/<hash>` | JSON, see [TablePermission] |
/// | `access/revoked/<token id>` | JSON, see [RevokedToken] |
/// | `access/notice` | JSON, see [Notice]: the last change, told to sessions |
/// | `access/token_secret` | 32 random bytes |
public final class AccessKeys {
  public static final String ALL = "access/";
  public static final String NOTICE = ALL + "notice";
  public static final String TOKEN_SECRET = ALL + "token_secret";
  static final String USER = ALL + "user/";
  static final String GROUP = ALL + "group/";
  static final String LINK = ALL + "link/";
  static final String PERMISSION = ALL + "permission/";
  static final String TABLE = ALL + "table/";
  static final String TABLE_PERMISSION = ALL + "table_permission/";
  static final String REVOKED = ALL + "revoked/";

  private AccessKeys() {}

  public static String user(String name) {
    return USER + encoded(name);
  }

  public static String group(String name) {
    return GROUP + encoded(name);
  }

  /// All links of a user.
  public static String links(String user) {
    return LINK + encoded(user) + "/";
  }

  public static String link(String user, String group) {
    return links(user) + encoded(group);
  }

  /// All permissions of a holder.
  public static String permissions(Holder holder) {
    return PERMISSION + (holder.group() ? "g/" : "u/") + encoded(holder.name()) + "/";
  }

  public static String permission(Holder holder, String path, Action action) {
    return permissions(holder) + encoded(path) + "/" + action.text();
  }

  /// All paths of a lookup table.
  public static String table(String table) {
    return TABLE + encoded(table) + "/";
  }

  public static String tablePath(String table, String path) {
    return table(table) + encoded(path);
  }

  /// All lookup permissions of a group.
  public static String tablePermissions(String group) {
    return TABLE_PERMISSION + encoded(group) + "/";
  }

  public static String tablePermission(String group, String table, String hash) {
    return tablePermissions(group) + encoded(table) + "/" + hash;
  }

  public static String revoked(String token) {
    return REVOKED + encoded(token);
  }

  private static String encoded(String name) {
    return name.replace("%", "%25").replace("/", "%2F");
  }

  static String decoded(String part) {
    return part.replace("%2F", "/").replace("%25", "%");
  }
}
