package io.muster.access.core;

import io.muster.access.Action;
import io.muster.access.Holder;
import io.muster.registry.Registry;
import io.muster.spi.store.Wildcards;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Users, groups, links, permissions, lookup tables and revoked tokens as one member knows them:
/// what the keys of [AccessKeys] say. Not safe for several threads.
public final class AccessModel {
  private static final List<TablePermission> NONE = List.of();

  private final Map<String, UserRecord> users = new TreeMap<>();
  private final Map<String, GroupRecord> groups = new TreeMap<>();

  /// Ids of groups by user and group.
  private final Map<String, Map<String, String>> links = new HashMap<>();

  private final Map<String, Set<String>> members = new HashMap<>();
  private final Map<Holder, Map<String, Masks>> permissions = new HashMap<>();
  private final Map<String, Set<String>> tables = new TreeMap<>();
  private final Map<String, Map<String, TablePermission>> tablePermissions = new HashMap<>();
  private final Map<String, RevokedToken> revoked = new TreeMap<>();

  /// Bits of actions at one path.
  private record Masks(int allowed, int prohibited) {
    Masks with(int bit, boolean authorized) {
      return authorized
          ? new Masks(allowed | bit, prohibited & ~bit)
          : new Masks(allowed & ~bit, prohibited | bit);
    }

    Masks without(int bit) {
      return new Masks(allowed & ~bit, prohibited & ~bit);
    }

    boolean none() {
      return allowed == 0 && prohibited == 0;
    }
  }

  /// What a change means for sessions.
  ///
  /// @param users whose rights are others now
  /// @param everybody whether all rights may be others (a lookup table)
  /// @param tokens that were revoked
  /// @param gone users that are no more, or are others now
  /// @param damaged keys whose values nobody can read: what they say is not known here
  /// @param notice what clients are told, or null
  public record Effect(
      Set<String> users,
      boolean everybody,
      Set<String> tokens,
      Set<String> gone,
      List<String> damaged,
      @Nullable Notice notice) {}

  /// Collects while keys are taken in.
  private static final class Effects {
    final Set<String> users = new HashSet<>();
    final Set<String> tokens = new HashSet<>();
    final Set<String> gone = new HashSet<>();
    final List<String> damaged = new ArrayList<>(0);
    boolean everybody;
    @Nullable Notice notice;
  }

  /// Takes in what one command changed.
  ///
  public Effect apply(Iterable<Registry.Change> changes) {
    Effects e = new Effects();
    for (Registry.Change change : changes) {
      try {
        apply(change.key(), change.value(), e);
      } catch (JacksonException | IllegalArgumentException | ArrayIndexOutOfBoundsException _) {
        e.damaged.add(change.key());
      }
    }
    return new Effect(e.users, e.everybody, e.tokens, e.gone, e.damaged, e.notice);
  }

  private void apply(String key, byte @Nullable [] value, Effects e) {
    String[] p = key.split("/", -1);
    for (int i = 2; i < p.length; i++) p[i] = AccessKeys.decoded(p[i]);
    String kind = p[0] + "/" + p[1] + (p.length > 2 ? "/" : "");
    switch (kind) {
      case AccessKeys.USER -> user(p[2], value, e);
      case AccessKeys.GROUP -> group(p[2], value, e);
      case AccessKeys.LINK -> link(p[2], p[3], value, e);
      case AccessKeys.PERMISSION -> {
        Holder holder = new Holder(p[2].equals("g"), p[3]);
        Action.of(p[5]).ifPresent(action -> permission(holder, p[4], action, value, e));
      }
      case AccessKeys.TABLE -> table(p[2], p[3], value, e);
      case AccessKeys.TABLE_PERMISSION -> tablePermission(p[2], p[3] + "/" + p[4], value, e);
      case AccessKeys.REVOKED -> token(p[2], value, e);
      case AccessKeys.NOTICE ->
          e.notice = value == null ? null : AccessJson.read(value, Notice.class);
      default -> {
        // Of another release, or a secret that is read where it is used.
      }
    }
  }

  private void user(String name, byte @Nullable [] value, Effects e) {
    UserRecord before = users.get(name);
    if (value == null) {
      users.remove(name);
    } else {
      UserRecord now = AccessJson.read(value, UserRecord.class);
      users.put(name, now);
      if (before != null && before.userid().equals(now.userid())) before = null;
    }
    if (before != null) e.gone.add(name);
    e.users.add(name);
  }

  private void group(String name, byte @Nullable [] value, Effects e) {
    if (value == null) groups.remove(name);
    else groups.put(name, AccessJson.read(value, GroupRecord.class));
    e.users.addAll(members.getOrDefault(name, Set.of()));
  }

  private void link(String user, String group, byte @Nullable [] value, Effects e) {
    if (value == null) {
      remove(links, user, group);
      Set<String> of = members.getOrDefault(group, new TreeSet<>());
      of.remove(user);
      if (of.isEmpty()) members.remove(group);
    } else {
      String id = new String(value, StandardCharsets.UTF_8);
      links.computeIfAbsent(user, _ -> new TreeMap<>()).put(group, id);
      members.computeIfAbsent(group, _ -> new TreeSet<>()).add(user);
    }
    e.users.add(user);
  }

  private static <V> void remove(Map<String, Map<String, V>> from, String key, String inner) {
    Map<String, V> of = from.get(key);
    if (of == null) return;
    of.remove(inner);
    if (of.isEmpty()) from.remove(key);
  }

