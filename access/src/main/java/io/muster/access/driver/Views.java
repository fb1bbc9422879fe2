package io.muster.access.driver;

import io.muster.access.Action;
import io.muster.access.Directory;
import io.muster.access.Holder;
import io.muster.access.core.AccessJson;
import io.muster.access.core.AccessModel;
import io.muster.access.core.GroupRecord;
import io.muster.access.core.PermissionSet;
import io.muster.access.core.UserRecord;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Users, groups and permissions as administration and clients see them.
final class Views {
  private Views() {}

  static List<PermissionSet.Rule> rulesOf(AccessModel m, UserRecord u) {
    return m.rules(Holder.ofUser(u.username()));
  }

  static Directory.User user(AccessModel m, UserRecord u) {
    return new Directory.User(
        u.username(),
        u.userid(),
        u.publicKey(),
        u.customData(),
        u.authType(),
        byPath(rulesOf(m, u)),
        m.groupsOf(u.username()).stream().map(GroupRecord::name).toList());
  }

  static Directory.Group group(AccessModel m, GroupRecord g) {
    return new Directory.Group(g.name(), g.customData(), byPath(m.rules(Holder.ofGroup(g.name()))));
  }

  private static Map<String, Directory.Permission> byPath(List<PermissionSet.Rule> rules) {
    Map<String, Directory.Permission> all = new LinkedHashMap<>();
    for (PermissionSet.Rule r : rules) {
      all.put(
          r.pattern(),
          new Directory.Permission(actions(r.allowed()), actions(r.prohibited()), false));
    }
    return all;
  }

  private static List<Action> actions(int bits) {
    List<Action> actions = new ArrayList<>();
    for (Action a : Action.values()) if ((bits & a.bit()) != 0) actions.add(a);
    return actions;
  }

  /// `{"/a/*": {"actions": ["get"], "prohibit": ["set"]}}`.
  static ObjectNode permissions(List<PermissionSet.Rule> rules) {
    ObjectNode node = AccessJson.mapper().createObjectNode();
    byPath(rules).forEach((path, p) -> permission(node.putObject(path), p));
    return node;
  }

  /// The same of what is to be changed.
  static ObjectNode changes(Map<String, Directory.Permission> all) {
    ObjectNode node = AccessJson.mapper().createObjectNode();
    all.forEach(
        (path, p) -> {
          ObjectNode of = node.putObject(path);
          permission(of, p);
          if (p.remove()) of.put("remove", true);
        });
    return node;
  }

  private static void permission(ObjectNode of, Directory.Permission p) {
    if (!p.actions().isEmpty()) list(of.putArray("actions"), p.actions());
    if (!p.prohibit().isEmpty()) list(of.putArray("prohibit"), p.prohibit());
  }

  private static void list(ArrayNode to, List<Action> actions) {
    actions.forEach(a -> to.add(a.text()));
  }

  /// Equal for users of the same groups without permissions of their own.
  static String rightsKey(AccessModel m, String username) {
    TreeSet<String> parts = new TreeSet<>();
    m.groupsOf(username).forEach(g -> parts.add("group " + g.name()));
    if (!m.rules(Holder.ofUser(username)).isEmpty()) parts.add("user " + username);
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest(String.join("\n", parts).getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
