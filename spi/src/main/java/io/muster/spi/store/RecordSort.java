package io.muster.spi.store;

import io.muster.spi.store.JsonValue.Arr;
import io.muster.spi.store.JsonValue.Obj;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The order that sort keys ask for, as a comparison of records whose keys are taken out of them
/// once. Immutable; safe on any thread.
public final class RecordSort implements Comparator<RecordSort.Keyed> {
  /// A record with the values of its keys.
  public static final class Keyed {
    private final PathRecord record;
    private final @Nullable JsonValue[] keys;

    private Keyed(PathRecord record, @Nullable JsonValue[] keys) {
      this.record = record;
      this.keys = keys;
    }

    public PathRecord record() {
      return record;
    }
  }

  /// What is missing before all, the empty array, then values.
  private static final Comparator<@Nullable JsonValue> VALUES =
      Comparator.nullsFirst(JsonValue.ORDER);

  private final List<SortKey> keys;
  private final Set<String> wanted = new HashSet<>();

  public RecordSort(List<SortKey> keys) {
    this.keys = List.copyOf(keys);
    for (SortKey k : keys) {
      if (k.field() instanceof FieldPath.Data d) wanted.add(d.names().getFirst());
    }
  }

  /// Whether the order is that of paths, ascending.
  public boolean byPath() {
    return keys.isEmpty()
        || (keys.getFirst().field() == FieldPath.Meta.PATH
            && keys.getFirst().direction() == SortKey.Direction.ASCENDING);
  }

  /// Takes the keys out of a record.
  public Keyed keyed(PathRecord record) {
    Obj document = CriteriaMatcher.document(record, wanted);
    @Nullable JsonValue[] values = new JsonValue[keys.size()];
    for (int i = 0; i < values.length; i++) values[i] = key(keys.get(i), document, record);
    return new Keyed(record, values);
  }

  @Override
  public int compare(Keyed a, Keyed b) {
    for (int i = 0; i < keys.size(); i++) {
      int c = VALUES.compare(a.keys[i], b.keys[i]);
      if (c == 0) continue;
      return keys.get(i).direction() == SortKey.Direction.ASCENDING ? c : -c;
    }
    return PathOrder.BY_PATH.compare(a.record, b.record);
  }

  private static @Nullable JsonValue key(SortKey key, Obj document, PathRecord record) {
    return switch (key.field()) {
      case FieldPath.Meta m -> m.of(record);
      case FieldPath.Data d -> {
        List<@Nullable JsonValue> found = new ArrayList<>(1);
        values(document, d.names(), 0, found);
        @Nullable JsonValue best = found.getFirst();
        for (@Nullable JsonValue v : found) {
          int c = VALUES.compare(v, best);
          if (key.direction() == SortKey.Direction.ASCENDING ? c < 0 : c > 0) best = v;
        }
        yield best;
      }
    };
  }

  /// Adds at least one value: null for an empty array at the end of the path.
  private static void values(
      JsonValue from, List<String> names, int k, List<@Nullable JsonValue> into) {
    JsonValue v = from;
    for (int i = k; i < names.size(); i++) {
      if (v instanceof Arr a && CriteriaMatcher.member(a, names.get(i)) == null) {
        elements(a, names, i, into);
        return;
      }
      v = CriteriaMatcher.member(v, names.get(i));
      if (v == null) {
        into.add(JsonValue.NULL);
        return;
      }
    }
    if (!(v instanceof Arr a)) into.add(v);
    else if (a.elements().isEmpty()) into.add(null);
    else into.addAll(a.elements());
  }

  private static void elements(
      Arr array, List<String> names, int k, List<@Nullable JsonValue> into) {
    if (array.elements().isEmpty()) into.add(JsonValue.NULL);
    for (JsonValue e : array.elements()) {
      if (e instanceof Obj) values(e, names, k, into);
      else into.add(JsonValue.NULL);
    }
  }
}
