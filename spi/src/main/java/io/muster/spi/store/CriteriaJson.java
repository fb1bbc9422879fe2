package io.muster.spi.store;

import io.muster.spi.store.JsonValue.Arr;
import io.muster.spi.store.JsonValue.Bool;
import io.muster.spi.store.JsonValue.Obj;
import io.muster.spi.store.JsonValue.Text;
import io.muster.spi.store.JsonValue.Whole;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Criteria in the notation of MongoDB's query language, as JSON.
///
/// Beside field names there are `$and $or $nor $comment`, and for a field `$eq $ne $gt $gte $lt
/// $lte $in $nin $all $exists $type $regex $options $like $mod $size $elemMatch $not`. Everything
/// else that begins with `$` is refused by name. All operators of one field apply.
///
/// How fields are named is the caller's business, except inside `$elemMatch`, where names lead
/// from the element on. [#OWN] is the notation in which criteria travel and are kept.
public final class CriteriaJson {
  /// Names of fields with where they are in front: `data.address.street`, `meta.created`.
  public static final Function<String, FieldPath> OWN = CriteriaJson::own;

  private CriteriaJson() {}

  private static FieldPath own(String name) {
    if (name.startsWith("data.")) return FieldPath.Data.of(name.substring(5));
    for (FieldPath.Meta m : FieldPath.Meta.values()) {
      if (name.equals("meta." + m.word())) return m;
    }
    throw new CriteriaException("unknown field: " + name);
  }

  // --- reading

  /// Reads criteria and checks them against [CriteriaLimits].
  ///
  /// @param naming which field a name means; may throw a [CriteriaException]
  /// @throws CriteriaException naming the operator or the value that cannot be read
  public static Criteria read(JsonValue json, Function<String, FieldPath> naming) {
    // Reading goes as deep as what is read; no level of criteria has three levels of JSON.
    if (deep(json, 3 * CriteriaLimits.DEPTH_MAX)) {
      throw new CriteriaException("criteria deeper than " + CriteriaLimits.DEPTH_MAX + " levels");
    }
    Criteria criteria = criteria(json, naming, "criteria");
    CriteriaLimits.check(criteria);
    return criteria;
  }

  /// Whether a value has more levels than `most`.
  private static boolean deep(JsonValue json, int most) {
    return switch (json) {
      case Arr a -> most == 0 || a.elements().stream().anyMatch(e -> deep(e, most - 1));
      case Obj o -> most == 0 || o.members().values().stream().anyMatch(e -> deep(e, most - 1));
      default -> false;
    };
  }

  private static Criteria criteria(JsonValue json, Function<String, FieldPath> naming, String of) {
    if (!(json instanceof Obj o)) throw new CriteriaException(of + " must be an object");
    List<Criteria> all = new ArrayList<>();
    for (Map.Entry<String, JsonValue> e : o.members().entrySet()) {
      String name = e.getKey();
      switch (name) {
        case "$and" -> all.add(new Criteria.And(list(name, e.getValue(), naming)));
        case "$or" -> all.add(new Criteria.Or(list(name, e.getValue(), naming)));
        case "$nor" -> all.add(new Criteria.Nor(list(name, e.getValue(), naming)));
        case "$comment" -> {}
        default -> {
          if (name.startsWith("$")) throw new CriteriaException("unknown operator: " + name);
          field(naming.apply(name), e.getValue(), all);
        }
      }
    }
    return all.size() == 1 ? all.getFirst() : new Criteria.And(all);
  }

  private static List<Criteria> list(
      String operator, JsonValue json, Function<String, FieldPath> naming) {
    if (!(json instanceof Arr a) || a.elements().isEmpty()) {
      throw new CriteriaException(operator + " needs a list of criteria");
    }
    return a.elements().stream()
        .map(x -> criteria(x, naming, "what " + operator + " lists"))
        .toList();
  }

