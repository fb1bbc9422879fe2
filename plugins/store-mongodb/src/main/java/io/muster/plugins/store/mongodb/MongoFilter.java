package io.muster.plugins.store.mongodb;

import io.muster.spi.store.Condition;
import io.muster.spi.store.Condition.Operator;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.FieldPath.Meta;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.JsonValue.Fraction;
import io.muster.spi.store.JsonValue.Text;
import io.muster.spi.store.JsonValue.Whole;
import io.muster.spi.store.PathPattern;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/// Patterns and criteria as MongoDB's filters.
///
/// A pattern of few stars is exact. Criteria narrow: what they let through is looked at once more
/// by [io.muster.spi.store.CriteriaMatcher], because documents of others hold values that JSON has
/// not, and documents that BSON cannot hold to the letter are candidates always.
final class MongoFilter {
  /// More stars than this are left to be matched here: a regular expression would go back and forth
  /// between them for as long as it likes.
  private static final int STARS_MAX = 3;

  /// Types of which JSON makes strings or numbers: binary data, object ids, dates, decimals. Of an
  /// array those of its elements count.
  private static final int[] FOREIGN = {5, 7, 9, 19};

  private MongoFilter() {}

  /// Whether [#pattern] lets nothing through that does not match.
  static boolean exact(PathPattern p) {
    return p.exact() || Pattern.compile("\\*+").matcher(p.pattern()).results().count() <= STARS_MAX;
  }

  /// The documents of a path or pattern, by ranges of the index where there is a prefix.
  static BsonDocument pattern(PathPattern p) {
    if (p.exact()) return new BsonDocument("_id", new BsonString(p.pattern()));
    List<BsonDocument> all = new ArrayList<>();
    String prefix = p.prefix();
    if (prefix.isEmpty()) {
      // Paths are strings; whatever else a collection holds is none.
      all.add(id("$gte", new BsonString("")));
    } else {
      all.add(id("$gte", new BsonString(prefix)));
      String above = PathPattern.above(prefix);
      if (above != null) all.add(id("$lt", new BsonString(above)));
    }
    boolean onlyPrefix = p.pattern().substring(prefix.length()).matches("\\*+");
    if (!onlyPrefix && exact(p)) {
      all.add(new BsonDocument("_id", new BsonRegularExpression(regex(p.pattern()), "s")));
    }
    return and(all);
  }

  private static BsonDocument id(String operator, BsonValue value) {
    return new BsonDocument("_id", new BsonDocument(operator, value));
  }

