package io.muster.plugins.balancer.haproxy;

import io.muster.spi.balance.BalancerException;
import io.muster.spi.store.JsonValue;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What haproxy counts. Immutable.
///
/// @param info of the process, as it names it
/// @param rows of `show stat`, each by column
record ShowStat(Map<String, String> info, List<Map<String, String>> rows) {
  private static final List<String> INFO =
      List.of("Version", "Pid", "Uptime_sec", "CurrConns", "CumConns", "CumReq", "Stopping");
  private static final List<String> COLUMNS =
      List.of(
          "status",
          "weight",
          "scur",
          "smax",
          "slim",
          "stot",
          "bin",
          "bout",
          "econ",
          "eresp",
          "wretr",
          "wredis",
          "rate",
          "lastchg",
          "check_status",
          "addr");

  /// Empty when it does not answer.
  static Optional<ShowStat> of(AdminSocket socket) {
    if (!Files.exists(socket.path())) return Optional.empty();
    try {
      Map<String, String> info = new LinkedHashMap<>();
      for (String line : socket.ask("show info").lines().toList()) {
        int colon = line.indexOf(": ");
        if (colon > 0) info.put(line.substring(0, colon), line.substring(colon + 2));
      }
      return Optional.of(new ShowStat(info, rows(socket.ask("show stat"))));
    } catch (BalancerException e) {
      return Optional.empty();
    }
  }

  static List<Map<String, String>> rows(String csv) {
    List<String> lines = csv.lines().filter(l -> !l.isBlank()).toList();
    if (lines.isEmpty() || !lines.getFirst().startsWith("# ")) return List.of();
    String[] names = lines.getFirst().substring(2).split(",");
    return lines.stream()
        .skip(1)
        .map(
            line -> {
              String[] values = line.split(",", -1);
              Map<String, String> row = new LinkedHashMap<>();
              for (int i = 0; i < Math.min(names.length, values.length); i++) {
                row.put(names[i], values[i]);
              }
              return row;
            })
        .toList();
  }

  /// An object: `process`, and `servers` by backend and name; all frontends beside them.
  JsonValue of(Set<String> backends) {
    LinkedHashMap<String, JsonValue> process = new LinkedHashMap<>();
    for (String name : INFO) {
      String value = info.get(name);
      if (value != null) process.put(name, value(value));
    }
    LinkedHashMap<String, JsonValue> frontends = new LinkedHashMap<>();
    LinkedHashMap<String, LinkedHashMap<String, JsonValue>> servers = new LinkedHashMap<>();
    for (Map<String, String> row : rows) {
      String proxy = row.getOrDefault("pxname", "");
      String name = row.getOrDefault("svname", "");
      if (name.equals("FRONTEND")) frontends.put(proxy, counts(row));
      else if (backends.contains(proxy)) {
        servers.computeIfAbsent(proxy, _ -> new LinkedHashMap<>()).put(name, counts(row));
      }
    }
    LinkedHashMap<String, JsonValue> byBackend = new LinkedHashMap<>();
    servers.forEach((backend, of) -> byBackend.put(backend, new JsonValue.Obj(of)));
    LinkedHashMap<String, JsonValue> all = new LinkedHashMap<>();
    all.put("process", new JsonValue.Obj(process));
    all.put("frontends", new JsonValue.Obj(frontends));
    all.put("servers", new JsonValue.Obj(byBackend));
    return new JsonValue.Obj(all);
  }

  private static JsonValue counts(Map<String, String> row) {
    LinkedHashMap<String, JsonValue> counts = new LinkedHashMap<>();
    for (String column : COLUMNS) {
      String value = row.getOrDefault(column, "");
      if (!value.isEmpty()) counts.put(column, value(value));
    }
    return new JsonValue.Obj(counts);
  }

  private static JsonValue value(String text) {
    return text.matches("-?[0-9]{1,18}")
        ? new JsonValue.Whole(Long.parseLong(text))
        : new JsonValue.Text(text);
  }
}