  private static void field(FieldPath path, JsonValue json, List<Criteria> into) {
    if (!operators(json)) {
      into.add(new Criteria.Field(path, new Condition.Compare(Condition.Operator.EQ, json)));
      return;
    }
    for (Condition c : conditions((Obj) json)) into.add(new Criteria.Field(path, c));
  }

  /// Whether a value is an object of operators, not one to be equal to.
  private static boolean operators(JsonValue json) {
    return json instanceof Obj o
        && !o.members().isEmpty()
        && o.members().firstEntry().getKey().startsWith("$");
  }

  private static List<Condition> conditions(Obj o) {
    List<Condition> all = new ArrayList<>();
    o.members().forEach((name, operand) -> condition(name, operand, o, all));
    return all;
  }

  private static void condition(String name, JsonValue v, Obj all, List<Condition> into) {
    switch (name) {
      case "$eq" -> into.add(new Condition.Compare(Condition.Operator.EQ, v));
      case "$ne" -> into.add(new Condition.Compare(Condition.Operator.NE, v));
      case "$gt" -> into.add(new Condition.Compare(Condition.Operator.GT, v));
      case "$gte" -> into.add(new Condition.Compare(Condition.Operator.GTE, v));
      case "$lt" -> into.add(new Condition.Compare(Condition.Operator.LT, v));
      case "$lte" -> into.add(new Condition.Compare(Condition.Operator.LTE, v));
      case "$in" -> into.add(new Condition.In(values(name, v)));
      case "$nin" -> into.add(new Condition.NotIn(values(name, v)));
      case "$all" -> all(name, v, into);
      case "$exists" -> into.add(new Condition.Exists(yes(name, v)));
      case "$type" -> into.add(new Condition.OfType(types(v)));
      case "$regex" -> into.add(regex(v, all.members().get("$options")));
      case "$options" -> {
        if (!all.members().containsKey("$regex")) {
          throw new CriteriaException("$options needs a $regex");
        }
      }
      case "$like" -> {
        if (!(v instanceof Text t)) throw new CriteriaException("$like needs a string");
        into.add(new Condition.Like(t.value()));
      }
      case "$mod" -> into.add(mod(v));
      case "$size" -> {
        if (!(v instanceof Whole n) || n.value() < 0) {
          throw new CriteriaException("$size needs a whole number that is not negative");
        }
        into.add(new Condition.Size(n.value()));
      }
      case "$elemMatch" -> into.add(elemMatch(v));
      case "$not" -> {
        if (!operators(v)) throw new CriteriaException("$not needs an object of operators");
        into.add(new Condition.Not(conditions((Obj) v)));
      }
      default -> throw new CriteriaException("unknown operator: " + name);
    }
  }

  private static List<JsonValue> values(String operator, JsonValue v) {
    if (!(v instanceof Arr a)) throw new CriteriaException(operator + " needs an array");
    for (JsonValue e : a.elements()) {
      if (e instanceof Obj o && o.members().containsKey("$regex")) {
        throw new CriteriaException(operator + " takes values, no $regex");
      }
    }
    return a.elements();
  }

  private static void all(String operator, JsonValue v, List<Condition> into) {
    List<JsonValue> values = new ArrayList<>();
    for (JsonValue e : values(operator, v)) {
      if (e instanceof Obj o && o.members().containsKey("$elemMatch")) {
        into.addAll(conditions(o));
      } else {
        values.add(e);
      }
    }
    boolean none = v instanceof Arr a && a.elements().isEmpty();
    if (none || !values.isEmpty()) into.add(new Condition.All(values));
  }

  private static boolean yes(String operator, JsonValue v) {
    return switch (v) {
      case Bool b -> b.value();
      case Whole n -> n.value() != 0;
      default -> throw new CriteriaException(operator + " needs true or false");
    };
  }

  private static Set<JsonValue.Type> types(JsonValue v) {
    List<JsonValue> names = v instanceof Arr a ? a.elements() : List.of(v);
    if (names.isEmpty()) throw new CriteriaException("$type needs a type");
    EnumSet<JsonValue.Type> types = EnumSet.noneOf(JsonValue.Type.class);
    for (JsonValue name : names) types.add(type(name));
    return types;
  }