  private static String regex(String pattern) {
    StringBuilder out = new StringBuilder("^");
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '*') {
        if (i == 0 || pattern.charAt(i - 1) != '*') out.append(".*");
      } else if (c < 0x80 && !Character.isLetterOrDigit(c)) {
        // A control character has no escape; all else that is not a letter does.
        if (c < 0x20) out.append(String.format("\\x%02x", (int) c));
        else out.append('\\').append(c);
      } else {
        out.append(c);
      }
    }
    return out.append("\\z").toString();
  }

  static BsonDocument and(List<BsonDocument> all) {
    return all.size() == 1 ? all.getFirst() : new BsonDocument("$and", new BsonArray(all));
  }

  // --- criteria

  /// A filter that every document passes whose record fulfils the criteria; null for none.
  static @Nullable BsonDocument criteria(Criteria criteria) {
    return switch (criteria) {
      case Criteria.And x -> {
        List<BsonDocument> all = new ArrayList<>();
        for (Criteria c : x.all()) {
          BsonDocument f = criteria(c);
          if (f != null) all.add(f);
        }
        yield all.isEmpty() ? null : and(all);
      }
      case Criteria.Or x -> {
        List<BsonDocument> any = new ArrayList<>();
        for (Criteria c : x.any()) {
          BsonDocument f = criteria(c);
          if (f == null) yield null;
          any.add(f);
        }
        yield or(any);
      }
      case Criteria.Nor _ -> null;
      case Criteria.Field f ->
          switch (f.path()) {
            case Meta m -> meta(m, f.condition());
            case FieldPath.Data d ->
                d.names().stream().allMatch(MongoFilter::sayable)
                    ? data("data." + d.dotted(), f.condition())
                    : null;
          };
    };
  }

  /// Whether a filter can name a member like this.
  private static boolean sayable(String name) {
    return !name.isEmpty() && name.charAt(0) != '$' && name.indexOf('\0') < 0;
  }

  private static BsonDocument or(List<BsonDocument> any) {
    return new BsonDocument("$or", new BsonArray(any));
  }

  private static @Nullable BsonDocument meta(Meta field, Condition condition) {
    // The id is the path, in the order of bytes: a page that goes on behind a path reads no more.
    if (field == Meta.PATH && condition instanceof Condition.Compare) {
      return narrowed("_id", condition);
    }
    String name =
        switch (field) {
          case CREATED, MODIFIED -> field.word();
          // Others have no version and may have no path beside the `_id`.
          case PATH, VERSION, CREATED_BY, MODIFIED_BY -> null;
        };
    if (name == null || !(condition instanceof Condition.Compare)) return null;
    BsonDocument filter = narrowed(name, condition);
    if (filter == null) return null;
    BsonDocument missing = new BsonDocument(name, new BsonDocument("$exists", BsonBoolean.FALSE));
    return or(List.of(filter, missing, foreign(name)));
  }

  private static @Nullable BsonDocument data(String name, Condition condition) {
    BsonDocument filter = narrowed(name, condition);
    if (filter == null) return null;
    BsonDocument inexact = new BsonDocument("exact", new BsonDocument("$exists", BsonBoolean.TRUE));
    return or(List.of(filter, inexact, foreign(name)));
  }

  private static BsonDocument foreign(String name) {
    List<BsonDocument> types = new ArrayList<>();
    for (int type : FOREIGN) {
      types.add(new BsonDocument(name, new BsonDocument("$type", new BsonInt32(type))));
    }
    return or(types);
  }

  private static @Nullable BsonDocument narrowed(String name, Condition condition) {
    return switch (condition) {
      case Condition.Compare x -> {
        BsonValue value = scalar(x.value());
        String operator =
            switch (x.operator()) {
              case EQ -> "$eq";
              case GT -> "$gt";
              case GTE -> "$gte";
              case LT -> "$lt";
              case LTE -> "$lte";
              case NE -> "";
            };
        yield value == null || operator.isEmpty()
            ? null
            : new BsonDocument(name, new BsonDocument(operator, value));
      }
      case Condition.In x -> {
        List<BsonValue> values = new ArrayList<>();
        for (JsonValue v : x.values()) {
          BsonValue value = scalar(v);
          if (value == null) yield null;
          values.add(value);
        }
        yield new BsonDocument(name, new BsonDocument("$in", new BsonArray(values)));
      }
      case Condition.All x -> {
        List<BsonDocument> all = new ArrayList<>();
        for (JsonValue v : x.values()) {
          BsonDocument one = narrowed(name, new Condition.Compare(Operator.EQ, v));
          if (one != null) all.add(one);
        }
        yield all.isEmpty() ? null : and(all);
      }
      case Condition.Exists x when x.there() -> there(name);
      case Condition.Like _,
          Condition.Regex _,
          Condition.Mod _,
          Condition.Size _,
          Condition.OfType _,
          Condition.ElemMatch _,
          Condition.ElemIs _ ->
          there(name);
      case Condition.Exists _, Condition.NotIn _, Condition.Not _ -> null;
    };
  }

  private static BsonDocument there(String name) {
    return new BsonDocument(name, new BsonDocument("$exists", BsonBoolean.TRUE));
  }

  /// A value that MongoDB compares as criteria do; null for those that it may not.
  private static @Nullable BsonValue scalar(JsonValue value) {
    return switch (value) {
      case Whole n -> new BsonInt64(n.value());
      case Fraction n -> Double.isFinite(n.value()) ? new BsonDouble(n.value()) : null;
      case Text t ->
          StandardCharsets.UTF_8.newEncoder().canEncode(t.value())
              ? new BsonString(t.value())
              : null;
      case JsonValue.Bool b -> BsonBoolean.valueOf(b.value());
      case JsonValue.Null _, JsonValue.Arr _, JsonValue.Obj _ -> null;
    };
  }
}
