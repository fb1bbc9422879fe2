package io.muster.plugins.store.database;

import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.Write;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;

/// Changes of JSON objects that keep the bytes of every value they do not touch, and so the order
/// of members and the digits of numbers.
public final class JsonObjects {
  private static final JsonFactory JSON = new JsonFactory();

  /// Whole numbers of this size are written without a point; beyond it a double has gaps.
  private static final double EXACT = 1L << 53;

  private JsonObjects() {}

  private record Slice(byte[] bytes, int from, int to) {
    String text() {
      return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }
  }

  /// The data of a record after a write.
  ///
  /// @param old the data before, null when there is no record
  /// @param bytesMax the largest record
  /// @throws StoreException `REFUSED` when the write cannot be applied to `old`
  public static byte[] after(byte @Nullable [] old, Write write, long bytesMax) {
    byte[] data =
        switch (write) {
          case Write.Put p -> p.data();
          case Write.Merge m -> merged(old, m.data());
          case Write.Increment i -> counted(old, i.gauge(), i.amount());
        };
    if (data.length <= bytesMax) return data;
    throw refused("the record would have " + data.length + " bytes, at most " + bytesMax, null);
  }

  /// Looks at the condition of a write.
  ///
  /// @param there whether there is a record now
  /// @throws StoreException `UNMET` when it does not hold
  public static void require(Write write, boolean there) {
    boolean met =
        switch (write.when()) {
          case ALWAYS -> true;
          case PRESENT -> there;
          case ABSENT -> !there;
        };
    if (met) return;
    String why = there ? " is there already" : " is not there";
    throw new StoreException(Kind.UNMET, "nothing was written: " + write.path() + why, null);
  }

  private static StoreException refused(String why, @Nullable Exception e) {
    return new StoreException(Kind.REFUSED, why, e);
  }

  private static byte[] merged(byte @Nullable [] old, byte[] change) {
    Map<String, Slice> members = new LinkedHashMap<>();
    if (old != null) read(old, members);
    read(change, members);
    return old == null ? change : text(members);
  }

  private static byte[] counted(byte @Nullable [] old, String gauge, double amount) {
    Map<String, Slice> members = new LinkedHashMap<>();
    if (old != null) read(old, members);
    Map<String, Slice> inner = new LinkedHashMap<>();
    Slice before = members.get(gauge);
    double value = 0;
    if (before != null) {
      String number = "";
      if (before.bytes[before.from] == '{') {
        read(before.text().getBytes(StandardCharsets.UTF_8), inner);
        Slice v = inner.get("value");
        number = v == null ? "" : v.text();
      }
      if (!number.matches("-?[0-9].*"))
        throw refused("the member '" + gauge + "' is no gauge", null);
      value = Double.parseDouble(number);
    }
    double sum = value + amount;
    if (!Double.isFinite(sum)) {
      throw refused("the gauge '" + gauge + "' would leave all bounds", null);
    }
    inner.put("value", whole(number(sum).getBytes(StandardCharsets.US_ASCII)));
    members.put(gauge, whole(text(inner)));
    return text(members);
  }

  /// A double as JSON: whole ones without a point.
  public static String number(double n) {
    return n == Math.rint(n) && Math.abs(n) < EXACT ? Long.toString((long) n) : Double.toString(n);
  }

  private static Slice whole(byte[] bytes) {
    return new Slice(bytes, 0, bytes.length);
  }

  private static byte[] text(Map<String, Slice> members) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    out.write('{');
    boolean first = true;
    for (Map.Entry<String, Slice> e : members.entrySet()) {
      if (!first) out.write(',');
      first = false;
      out.write('"');
      out.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(e.getKey()));
      out.write('"');
      out.write(':');
      Slice v = e.getValue();
      out.write(v.bytes, v.from, v.to - v.from);
    }
    out.write('}');
    return out.toByteArray();
  }

  private static void read(byte[] object, Map<String, Slice> into) {
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), object)) {
      if (p.nextToken() != JsonToken.START_OBJECT) throw refused("not a JSON object", null);
      while (p.nextToken() != JsonToken.END_OBJECT) {
        String key = p.currentName();
        p.nextToken();
        int from = (int) p.currentTokenLocation().getByteOffset();
        p.skipChildren();
        p.finishToken();
        int to = (int) p.currentLocation().getByteOffset();
        into.put(key, new Slice(object, from, to));
      }
      if (p.nextToken() != null) throw refused("more than a JSON object", null);
    } catch (JacksonException e) {
      throw refused("not a JSON object: " + e.getOriginalMessage(), e);
    }
  }
}