  /// By MongoDB's names and numbers; all of its numbers are one type in JSON.
  private static JsonValue.Type type(JsonValue name) {
    String n =
        switch (name) {
          case Text t -> t.value();
          case Whole w -> Long.toString(w.value());
          default -> "";
        };
    return switch (n) {
      case "double", "1", "int", "16", "long", "18", "decimal", "19", "number" ->
          JsonValue.Type.NUMBER;
      case "string", "2" -> JsonValue.Type.STRING;
      case "object", "3" -> JsonValue.Type.OBJECT;
      case "array", "4" -> JsonValue.Type.ARRAY;
      case "bool", "8" -> JsonValue.Type.BOOLEAN;
      case "null", "10" -> JsonValue.Type.NULL;
      default ->
          throw new CriteriaException(
              "$type knows string, number, object, array, bool and null, not "
                  + (n.isEmpty() ? "a value that is no name" : n));
    };
  }

  private static Condition regex(JsonValue v, @Nullable JsonValue options) {
    String pattern;
    String flags = "";
    if (v instanceof Text t) {
      pattern = t.value();
    } else if (v instanceof Arr a
        && !a.elements().isEmpty()
        && a.elements().size() <= 2
        && a.elements().getFirst() instanceof Text t) {
      pattern = t.value();
      if (a.elements().size() == 2) flags = flags("$regex", a.elements().getLast());
    } else {
      throw new CriteriaException("$regex parameter value must be an Array or a string");
    }
    if (options != null) flags += flags("$options", options);
    EnumSet<Condition.Flag> all = EnumSet.noneOf(Condition.Flag.class);
    for (int i = 0; i < flags.length(); i++) {
      char c = flags.charAt(i);
      switch (c) {
        case 'i' -> all.add(Condition.Flag.IGNORE_CASE);
        case 'm' -> all.add(Condition.Flag.MULTILINE);
        case 's' -> all.add(Condition.Flag.DOT_ALL);
        // Where JavaScript goes on in a text, and what a character is, which is a code point here.
        case 'g', 'u', 'y' -> {}
        default ->
            throw new CriteriaException("$regex knows the flags i, m and s, not '" + c + "'");
      }
    }
    return new Condition.Regex(pattern, all);
  }

  private static String flags(String operator, JsonValue v) {
    return switch (v) {
      case Text t -> t.value();
      case JsonValue.Null _ -> "";
      default -> throw new CriteriaException("the flags of " + operator + " must be a string");
    };
  }

  private static Condition mod(JsonValue v) {
    if (v instanceof Arr a && a.elements().size() == 2) {
      Long divisor = whole(a.elements().getFirst());
      Long remainder = whole(a.elements().getLast());
      if (divisor != null && remainder != null && divisor != 0) {
        return new Condition.Mod(divisor, remainder);
      }
    }
    throw new CriteriaException("$mod needs [divisor, remainder], numbers, the divisor not 0");
  }

  /// The whole part of a number.
  private static @Nullable Long whole(JsonValue v) {
    return switch (v) {
      case Whole n -> n.value();
      case JsonValue.Fraction n when Math.abs(n.value()) < 0x1p63 -> (long) n.value();
      default -> null;
    };
  }

  private static Condition elemMatch(JsonValue v) {
    if (!(v instanceof Obj o)) throw new CriteriaException("$elemMatch needs an object");
    boolean ofElement =
        operators(v)
            && !Set.of("$and", "$or", "$nor", "$comment")
                .contains(o.members().firstEntry().getKey());
    return ofElement
        ? new Condition.ElemIs(conditions(o))
        : new Condition.ElemMatch(criteria(o, FieldPath.Data::of, "$elemMatch"));
  }

  // --- writing

  /// Writes criteria in the notation [#OWN]; read again they are equal.
  public static JsonValue write(Criteria criteria) {
    return write(criteria, false);
  }

