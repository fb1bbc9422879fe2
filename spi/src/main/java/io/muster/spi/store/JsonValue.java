package io.muster.spi.store;

import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A JSON value as criteria compare it. Immutable.
///
/// Numbers are what a client can say: every number that is whole and fits 64 bits is a [Whole],
/// also where it is written `1.0` or `1e3`; all others are a [Fraction], the nearest IEEE 754
/// double. So equal numbers are equal values.
public sealed interface JsonValue {
  /// The kinds of values, in the order in which values of different kinds are sorted.
  enum Type {
    NULL,
    NUMBER,
    STRING,
    OBJECT,
    ARRAY,
    BOOLEAN
  }

  Type type();

  /// The order of BSON: kinds as in [Type]; numbers by value; strings by code point
  /// ([PathOrder]); arrays and objects member by member, of two objects the kind of the first
  /// members that differ counts first, then their names, then their values; false before true.
  Comparator<JsonValue> ORDER = JsonValue::compare;

  /// The null value.
  JsonValue NULL = new Null();

  /// `null`
  record Null() implements JsonValue {
    @Override
    public Type type() {
      return Type.NULL;
    }
  }

  /// `true` or `false`
  record Bool(boolean value) implements JsonValue {
    @Override
    public Type type() {
      return Type.BOOLEAN;
    }
  }

  /// A whole number of 64 bits.
  record Whole(long value) implements JsonValue {
    @Override
    public Type type() {
      return Type.NUMBER;
    }
  }

  /// Any other number; never a whole one that fits [Whole]. Infinite where the text was beyond all
  /// doubles.
  ///
  /// @throws IllegalArgumentException when it is a whole number, or none
  record Fraction(double value) implements JsonValue {
    public Fraction {
      if (Double.isNaN(value) || whole(value)) {
        throw new IllegalArgumentException(value + " is no fraction");
      }
    }

    @Override
    public Type type() {
      return Type.NUMBER;
    }
  }

  /// A string.
  record Text(String value) implements JsonValue {
    @Override
    public Type type() {
      return Type.STRING;
    }
  }

  /// An array.
  record Arr(List<JsonValue> elements) implements JsonValue {
    public Arr {
      elements = List.copyOf(elements);
    }

    @Override
    public Type type() {
      return Type.ARRAY;
    }
  }

  /// An object; its members keep the order in which they were given.
  record Obj(SequencedMap<String, JsonValue> members) implements JsonValue {
    public Obj {
      members = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(members));
    }

    @Override
    public Type type() {
      return Type.OBJECT;
    }
  }

  /// A number as a value.
  ///
  /// @throws IllegalArgumentException when it is not a number
  static JsonValue number(double value) {
    return whole(value) ? new Whole((long) value) : new Fraction(value);
  }

  private static boolean whole(double value) {
    return value == Math.rint(value) && value >= -0x1p63 && value < 0x1p63;
  }

  private static int compare(JsonValue a, JsonValue b) {
    int byType = a.type().compareTo(b.type());
    if (byType != 0) return byType;
    return switch (a) {
      case Null _ -> 0;
      case Bool x -> Boolean.compare(x.value(), b instanceof Bool y && y.value());
      case Text x -> PathOrder.PATHS.compare(x.value(), b instanceof Text y ? y.value() : "");
      case Whole x ->
          switch (b) {
            case Whole y -> Long.compare(x.value(), y.value());
            // Rounding `x` cannot bring it past `y`: beyond 2^53 no double has a fraction.
            case Fraction y -> Double.compare((double) x.value(), y.value());
            default -> 0;
          };
      case Fraction x ->
          b instanceof Fraction y ? Double.compare(x.value(), y.value()) : -compare(b, a);
      case Arr x -> arrays(x.elements(), b instanceof Arr y ? y.elements() : List.of());
      case Obj x -> objects(x, b instanceof Obj y ? y : x);
    };
  }

  private static int arrays(List<JsonValue> a, List<JsonValue> b) {
    int n = Math.min(a.size(), b.size());
    for (int i = 0; i < n; i++) {
      int c = compare(a.get(i), b.get(i));
      if (c != 0) return c;
    }
    return Integer.compare(a.size(), b.size());
  }

  private static int objects(Obj a, Obj b) {
    Iterator<Map.Entry<String, JsonValue>> these = a.members().entrySet().iterator();
    Iterator<Map.Entry<String, JsonValue>> those = b.members().entrySet().iterator();
    while (these.hasNext() && those.hasNext()) {
      Map.Entry<String, JsonValue> x = these.next();
      Map.Entry<String, JsonValue> y = those.next();
      int c = x.getValue().type().compareTo(y.getValue().type());
      if (c == 0) c = PathOrder.PATHS.compare(x.getKey(), y.getKey());
      if (c == 0) c = compare(x.getValue(), y.getValue());
      if (c != 0) return c;
    }
    return Boolean.compare(these.hasNext(), those.hasNext());
  }
}
