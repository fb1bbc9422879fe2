package io.muster.spi.store;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What a field is asked: an operator of MongoDB's query language with its operand. Immutable.
///
/// A field that leads to an array, or through one, has several values: the elements and the array
/// itself. A condition holds when one of the values fulfils it; the negative ones (`NE`,
/// [NotIn], [Not], `Exists(false)`) hold when their opposite does not. A field that is missing has
/// no value and equals null. [CriteriaMatcher] is the exact definition.
public sealed interface Condition {
  /// `$eq $ne $gt $gte $lt $lte`
  enum Operator {
    EQ,
    NE,
    GT,
    GTE,
    LT,
    LTE
  }

  /// A comparison with a value; values of another [JsonValue.Type] are not equal, and neither less
  /// nor greater.
  record Compare(Operator operator, JsonValue value) implements Condition {}

  /// Equal to one of these; with none never.
  record In(List<JsonValue> values) implements Condition {
    public In {
      values = List.copyOf(values);
    }
  }

  /// Equal to none of these.
  record NotIn(List<JsonValue> values) implements Condition {
    public NotIn {
      values = List.copyOf(values);
    }
  }

  /// Equal to each of these, which an array can be; with none never.
  record All(List<JsonValue> values) implements Condition {
    public All {
      values = List.copyOf(values);
    }
  }

  /// There, null included; or missing.
  record Exists(boolean there) implements Condition {}

  /// Of one of these kinds, of which there is one or more. JSON knows one kind of number.
  record OfType(Set<JsonValue.Type> types) implements Condition {
    public OfType {
      if (types.isEmpty()) throw new IllegalArgumentException("no type");
      types = Set.copyOf(EnumSet.copyOf(types));
    }
  }

  /// A string in which a regular expression is found: RE2 syntax, see [CriteriaRegex].
  record Regex(String pattern, Set<Flag> flags) implements Condition {
    public Regex {
      flags = Set.copyOf(flags);
    }
  }

  /// How a regular expression is read: `i`, `m` (`^` and `$` also at lines' ends) and `s` (`.`
  /// also matches the ends of lines).
  enum Flag {
    IGNORE_CASE,
    MULTILINE,
    DOT_ALL
  }

  /// A string of this form as a whole: `%` stands for any run of characters, ends of lines
  /// included, and nothing else means anything but itself.
  record Like(String pattern) implements Condition {}

  /// A number whose whole part leaves this remainder; the remainder has the sign of the number.
  record Mod(long divisor, long remainder) implements Condition {
    public Mod {
      if (divisor == 0) throw new IllegalArgumentException("a divisor of 0");
    }
  }

  /// An array of this many elements.
  record Size(long elements) implements Condition {}

  /// An array with an element, an object or an array by its indexes, that fulfils criteria whose
  /// fields begin at the element and are [FieldPath.Data].
  record ElemMatch(Criteria criteria) implements Condition {}

  /// An array with an element that itself fulfils all of these conditions, at least one.
  record ElemIs(List<Condition> conditions) implements Condition {
    public ElemIs {
      conditions = some(conditions);
    }
  }

  /// Not all of these conditions, at least one, hold; also when the field is missing.
  record Not(List<Condition> conditions) implements Condition {
    public Not {
      conditions = some(conditions);
    }
  }

  private static List<Condition> some(List<Condition> all) {
    if (all.isEmpty()) throw new IllegalArgumentException("no condition");
    return List.copyOf(all);
  }
}
