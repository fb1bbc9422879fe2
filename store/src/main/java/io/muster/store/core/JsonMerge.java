package io.muster.store.core;

import java.io.ByteArrayOutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;

/// Shallow merge of JSON objects: members of the change replace members of the old object, bytes of
/// the values kept as they are.
public final class JsonMerge {
  private static final JsonFactory JSON = new JsonFactory();

  private JsonMerge() {}

  private record Slice(byte[] bytes, int from, int to) {}

  /// @return a JSON object with the members of both, the change's last
  /// @throws IllegalArgumentException when either is no JSON object
  public static byte[] merge(byte[] old, byte[] change) {
    Map<String, Slice> members = new LinkedHashMap<>();
    read(old, members);
    read(change, members);
    ByteArrayOutputStream out = new ByteArrayOutputStream(old.length + change.length);
    out.write('{');
    boolean first = true;
    for (Map.Entry<String, Slice> e : members.entrySet()) {
      if (!first) out.write(',');
      first = false;
      out.writeBytes(quoted(e.getKey()));
      out.write(':');
      Slice v = e.getValue();
      out.write(v.bytes, v.from, v.to - v.from);
    }
    out.write('}');
    return out.toByteArray();
  }

  private static byte[] quoted(String key) {
    byte[] inner = JsonStringEncoder.getInstance().quoteAsUTF8(key);
    byte[] all = new byte[inner.length + 2];
    all[0] = '"';
    System.arraycopy(inner, 0, all, 1, inner.length);
    all[all.length - 1] = '"';
    return all;
  }

  private static void read(byte[] object, Map<String, Slice> into) {
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), object)) {
      if (p.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("not a JSON object");
      }
      while (p.nextToken() != JsonToken.END_OBJECT) {
        String key = p.currentName();
        p.nextToken();
        int from = (int) p.currentTokenLocation().getByteOffset();
        p.skipChildren();
        p.finishToken();
        int to = (int) p.currentLocation().getByteOffset();
        into.put(key, new Slice(object, from, to));
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException("not a JSON object: " + e.getOriginalMessage(), e);
    }
  }
}
