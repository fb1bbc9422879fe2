package io.muster.supervision.trigger;

import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What commands find in their environment, the documented names of the original first.
final class Variables {
  private Variables() {}

  /// @param cluster of the trigger, also where the event is of no cluster
  /// @param attempt 1, or more where the run was taken over
  static Map<String, String> of(
      Occurrence o,
      String cluster,
      TriggerSettings trigger,
      String self,
      String leader,
      Optional<Path> configFile,
      int attempt) {
    Map<String, String> all = new LinkedHashMap<>(trigger.env());
    all.put("CLUSTER", cluster);
    configFile.ifPresent(f -> all.put("CD_OPTS", "-c " + quoted(f.toAbsolutePath().toString())));
    if (o.event().collection().equals("nodes")) {
      all.put("nodes_active_addrs", json(o.active()));
      all.put("nodes_active_count", Integer.toString(o.active().size()));
      all.put("nodes_all_addrs", json(o.all()));
      all.put("nodes_added", json(o.added()));
      all.put("nodes_removed", json(o.removed()));
      all.put("NODE_ADDR", o.addr());
    }
    all.put("NODE_STATE", o.state());
    all.put("NODE_OLD_STATE", o.oldState());
    if (o.event() == Event.NODES_START) all.put("CD_NODE_PARAMS", json(o.params()));
    all.put("MUSTER_EVENT", o.event().text());
    all.put("MUSTER_EVENT_ID", o.id());
    all.put("MUSTER_TERM", Long.toString(o.term()));
    all.put("MUSTER_INDEX", Long.toString(o.index()));
    all.put("MUSTER_TIME", o.time().toString());
    all.put("MUSTER_CAUSE", o.cause());
    all.put("MUSTER_SELF", self);
    all.put("MUSTER_LEADER", leader);
    all.put("MUSTER_DELIVERY", delivery(trigger));
    all.put("MUSTER_ATTEMPT", Integer.toString(attempt));
    // An environment cannot hold it, and the process would not start.
    all.replaceAll((_, value) -> value.replace("\0", ""));
    return all;
  }

  private static String delivery(TriggerSettings t) {
    // A retry repeats what may have been half done, whoever asks for it.
    return t.redeliver() || t.retries() > 0 ? "at-least-once" : "at-most-once";
  }

  private static String json(List<String> texts) {
    return json(Occurrence.texts(texts));
  }

  private static String json(JsonValue value) {
    return new String(JsonText.write(value), StandardCharsets.UTF_8);
  }

  /// For a shell.
  static String quoted(String text) {
    if (text.matches("[A-Za-z0-9_@%+=:,./-]+")) return text;
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