  private static JsonValue write(Criteria criteria, boolean ofElement) {
    return switch (criteria) {
      case Criteria.And x when x.all().isEmpty() -> object();
      case Criteria.And x -> one("$and", write(x.all(), ofElement));
      case Criteria.Or x -> one("$or", write(x.any(), ofElement));
      case Criteria.Nor x -> one("$nor", write(x.none(), ofElement));
      case Criteria.Field f -> {
        boolean relative = ofElement && f.path() instanceof FieldPath.Data;
        String name = name(f.path());
        yield one(relative ? name.substring(5) : name, write(List.of(f.condition())));
      }
    };
  }

  private static JsonValue write(List<Criteria> all, boolean ofElement) {
    return new Arr(all.stream().map(c -> write(c, ofElement)).toList());
  }

  /// The name of a field in the notation [#OWN].
  public static String name(FieldPath path) {
    return switch (path) {
      case FieldPath.Data d -> "data." + d.dotted();
      case FieldPath.Meta m -> "meta." + m.word();
    };
  }

  private static Obj object() {
    return new Obj(new LinkedHashMap<>());
  }

  private static Obj one(String name, JsonValue value) {
    LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();
    members.put(name, value);
    return new Obj(members);
  }

  /// The operator of a condition, such as `$gt`.
  static String operator(Condition c) {
    return switch (c) {
      case Condition.Compare x ->
          switch (x.operator()) {
            case EQ -> "$eq";
            case NE -> "$ne";
            case GT -> "$gt";
            case GTE -> "$gte";
            case LT -> "$lt";
            case LTE -> "$lte";
          };
      case Condition.In _ -> "$in";
      case Condition.NotIn _ -> "$nin";
      case Condition.All _ -> "$all";
      case Condition.Exists _ -> "$exists";
      case Condition.OfType _ -> "$type";
      case Condition.Regex _ -> "$regex";
      case Condition.Like _ -> "$like";
      case Condition.Mod _ -> "$mod";
      case Condition.Size _ -> "$size";
      case Condition.ElemMatch _, Condition.ElemIs _ -> "$elemMatch";
      case Condition.Not _ -> "$not";
    };
  }

  private static Obj write(List<Condition> conditions) {
    LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();
    for (Condition c : conditions) {
      members.put(operator(c), operand(c));
      if (c instanceof Condition.Regex r) members.put("$options", new Text(flags(r)));
    }
    return new Obj(members);
  }

  private static String flags(Condition.Regex regex) {
    StringBuilder flags = new StringBuilder();
    if (regex.flags().contains(Condition.Flag.IGNORE_CASE)) flags.append('i');
    if (regex.flags().contains(Condition.Flag.MULTILINE)) flags.append('m');
    if (regex.flags().contains(Condition.Flag.DOT_ALL)) flags.append('s');
    return flags.toString();
  }

  private static JsonValue operand(Condition c) {
    return switch (c) {
      case Condition.Compare x -> x.value();
      case Condition.In x -> new Arr(x.values());
      case Condition.NotIn x -> new Arr(x.values());
      case Condition.All x -> new Arr(x.values());
      case Condition.Exists x -> new Bool(x.there());
      case Condition.OfType x ->
          new Arr(x.types().stream().sorted().<JsonValue>map(t -> new Text(word(t))).toList());
      case Condition.Regex x -> new Text(x.pattern());
      case Condition.Like x -> new Text(x.pattern());
      case Condition.Mod x -> new Arr(List.of(new Whole(x.divisor()), new Whole(x.remainder())));
      case Condition.Size x -> new Whole(x.elements());
      case Condition.ElemMatch x -> write(x.criteria(), true);
      case Condition.ElemIs x -> write(x.conditions());
      case Condition.Not x -> write(x.conditions());
    };
  }

  private static String word(JsonValue.Type type) {
    return switch (type) {
      case NULL -> "null";
      case NUMBER -> "number";
      case STRING -> "string";
      case OBJECT -> "object";
      case ARRAY -> "array";
      case BOOLEAN -> "bool";
    };
  }
}
