package io.muster.spi.store;

import java.util.List;

/// Which records are meant, by what is in them: MongoDB's query language on JSON, as a syntax tree.
/// Immutable; [CriteriaJson] reads and writes the usual notation, [CriteriaMatcher] says what it
/// means, [CriteriaLimits] how large it may be.
public sealed interface Criteria {
  /// Every record.
  Criteria ANY = new And(List.of());

  /// All of these; any record when there is none.
  record And(List<Criteria> all) implements Criteria {
    public And {
      all = List.copyOf(all);
    }
  }

  /// At least one of these, of which there is one or more.
  record Or(List<Criteria> any) implements Criteria {
    public Or {
      any = some(any);
    }
  }

  /// Not one of these, of which there is one or more.
  record Nor(List<Criteria> none) implements Criteria {
    public Nor {
      none = some(none);
    }
  }

  /// What is at `path` fulfils a condition.
  record Field(FieldPath path, Condition condition) implements Criteria {}

  private static List<Criteria> some(List<Criteria> all) {
    if (all.isEmpty()) throw new IllegalArgumentException("an empty list of criteria");
    return List.copyOf(all);
  }
}
