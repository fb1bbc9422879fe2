package io.muster.access.core;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.muster.access.Action;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.spi.store.Wildcards;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What one user, or one session, may do: the rules with their templates filled, and lookups.
/// Immutable.
public final class Rights {
  private final PermissionSet set;
  private final List<Lookup> lookups;
  private final JsonNode facts;

  private record Lookup(TablePermission permission, Pattern regex, Set<String> table) {}

  private Rights(PermissionSet set, List<Lookup> lookups, JsonNode facts) {
    this.set = set;
    this.lookups = lookups;
    this.facts = facts;
  }

  /// @param facts what places in templates are filled with, see [Templates]
  /// @param tables the paths of a lookup table by its name
  public static Rights of(
      List<PermissionSet.Rule> rules,
      List<TablePermission> tablePermissions,
      Function<String, Set<String>> tables,
      JsonNode facts) {
    List<PermissionSet.Rule> filled = new ArrayList<>();
    for (PermissionSet.Rule r : rules) {
      if (!Templates.templated(r.pattern())) {
        filled.add(r);
        continue;
      }
      for (String pattern : Templates.fill(r.pattern(), facts)) {
        filled.add(new PermissionSet.Rule(r.source(), pattern, r.allowed(), r.prohibited()));
      }
    }
    List<Lookup> lookups = new ArrayList<>();
    for (TablePermission p : tablePermissions) {
      try {
        lookups.add(new Lookup(p, Pattern.compile(p.regex()), Set.copyOf(tables.apply(p.table()))));
      } catch (PatternSyntaxException _) {
        // Refused when it is written; one that got in nevertheless grants nothing.
      }
    }
    return new Rights(new PermissionSet(filled), lookups, facts);
  }

  /// @throws MusterException `access_invalid`
  public static void checkRegex(String regex) {
    try {
      Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new MusterException(
          ErrorCode.ACCESS_INVALID,
          "regex '" + regex + "': " + e.getDescription() + "; it is of the RE2 kind",
          e);
    }
  }

  public boolean everything() {
    return set.everything();
  }

  public boolean allows(Action action, String path) {
    if (set.allows(action, path)) return true;
    // Where a rule forbids it no lookup is asked.
    return !set.prohibits(action, path) && lookedUp(action, path) != null;
  }

  /// How much of a pattern with `**` may be seen. A lookup permission for its very text, where
  /// rules give nothing below, is one for all of it.
  public Extent extent(Action action, String pattern) {
    Extent extent = set.extent(action, pattern);
    return extent == Extent.NONE && allows(action, pattern) ? Extent.ALL : extent;
  }

  /// The rules that decide, as texts for operators; empty when nothing mentions it.
  public List<PermissionSet.Rule> deciding(Action action, String path) {
    return set.deciding(action, path);
  }

  /// The lookup permission that allows it, or null.
  public @Nullable TablePermission lookedUp(Action action, String path) {
    for (Lookup l : lookups) {
      List<String> actions = l.permission.actions();
      if (!actions.contains(action.text()) && !actions.contains("*")) continue;
      Matcher m = l.regex.matcher(path);
      if (!m.find()) continue;
      String template = l.permission.path();
      for (int i = 0; i <= m.groupCount(); i++) {
        String group = m.group(i);
        // What a request brings in must not widen what is looked for.
        if (group != null && (group.contains("{{") || group.indexOf('*') >= 0)) continue;
        if (group != null) template = template.replace("{{$" + i + "}}", group);
      }
      for (String wanted : Templates.fill(template, facts)) {
        String plain = wanted.startsWith("/") ? wanted.substring(1) : wanted;
        if (l.table.contains(plain) || l.table.contains("/" + plain)) return l.permission;
        for (String entry : l.table) {
          String pattern = entry.startsWith("/") ? entry.substring(1) : entry;
          if (pattern.indexOf('*') >= 0 && Wildcards.matches(pattern, plain, true)) {
            return l.permission;
          }
        }
      }
    }
    return null;
  }
}
