package io.muster.supervision.core;

import io.muster.spi.store.JsonValue;
import io.muster.supervision.config.NodeDefinition;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A target as the registry keeps it: what files say, and above it what was changed while the
/// cluster ran. Immutable.
///
/// @param base its entry in the file, as JSON; null when no file lists it
/// @param edit attributes that were set since, which win; JSON null takes an attribute away
/// @param deleted whether it was deleted although a file lists it
/// @param drain null for none
/// @param maintenance null for none
public record TargetRecord(
    JsonValue.@Nullable Obj base,
    Map<String, JsonValue> edit,
    boolean deleted,
    @Nullable Drain drain,
    @Nullable Maintenance maintenance) {
  public TargetRecord {
    edit = Collections.unmodifiableMap(new LinkedHashMap<>(edit));
  }

  /// No new clients; those that are there may stay until it is over.
  ///
  /// @param untilMillis since 1970; 0 for as long as nobody ends it
  public record Drain(String reason, long sinceMillis, long untilMillis) {}

  /// Out of traffic, and nobody is told that it fails.
  ///
  /// @param untilMillis since 1970; 0 for as long as nobody ends it
  public record Maintenance(String reason, String by, long sinceMillis, long untilMillis) {}

  /// As a file lists it.
  public static TargetRecord ofFile(JsonValue.Obj base) {
    return new TargetRecord(base, Map.of(), false, null, null);
  }

  /// As somebody inserted it.
  public static TargetRecord inserted(JsonValue.Obj definition) {
    return new TargetRecord(null, definition.members(), false, null, null);
  }

  /// The definition that holds.
  ///
  /// @throws IllegalArgumentException when there is none
  public NodeDefinition definition() {
    LinkedHashMap<String, JsonValue> all = new LinkedHashMap<>();
    if (base != null) all.putAll(base.members());
    edit.forEach(
        (name, value) -> {
          if (value instanceof JsonValue.Null) all.remove(name);
          else all.put(name, value);
        });
    return NodeDefinition.of(new JsonValue.Obj(all), 0);
  }

  /// With one attribute set, or taken away by JSON null. What equals the file's is no edit.
  public TargetRecord with(String name, JsonValue value) {
    LinkedHashMap<String, JsonValue> changed = new LinkedHashMap<>(edit);
    JsonValue below = base == null ? null : base.members().get(name);
    boolean away = value instanceof JsonValue.Null;
    if (away ? below == null : value.equals(below)) changed.remove(name);
    else changed.put(name, value);
    return new TargetRecord(base, changed, deleted, drain, maintenance);
  }

  public TargetRecord withBase(JsonValue.@Nullable Obj file) {
    return new TargetRecord(file, edit, deleted, drain, maintenance);
  }

  public TargetRecord withDeleted(boolean gone) {
    return new TargetRecord(base, edit, gone, drain, maintenance);
  }

  public TargetRecord withDrain(@Nullable Drain drain) {
    return new TargetRecord(base, edit, deleted, drain, maintenance);
  }

  public TargetRecord withMaintenance(@Nullable Maintenance maintenance) {
    return new TargetRecord(base, edit, deleted, drain, maintenance);
  }
}