  private void permission(
      Holder holder, String path, Action action, byte @Nullable [] value, Effects e) {
    Map<String, Masks> of = permissions.computeIfAbsent(holder, _ -> new TreeMap<>());
    Masks before = of.getOrDefault(path, new Masks(0, 0));
    Masks now =
        value == null ? before.without(action.bit()) : before.with(action.bit(), value[0] != 0);
    if (now.none()) of.remove(path);
    else of.put(path, now);
    if (of.isEmpty()) permissions.remove(holder);
    if (holder.group()) e.users.addAll(members.getOrDefault(holder.name(), Set.of()));
    else e.users.add(holder.name());
  }

  private void table(String table, String path, byte @Nullable [] value, Effects e) {
    if (value == null) {
      Set<String> of = tables.getOrDefault(table, new HashSet<>());
      of.remove(path);
      if (of.isEmpty()) tables.remove(table);
    } else {
      tables.computeIfAbsent(table, _ -> new HashSet<>()).add(path);
    }
    e.everybody = true;
  }

  private void tablePermission(String group, String id, byte @Nullable [] value, Effects e) {
    if (value == null) {
      remove(tablePermissions, group, id);
    } else {
      tablePermissions
          .computeIfAbsent(group, _ -> new TreeMap<>())
          .put(id, AccessJson.read(value, TablePermission.class));
    }
    e.users.addAll(members.getOrDefault(group, Set.of()));
  }

  private void token(String id, byte @Nullable [] value, Effects e) {
    if (value == null) {
      revoked.remove(id);
      return;
    }
    revoked.put(id, AccessJson.read(value, RevokedToken.class));
    e.tokens.add(id);
  }

  // --- questions

  public Optional<UserRecord> user(String name) {
    return Optional.ofNullable(users.get(name));
  }

  public Optional<GroupRecord> group(String name) {
    return Optional.ofNullable(groups.get(name));
  }

  /// @param pattern of names, `*` for any run of characters
  public List<UserRecord> users(String pattern) {
    return matching(users, pattern);
  }

  /// @param pattern of names, `*` for any run of characters
  public List<GroupRecord> groups(String pattern) {
    return matching(groups, pattern);
  }

  private static <V> List<V> matching(Map<String, V> all, String pattern) {
    List<V> found = new ArrayList<>();
    all.forEach(
        (name, v) -> {
          if (Wildcards.matches(pattern, name, false)) found.add(v);
        });
    return found;
  }

  /// The groups of a user that are there still, by name.
  public List<GroupRecord> groupsOf(String user) {
    List<GroupRecord> found = new ArrayList<>();
    links
        .getOrDefault(user, Map.of())
        .forEach(
            (name, id) -> {
              GroupRecord g = groups.get(name);
              if (g != null && g.id().equals(id)) found.add(g);
            });
    return found;
  }

  /// @param pattern of names of groups
  public List<UserRecord> usersOf(String pattern) {
    Set<String> names = new TreeSet<>();
    for (GroupRecord g : groups(pattern)) {
      for (String user : members.getOrDefault(g.name(), Set.of())) {
        if (g.id().equals(links.getOrDefault(user, Map.of()).get(g.name()))) names.add(user);
      }
    }
    return names.stream().map(users::get).filter(u -> u != null).toList();
  }

  /// What a holder is allowed and forbidden, by path.
  public List<PermissionSet.Rule> rules(Holder holder) {
    return permissions.getOrDefault(holder, Map.of()).entrySet().stream()
        .map(
            x ->
                new PermissionSet.Rule(
                    holder.toString(), x.getKey(), x.getValue().allowed, x.getValue().prohibited))
        .toList();
  }

  /// All rules that hold for a user: the own ones and those of all groups.
  public List<PermissionSet.Rule> rulesFor(String user) {
    List<PermissionSet.Rule> rules = new ArrayList<>(rules(Holder.ofUser(user)));
    for (GroupRecord g : groupsOf(user)) rules.addAll(rules(Holder.ofGroup(g.name())));
    return rules;
  }

  /// The lookup permissions of all groups of a user.
  public List<TablePermission> tablePermissionsFor(String user) {
    List<TablePermission> found = new ArrayList<>();
    for (GroupRecord g : groupsOf(user)) found.addAll(tablePermissionsOf(g.name()));
    return found;
  }

  public Collection<TablePermission> tablePermissionsOf(String group) {
    Map<String, TablePermission> of = tablePermissions.get(group);
    return of == null ? NONE : Collections.unmodifiableCollection(of.values());
  }

  /// @return the paths of a table, empty when there is none
  public Set<String> table(String name) {
    return Collections.unmodifiableSet(tables.getOrDefault(name, Set.of()));
  }

  public List<String> tables() {
    return List.copyOf(tables.keySet());
  }

  public Optional<RevokedToken> revoked(String token) {
    return Optional.ofNullable(revoked.get(token));
  }

  public List<RevokedToken> revoked() {
    return List.copyOf(revoked.values());
  }

  /// For somebody who is not there.
  public static final JsonNode NO_FACTS = AccessJson.mapper().createObjectNode();

  /// What templates of a user's permissions may refer to.
  ///
  /// @param session an object, or null for no session in particular
  public static JsonNode facts(UserRecord user, @Nullable JsonNode session) {
    var facts = AccessJson.mapper().createObjectNode();
    var of = facts.putObject("user");
    of.put("username", user.username());
    of.put("userid", user.userid());
    if (user.customData() != null) of.set("custom_data", user.customData());
    if (session != null) facts.set("session", session);
    return facts;
  }
}
