package io.muster.plugins.store.postgresql;

import io.muster.spi.store.Condition;
import io.muster.spi.store.Condition.Operator;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.FieldPath.Meta;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.JsonValue.Fraction;
import io.muster.spi.store.JsonValue.Text;
import io.muster.spi.store.JsonValue.Whole;
import io.muster.spi.store.SortKey;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Criteria as a condition of SQL: one that every record fulfils which fulfils the criteria, and
/// perhaps others. Conditions on metadata are *exact*; those on data narrow, and the records that
/// are left are looked at once more by [io.muster.spi.store.CriteriaMatcher]. So a difference
/// between jsonb and JSON (digits of numbers, what a name may be) costs time, never a wrong answer.
///
/// @param sql begins with nothing and ends with nothing: `modified >= ? AND …`
/// @param exact whether the records that fulfil it are those of the criteria
record CriteriaSql(String sql, List<Object> parameters, boolean exact) {
  /// What says nothing.
  private static final CriteriaSql ALL = new CriteriaSql("TRUE", List.of(), false);

  private static final CriteriaSql EVERY = new CriteriaSql("TRUE", List.of(), true);

  static CriteriaSql of(Criteria criteria) {
    return switch (criteria) {
      case Criteria.And x -> x.all().isEmpty() ? EVERY : joined(x.all(), " AND ");
      case Criteria.Or x -> joined(x.any(), " OR ");
      case Criteria.Nor x -> negated(joined(x.none(), " OR "));
      case Criteria.Field f ->
          switch (f.path()) {
            case Meta m -> meta(m, f.condition());
            case FieldPath.Data d -> data(d.names(), f.condition());
          };
    };
  }

  private static CriteriaSql joined(List<Criteria> all, String with) {
    return join(all.stream().map(CriteriaSql::of).toList(), with);
  }

  private static CriteriaSql join(List<CriteriaSql> all, String with) {
    StringBuilder sql = new StringBuilder();
    List<Object> parameters = new ArrayList<>();
    boolean exact = true;
    for (CriteriaSql c : all) {
      if (!sql.isEmpty()) sql.append(with);
      sql.append('(').append(c.sql).append(')');
      parameters.addAll(c.parameters);
      exact &= c.exact;
    }
    return new CriteriaSql(sql.toString(), parameters, exact);
  }

  /// Only what is exact can be turned round: else too much would become too little.
  private static CriteriaSql negated(CriteriaSql c) {
    if (!c.exact) return ALL;
    return new CriteriaSql("((" + c.sql + ") IS NOT TRUE)", c.parameters, true);
  }

  // --- metadata

  private static CriteriaSql meta(Meta field, Condition condition) {
    return switch (condition) {
      case Condition.Compare x when x.operator() == Operator.NE ->
          negated(meta(field, new Condition.Compare(Operator.EQ, x.value())));
      case Condition.Compare x -> compared(field, x);
      case Condition.In x when !x.values().isEmpty() ->
          join(
              x.values().stream()
                  .map(v -> meta(field, new Condition.Compare(Operator.EQ, v)))
                  .toList(),
              " OR ");
      case Condition.NotIn x when !x.values().isEmpty() ->
          negated(meta(field, new Condition.In(x.values())));
      case Condition.Not x ->
          negated(join(x.conditions().stream().map(c -> meta(field, c)).toList(), " AND "));
      default -> ALL;
    };
  }

  private static CriteriaSql compared(Meta field, Condition.Compare x) {
    boolean number =
        switch (field) {
          case CREATED, MODIFIED, VERSION -> true;
          case PATH, CREATED_BY, MODIFIED_BY -> false;
        };
    if (number && x.value() instanceof Whole n) {
      return new CriteriaSql(column(field) + sign(x.operator()) + "?", List.of(n.value()), true);
    }
    if (!number && x.value() instanceof Text t && t.value().indexOf('\0') < 0) {
      return new CriteriaSql(column(field) + sign(x.operator()) + "?", List.of(t.value()), true);
    }
    return ALL;
  }

  private static String sign(Operator operator) {
    return switch (operator) {
      case EQ -> " = ";
      case NE -> " <> ";
      case GT -> " > ";
      case GTE -> " >= ";
      case LT -> " < ";
      case LTE -> " <= ";
    };
  }

  private static String column(Meta field) {
    return switch (field) {
      case PATH -> Sql.PATH;
      case CREATED -> "created";
      case MODIFIED -> "modified";
      case CREATED_BY -> "created_by COLLATE \"C\"";
      case MODIFIED_BY -> "modified_by COLLATE \"C\"";
      case VERSION -> "version";
    };
  }

  /// ` ORDER BY` metadata alone; empty when a key looks into the data.
  static Optional<String> order(List<SortKey> keys) {
    StringBuilder order = new StringBuilder(" ORDER BY ");
    for (SortKey key : keys) {
      if (!(key.field() instanceof Meta m)) return Optional.empty();
      order.append(column(m));
      order.append(
          switch (key.direction()) {
            case ASCENDING -> " ASC NULLS FIRST, ";
            case DESCENDING -> " DESC NULLS LAST, ";
          });
    }
    return Optional.of(order.append(Sql.PATH).toString());
  }

