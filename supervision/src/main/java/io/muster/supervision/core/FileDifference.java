package io.muster.supervision.core;

import io.muster.spi.store.JsonValue;
import io.muster.supervision.TargetId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a file's node list changes: a comparison of three, what the file said before, what it says
/// now, and what was changed while the cluster ran. The last wins, and is told.
///
/// @param inserted records to write for targets that the cluster had not
/// @param updated records to write for targets of which the file says something else
/// @param deleted targets that the file lists no more, and nobody else wants
/// @param kept what stays although the file says otherwise, in words
public record FileDifference(
    Map<TargetId, TargetRecord> inserted,
    Map<TargetId, TargetRecord> updated,
    List<TargetId> deleted,
    List<String> kept) {
  public boolean nothing() {
    return inserted.isEmpty() && updated.isEmpty() && deleted.isEmpty();
  }

  /// @param file the definitions of the file now, by address
  /// @param there all records of the cluster, deleted ones included
  public static FileDifference of(
      String cluster, Map<String, JsonValue.Obj> file, Map<String, TargetRecord> there) {
    Map<TargetId, TargetRecord> inserted = new LinkedHashMap<>();
    Map<TargetId, TargetRecord> updated = new LinkedHashMap<>();
    List<TargetId> deleted = new ArrayList<>();
    List<String> kept = new ArrayList<>();
    file.forEach(
        (addr, definition) -> {
          TargetId id = new TargetId(cluster, addr);
          TargetRecord record = there.get(addr);
          if (record == null) {
            inserted.put(id, TargetRecord.ofFile(definition));
          } else if (record.base() == null) {
            updated.put(id, adopted(record, definition));
          } else if (!definition.equals(record.base())) {
            updated.put(id, record.withBase(definition));
            if (record.deleted()) kept.add(id + ": was deleted, stays so");
            else tell(id, record, definition, kept);
          }
        });
    new TreeMap<>(there)
        .forEach(
            (addr, record) -> {
              if (file.containsKey(addr) || record.base() == null) return;
              deleted.add(new TargetId(cluster, addr));
            });
    return new FileDifference(inserted, updated, deleted, kept);
  }

  /// A target that somebody inserted, and that a file lists now: what differs is an edit.
  private static TargetRecord adopted(TargetRecord record, JsonValue.Obj definition) {
    TargetRecord now =
        new TargetRecord(
            definition, Map.of(), record.deleted(), record.drain(), record.maintenance());
    for (Map.Entry<String, JsonValue> e : record.edit().entrySet()) {
      now = now.with(e.getKey(), e.getValue());
    }
    return now;
  }

  private static void tell(
      TargetId id, TargetRecord record, JsonValue.Obj definition, List<String> kept) {
    record
        .edit()
        .forEach(
            (name, value) -> {
              @Nullable JsonValue said = definition.members().get(name);
              JsonValue before = record.base() == null ? null : record.base().members().get(name);
              if (said != null && !said.equals(before) && !said.equals(value)) {
                kept.add(id + ": " + name + " was set while the cluster ran, stays so");
              }
            });
  }
}
