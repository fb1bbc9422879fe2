package io.muster.store.core;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;

/// Numbers that are counted inside JSON objects: `{"gauge": {"value": 3}}`.
public final class JsonGauge {
  private static final JsonFactory JSON = new JsonFactory();
  private static final byte[] EMPTY = {'{', '}'};

  /// Whole numbers of this size are written without a point; beyond it a double has gaps.
  private static final double EXACT = 1L << 53;

  private JsonGauge() {}

  /// Adds to a gauge; what is absent begins at 0, all other members are kept.
  ///
  /// @return a JSON object
  /// @throws IllegalArgumentException when `old` is no JSON object, the gauge is there but no
  ///     number in an object, or the sum is not finite
  public static byte[] add(byte[] old, String gauge, double amount) {
    byte[] inner = member(old, gauge);
    double sum = (inner == null ? 0 : value(inner, gauge)) + amount;
    if (!Double.isFinite(sum)) {
      throw new IllegalArgumentException("the gauge '" + gauge + "' would leave all bounds");
    }
    byte[] value = text(sum).getBytes(StandardCharsets.US_ASCII);
    byte[] counted = JsonMerge.merge(inner == null ? EMPTY : inner, object("value", value));
    return JsonMerge.merge(old, object(gauge, counted));
  }

  private static double value(byte[] inner, String gauge) {
    byte[] value = inner[0] == '{' ? member(inner, "value") : null;
    if (value != null && (value[0] == '-' || (value[0] >= '0' && value[0] <= '9'))) {
      return Double.parseDouble(new String(value, StandardCharsets.US_ASCII));
    }
    throw new IllegalArgumentException("the member '" + gauge + "' is no gauge");
  }

  private static String text(double n) {
    return n == Math.rint(n) && Math.abs(n) < EXACT ? Long.toString((long) n) : Double.toString(n);
  }

  private static byte[] object(String name, byte[] value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(name.length() + value.length + 8);
    out.write('{');
    out.write('"');
    out.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(name));
    out.write('"');
    out.write(':');
    out.writeBytes(value);
    out.write('}');
    return out.toByteArray();
  }

  /// The bytes of a member's value, the last one of that name; null when there is none.
  private static byte @Nullable [] member(byte[] object, String name) {
    byte[] found = null;
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), object)) {
      if (p.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("not a JSON object");
      }
      while (p.nextToken() != JsonToken.END_OBJECT) {
        boolean wanted = p.currentName().equals(name);
        p.nextToken();
        int from = (int) p.currentTokenLocation().getByteOffset();
        p.skipChildren();
        p.finishToken();
        int to = (int) p.currentLocation().getByteOffset();
        if (wanted) found = Arrays.copyOfRange(object, from, to);
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException("not a JSON object: " + e.getOriginalMessage(), e);
    }
    return found;
  }
}
