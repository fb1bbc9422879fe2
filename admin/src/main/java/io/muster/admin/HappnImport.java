package io.muster.admin;

import io.muster.access.Action;
import io.muster.access.Directory;
import io.muster.access.Holder;
import io.muster.access.Permissions;
import io.muster.kernel.MusterException;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Takes over users and rights that happn kept as records below `/_SYSTEM/_SECURITY`: those of an
/// existing collection that the store reads, or records that were copied into it.
///
/// What is there already stays as it is, so that repeating goes on where it ended. The records are
/// not changed. Passwords go over as their hashes, and are hashed anew at the next login. Runs on
/// the request's thread.
final class HappnImport {
  private static final String ROOT = "/_SYSTEM/_SECURITY/";
  private static final String USER = ROOT + "_USER/";
  private static final String GROUP = ROOT + "_GROUP/";
  private static final String PERMISSIONS = ROOT + "_PERMISSIONS/";
  private static final String LOOKUP = ROOT + "_LOOKUP/";
  private static final String LINK = "/_USER_GROUP/";
  private static final int PROBLEMS_MAX = 100;

  /// Order matters: links and permissions need who they are for.
  private enum Kind {
    GROUPS,
    USERS,
    LINKS,
    PERMISSIONS,
    TABLES,
    TABLE_RULES
  }

  /// How many of a kind there were, and what became of them.
  static final class Counts {
    public int found;
    public int imported;
    public int there;
    public int failed;
  }

  /// @param dryRun whether nothing was changed: `imported` counts what would have been
  /// @param problems the first hundred
  record Report(
      boolean dryRun,
      Map<String, Counts> counts,
      List<Map<String, String>> problems,
      int problemsLeftOut) {}

  /// One record as it is to be taken over.
  private record Found(PathRecord record, JsonNode data, Kind kind, String rest) {}

  private final RecordStore store;
  private final Directory directory;
  private final boolean dryRun;
  private final Map<Kind, Counts> counts = new TreeMap<>();
  private final List<Map<String, String>> problems = new ArrayList<>();
  private int problemsLeftOut;

  HappnImport(RecordStore store, Directory directory, boolean dryRun) {
    this.store = store;
    this.directory = directory;
    this.dryRun = dryRun;
    for (Kind k : Kind.values()) counts.put(k, new Counts());
  }

  /// @param progress is told `done of all` now and then
  Report run(Consumer<String> progress) {
    List<Found> all = new ArrayList<>();
    for (PathRecord r : Waiting.on(store.list(ListQuery.all(ROOT + "*")))) {
      Found found = found(r);
      if (found == null) continue;
      counts(found.kind).found++;
      all.add(found);
    }
    all.sort((a, b) -> a.kind.compareTo(b.kind));
    int done = 0;
    for (Found f : all) {
      take(f);
      if (++done % 1000 == 0) progress.accept(done + " of " + all.size());
    }
    Map<String, Counts> named = new LinkedHashMap<>();
    counts.forEach((k, c) -> named.put(word(k), c));
    return new Report(dryRun, named, problems, problemsLeftOut);
  }

  private static String word(Kind k) {
    return switch (k) {
      case GROUPS -> "groups";
      case USERS -> "users";
      case LINKS -> "links";
      case PERMISSIONS -> "permissions";
      case TABLES -> "tablePaths";
      case TABLE_RULES -> "tableRules";
    };
  }

  private Counts counts(Kind k) {
    Counts c = counts.get(k);
    if (c == null) throw new IllegalStateException("no counts of " + k);
    return c;
  }

  /// What a record is; null for those that mean nothing by themselves.
  private @Nullable Found found(PathRecord r) {
    JsonNode data;
    try {
      data = Exchange.JSON.readTree(r.data());
    } catch (JacksonException e) {
      problem(r.path(), "is no JSON");
      return null;
    }
    String path = r.path();
    Kind kind;
    String rest;
    if (path.startsWith(USER)) {
      rest = path.substring(USER.length());
      kind = rest.contains(LINK) ? Kind.LINKS : Kind.USERS;
    } else if (path.startsWith(GROUP)) {
      rest = path.substring(GROUP.length());
      kind = Kind.GROUPS;
    } else if (path.startsWith(PERMISSIONS + "_LOOKUP/")) {
      rest = path.substring((PERMISSIONS + "_LOOKUP/").length());
      kind = Kind.TABLE_RULES;
      // The mirror of such a record, by table and group, says nothing more.
      if (!data.has("permissions")) return null;
    } else if (path.startsWith(PERMISSIONS)) {
      rest = path.substring(PERMISSIONS.length());
      kind = Kind.PERMISSIONS;
    } else if (path.startsWith(LOOKUP)) {
      rest = path.substring(LOOKUP.length());
      kind = Kind.TABLES;
    } else {
      return null;
    }
    return own(kind, rest) ? null : new Found(r, data, kind, rest);
  }

  /// What every cluster makes for itself is not taken over.
  private static boolean own(Kind kind, String rest) {
    return switch (kind) {
      case USERS -> rest.equals("_ADMIN") || rest.equals("_ANONYMOUS");
      case GROUPS -> rest.equals("_ADMIN");
      case LINKS -> rest.equals("_ADMIN" + LINK + "_ADMIN");
      case PERMISSIONS -> rest.startsWith("_ADMIN/");
      case TABLES, TABLE_RULES -> false;
    };
  }

