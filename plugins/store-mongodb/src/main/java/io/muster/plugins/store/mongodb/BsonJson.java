package io.muster.plugins.store.mongodb;

import io.muster.plugins.store.database.JsonObjects;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;

/// Data as BSON and back.
///
/// BSON holds less than JSON: no number beyond a double or 64 bits, no name with a NUL, no half of
/// a character, no depth beyond 100; servers before 5.0 take no name with `.` or with `$` in front.
/// Such data is stored as near as it gets (`.` and `$` become `．` and `＄`), *not faithful*, with
/// its JSON beside it. For one thread.
final class BsonJson {
  /// Levels that a document of MongoDB may have, less those around the data.
  private static final int DEPTH_MAX = 90;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(1000)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  /// Data as it is stored.
  ///
  /// @param faithful whether [#json] makes the same values of it
  record Stored(BsonDocument data, boolean faithful) {}

  private boolean faithful = true;

  private BsonJson() {}

  // --- to BSON

  /// @throws StoreException `REFUSED` when it is no JSON object
  static Stored stored(byte[] json) {
    BsonJson reading = new BsonJson();
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), json)) {
      if (p.nextToken() != JsonToken.START_OBJECT) throw refused("no JSON object", null);
      BsonDocument data = reading.object(p, 1);
      if (p.nextToken() != null) throw refused("more than a JSON object", null);
      return new Stored(data, reading.faithful);
    } catch (JacksonException e) {
      throw refused(e.getOriginalMessage(), e);
    }
  }

  private static StoreException refused(String why, @Nullable Exception e) {
    return new StoreException(Kind.REFUSED, "the data is no JSON object: " + why, e);
  }

  private BsonDocument object(JsonParser p, int depth) {
    BsonDocument document = new BsonDocument();
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String name = name(p.currentName());
      p.nextToken();
      BsonValue value = value(p, depth);
      if (depth > DEPTH_MAX) continue;
      if (document.put(name, value) != null) faithful = false;
    }
    return document;
  }

  private BsonArray array(JsonParser p, int depth) {
    BsonArray array = new BsonArray();
    while (p.nextToken() != JsonToken.END_ARRAY) {
      BsonValue value = value(p, depth);
      if (depth <= DEPTH_MAX) array.add(value);
    }
    return array;
  }

  private BsonValue value(JsonParser p, int depth) {
    if (depth > DEPTH_MAX) faithful = false;
    return switch (p.currentToken()) {
      case START_OBJECT -> object(p, depth + 1);
      case START_ARRAY -> array(p, depth + 1);
      case VALUE_STRING -> new BsonString(whole(p.getString()));
      case VALUE_NUMBER_INT -> integer(p.getString());
      case VALUE_NUMBER_FLOAT -> fraction(p.getString());
      case VALUE_TRUE -> BsonBoolean.TRUE;
      case VALUE_FALSE -> BsonBoolean.FALSE;
      case VALUE_NULL -> BsonNull.VALUE;
      case null, default -> throw refused("an unexpected end", null);
    };
  }

  private String name(String name) {
    String nearest = whole(name);
    if (nearest.startsWith("$")) nearest = '＄' + nearest.substring(1);
    nearest = nearest.replace('.', '．').replace('\0', '␀');
    if (!nearest.equals(name)) faithful = false;
    return nearest;
  }

  private String whole(String text) {
    if (StandardCharsets.UTF_8.newEncoder().canEncode(text)) return text;
    faithful = false;
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  private BsonValue integer(String digits) {
    if (digits.length() <= 20) {
      try {
        long n = Long.parseLong(digits);
        if (n == 0 && digits.startsWith("-")) faithful = false;
        return n == (int) n ? new BsonInt32((int) n) : new BsonInt64(n);
      } catch (NumberFormatException e) {
        return fraction(digits);
      }
    }
    return fraction(digits);
  }

  private BsonValue fraction(String digits) {
    double n = Double.parseDouble(digits);
    boolean same = Double.isFinite(n) && JsonObjects.number(n).equals(digits);
    if (!same) faithful = false;
    return new BsonDouble(Double.isFinite(n) ? n : Math.copySign(Double.MAX_VALUE, n));
  }

  // --- to JSON

  /// Data as JSON; of values that only BSON knows what JavaScript makes of them.
  static byte[] json(BsonValue data) {
    StringBuilder out = new StringBuilder(256);
    if (data.isDocument()) {
      write(data, out);
    } else {
      // Others may have stored a value; clients know it as this.
      out.append("{\"value\":");
      write(data, out);
      out.append('}');
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void write(BsonValue value, StringBuilder out) {
    switch (value.getBsonType()) {
      case DOCUMENT -> members(value.asDocument(), out);
      case ARRAY -> {
        out.append('[');
        boolean first = true;
        for (BsonValue e : value.asArray()) {
          if (!first) out.append(',');
          first = false;
          write(e, out);
        }
        out.append(']');
      }
      case STRING -> quote(value.asString().getValue(), out);
      case SYMBOL -> quote(value.asSymbol().getSymbol(), out);
      case JAVASCRIPT -> quote(value.asJavaScript().getCode(), out);
      case BOOLEAN -> out.append(value.asBoolean().getValue());
      case INT32 -> out.append(value.asInt32().getValue());
      case INT64 -> out.append(value.asInt64().getValue());
      case DOUBLE -> {
        double n = value.asDouble().getValue();
        out.append(Double.isFinite(n) ? JsonObjects.number(n) : "null");
      }
      case DECIMAL128 -> {
        var n = value.asDecimal128().getValue();
        out.append(n.isFinite() ? JsonObjects.number(n.doubleValue()) : "null");
      }
      case DATE_TIME -> quote(Instant.ofEpochMilli(value.asDateTime().getValue()).toString(), out);
      case OBJECT_ID -> quote(value.asObjectId().getValue().toHexString(), out);
      case BINARY -> quote(Base64.getEncoder().encodeToString(value.asBinary().getData()), out);
      case REGULAR_EXPRESSION -> out.append("{}");
      case TIMESTAMP -> out.append(value.asTimestamp().getTime());
      case NULL, UNDEFINED, MIN_KEY, MAX_KEY, DB_POINTER, JAVASCRIPT_WITH_SCOPE, END_OF_DOCUMENT ->
          out.append("null");
    }
  }

  private static void members(BsonDocument document, StringBuilder out) {
    out.append('{');
    boolean first = true;
    for (Map.Entry<String, BsonValue> e : document.entrySet()) {
      if (!first) out.append(',');
      first = false;
      quote(e.getKey(), out);
      out.append(':');
      write(e.getValue(), out);
    }
    out.append('}');
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    JsonStringEncoder.getInstance().quoteAsString(text, out);
    out.append('"');
  }
}