  // --- data

  private static CriteriaSql data(List<String> names, Condition condition) {
    String path = path(names);
    if (path == null) return ALL;
    return switch (condition) {
      case Condition.Compare x -> narrowed(path, x);
      case Condition.In x when !x.values().isEmpty() -> any(path, x.values());
      case Condition.All x when !x.values().isEmpty() ->
          join(
              x.values().stream()
                  .map(v -> narrowed(path, new Condition.Compare(Operator.EQ, v)))
                  .toList(),
              " AND ");
      case Condition.Like x -> {
        int end = x.pattern().indexOf('%');
        String begin = end < 0 ? x.pattern() : x.pattern().substring(0, end);
        String json = json(new Text(begin));
        yield json == null || begin.isEmpty()
            ? there(path)
            : filter(path, "@ starts with $v", "{\"v\":" + json + "}");
      }
      case Condition.Exists x -> x.there() ? there(path) : ALL;
      case Condition.Regex _,
          Condition.Mod _,
          Condition.Size _,
          Condition.OfType _,
          Condition.ElemMatch _,
          Condition.ElemIs _ ->
          there(path);
      case Condition.In _, Condition.All _ -> new CriteriaSql("FALSE", List.of(), true);
      case Condition.NotIn _, Condition.Not _ -> ALL;
    };
  }

  private static CriteriaSql any(String path, List<JsonValue> values) {
    List<CriteriaSql> all = new ArrayList<>();
    for (JsonValue v : values) all.add(narrowed(path, new Condition.Compare(Operator.EQ, v)));
    return join(all, " OR ");
  }

  /// A path of the SQL/JSON language, which passes arrays as criteria do; null where a name may be
  /// an index, or cannot be said.
  private static @Nullable String path(List<String> names) {
    StringBuilder path = new StringBuilder("$");
    for (String name : names) {
      if (name.isEmpty() || (name.charAt(0) >= '0' && name.charAt(0) <= '9')) return null;
      String quoted = json(new Text(name));
      if (quoted == null) return null;
      path.append('.').append(quoted);
    }
    return path.toString();
  }

  private static CriteriaSql there(String path) {
    return searched(path, "{}");
  }

  private static CriteriaSql filter(String path, String condition, String variables) {
    return searched(path + " ? (" + condition + ")", variables);
  }

  /// Records that jsonb could not hold are candidates always.
  private static CriteriaSql searched(String path, String variables) {
    return new CriteriaSql(
        "query IS NULL OR jsonb_path_exists(query, CAST(? AS jsonpath), CAST(? AS jsonb), true)",
        List.of(path, variables),
        false);
  }

  private static CriteriaSql narrowed(String path, Condition.Compare x) {
    if (x.operator() == Operator.NE) return ALL;
    return switch (x.value()) {
      case Whole n -> number(path, x.operator(), (double) n.value());
      case Fraction n -> number(path, x.operator(), n.value());
      case Text t -> {
        String json = json(t);
        yield json == null
            ? ALL
            : filter(path, "@ " + compared(x.operator()) + " $v", "{\"v\":" + json + "}");
      }
      case JsonValue.Bool b ->
          x.operator() == Operator.EQ ? filter(path, "@ == $v", "{\"v\":" + b.value() + "}") : ALL;
      // What is missing equals null, and arrays and objects are compared member by member.
      case JsonValue.Null _, JsonValue.Arr _, JsonValue.Obj _ -> ALL;
    };
  }

  private static String compared(Operator operator) {
    return operator == Operator.EQ ? "==" : sign(operator).strip();
  }

  /// Numbers of jsonb have more digits than doubles, which criteria compare: a little more than
  /// what is asked for is let through.
  private static CriteriaSql number(String path, Operator operator, double n) {
    if (!Double.isFinite(n) || Math.abs(n) > 1e300) return ALL;
    String less = "\"less\":" + new BigDecimal(Math.nextDown(n)).toPlainString();
    String more = "\"more\":" + new BigDecimal(Math.nextUp(n)).toPlainString();
    return switch (operator) {
      case EQ, NE -> filter(path, "@ >= $less && @ <= $more", "{" + less + "," + more + "}");
      case GT, GTE -> filter(path, "@ >= $less", "{" + less + "}");
      case LT, LTE -> filter(path, "@ <= $more", "{" + more + "}");
    };
  }

  /// A string as jsonb takes it; null for those that it does not take.
  private static @Nullable String json(Text text) {
    String s = text.value();
    boolean halved = !StandardCharsets.UTF_8.newEncoder().canEncode(s);
    return halved || s.indexOf('\0') >= 0
        ? null
        : new String(JsonText.write(text), StandardCharsets.UTF_8);
  }
}