  private void take(Found f) {
    Counts c = counts(f.kind);
    try {
      boolean made =
          switch (f.kind) {
            case GROUPS -> group(f);
            case USERS -> user(f);
            case LINKS -> link(f);
            case PERMISSIONS -> permission(f);
            case TABLES -> table(f);
            case TABLE_RULES -> tableRules(f);
          };
      if (made) c.imported++;
      else c.there++;
    } catch (MusterException | IllegalArgumentException e) {
      c.failed++;
      problem(f.record.path(), String.valueOf(e.getMessage()));
    }
  }

  private void problem(String path, String why) {
    if (problems.size() < PROBLEMS_MAX) problems.add(Map.of("path", path, "reason", why));
    else problemsLeftOut++;
  }

  private <T> void change(CompletableFuture<T> change) {
    Waiting.on(change);
  }

  private static @Nullable JsonNode object(JsonNode data, String member) {
    JsonNode value = data.path(member);
    return value.isObject() ? value : null;
  }

  private static @Nullable String text(JsonNode data, String member) {
    JsonNode value = data.path(member);
    return value.isString() && !value.asString().isEmpty() ? value.asString() : null;
  }

  private boolean group(Found f) {
    if (Waiting.on(directory.group(f.rest)).isPresent()) return false;
    if (dryRun) return true;
    change(
        directory.upsertGroup(
            new Directory.GroupChange(f.rest, object(f.data, "custom_data"), Map.of()), false));
    return true;
  }

  private boolean user(Found f) {
    if (Waiting.on(directory.user(f.rest)).isPresent()) return false;
    Directory.UserImport user =
        new Directory.UserImport(
            f.rest,
            text(f.data, "password"),
            text(f.data, "publicKey"),
            object(f.data, "custom_data"),
            "happn".equals(text(f.data, "authType")) ? null : text(f.data, "authType"));
    if (dryRun) {
      directory.check(user);
      return true;
    }
    return Waiting.on(directory.importUser(user));
  }

  private boolean link(Found f) {
    int at = f.rest.indexOf(LINK);
    String user = f.rest.substring(0, at);
    String group = f.rest.substring(at + LINK.length());
    boolean linked =
        Waiting.on(directory.user(user)).map(u -> u.groups().contains(group)).orElse(false);
    if (linked) return false;
    if (!dryRun) change(directory.link(group, user));
    return true;
  }

  private boolean permission(Found f) {
    String action = text(f.data, "action");
    String path = text(f.data, "path");
    if (action == null || path == null) {
      throw new IllegalArgumentException("a permission without action or path");
    }
    String pattern = path.replace("{{w}}", "*");
    boolean ofUser = f.rest.startsWith("_USER/");
    String rest = ofUser ? f.rest.substring("_USER/".length()) : f.rest;
    int at = rest.indexOf("/" + action + "/");
    if (at <= 0) throw new IllegalArgumentException("nobody's permission");
    Holder holder = new Holder(!ofUser, rest.substring(0, at));
    Action asked = Permissions.action(pattern, action);
    boolean authorized = f.data.path("authorized").asBoolean(true);
    if (has(holder, pattern, asked, authorized)) return false;
    if (!dryRun) change(directory.upsertPermission(holder, pattern, asked, authorized));
    return true;
  }

  private boolean has(Holder holder, String path, Action action, boolean authorized) {
    Map<String, Directory.Permission> all =
        holder.group()
            ? Waiting.on(directory.group(holder.name()))
                .map(Directory.Group::permissions)
                .orElse(Map.of())
            : Waiting.on(directory.user(holder.name()))
                .map(Directory.User::permissions)
                .orElse(Map.of());
    Directory.Permission there = all.get(path);
    return there != null && (authorized ? there.actions() : there.prohibit()).contains(action);
  }

  private boolean table(Found f) {
    int slash = f.rest.indexOf('/');
    if (slash <= 0) throw new IllegalArgumentException("a path of no lookup table");
    String table = f.rest.substring(0, slash);
    String path = f.rest.substring(slash + 1).replace("{{w}}", "*");
    if (Waiting.on(directory.table(table)).contains(path)) return false;
    if (!dryRun) change(directory.addToTable(table, List.of(path)));
    return true;
  }

  private boolean tableRules(Found f) {
    int slash = f.rest.indexOf('/');
    if (slash <= 0) throw new IllegalArgumentException("a lookup permission of no group");
    String group = f.rest.substring(0, slash);
    for (JsonNode p : f.data.path("permissions")) {
      List<Action> actions = new ArrayList<>();
      String path = p.path("path").asString("");
      for (JsonNode a : p.path("actions")) actions.add(Permissions.action(path, a.asString("")));
      String table = text(p, "table");
      Directory.TableRule rule =
          new Directory.TableRule(
              table == null ? f.rest.substring(slash + 1) : table,
              p.path("regex").asString(""),
              actions,
              path);
      if (!dryRun) change(directory.upsertTableRule(group, rule));
    }
    return true;
  }
}
