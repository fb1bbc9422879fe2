package io.muster.protocols.happn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// Parses envelopes by streaming: `data` is validated and kept as a slice, never built as a tree.
/// Safe on any thread.
final class RequestParser {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(500)
                  .maxStringLength(256 << 20)
                  .maxNumberLength(1000)
                  .build())
          .build();

  /// Names that custom metadata may not use.
  private static final Set<String> RESERVED =
      Set.of(
          "created",
          "modified",
          "path",
          "action",
          "type",
          "published",
          "status",
          "eventId",
          "sessionId");

  /// Kinds of `upsertType`: a plain set, one of what is there, one of what is not, and one of many
  /// that tell nobody.
  private static final int UPSERT = 0;

  static final int UPDATE = 1;
  static final int INSERT = 2;
  static final int BULK = 3;

  private RequestParser() {}

  /// A frame that is JSON but no request, or no JSON at all; its event id where it could be read.
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1;
    final long eventId;
    final String action;

    Unreadable(String message, Request partly) {
      super(message, null, false, false);
      this.eventId = partly.eventId;
      this.action = partly.action;
    }
  }

  static Request parse(byte[] frame) throws Unreadable {
    Request r = new Request();
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), frame)) {
      if (p.nextToken() != JsonToken.START_OBJECT) throw new Unreadable("not a request", r);
      while (p.nextToken() != JsonToken.END_OBJECT) {
        String name = p.currentName();
        JsonToken value = p.nextToken();
        switch (name) {
          case "action" -> {
            r.action = value == JsonToken.VALUE_STRING ? p.getString() : "";
            p.skipChildren();
          }
          case "eventId" -> {
            if (value == JsonToken.VALUE_NUMBER_INT) r.eventId = p.getLongValue();
            else p.skipChildren();
          }
          case "path" -> {
            r.pathGiven = true;
            if (value == JsonToken.VALUE_STRING) r.path = p.getString();
            else p.skipChildren();
          }
          case "sessionId" -> {
            if (value == JsonToken.VALUE_STRING) r.sessionId = slice(p, frame);
            else p.skipChildren();
          }
          case "data" -> data(p, frame, value, r);
          case "options" -> {
            if (value == JsonToken.START_OBJECT) {
              r.options = new Request.Options();
              options(p, frame, r.options, false);
            } else {
              p.skipChildren();
            }
          }
          case "encrypted" -> {
            r.options = r.options == Request.Options.NONE ? new Request.Options() : r.options;
            r.options.unsupported = "Encrypted payloads are no longer supported";
            p.skipChildren();
          }
          default -> p.skipChildren();
        }
      }
      if (p.nextToken() != null) throw new Unreadable("more than one value in a frame", r);
      return r;
    } catch (JacksonException e) {
      throw new Unreadable(String.valueOf(e.getOriginalMessage()), r);
    }
  }

  /// The bytes of the value the parser stands on; steps over it.
  static byte[] slice(JsonParser p, byte[] frame) {
    int from = (int) p.currentTokenLocation().getByteOffset();
    p.skipChildren();
    p.finishToken();
    int to = (int) p.currentLocation().getByteOffset();
    return Arrays.copyOfRange(frame, from, to);
  }

  private static void data(JsonParser p, byte[] frame, JsonToken value, Request r) {
    if (value == JsonToken.VALUE_NULL) {
      r.dataKind = Request.Kind.NULL;
      return;
    }
    if (value != JsonToken.START_OBJECT) {
      r.dataKind = Request.Kind.OTHER;
      r.data = slice(p, frame);
      return;
    }
    r.dataKind = Request.Kind.OBJECT;
    int from = (int) p.currentTokenLocation().getByteOffset();
    boolean hasMeta = false;
    while (p.nextToken() != JsonToken.END_OBJECT) {
      if (p.currentName().equals("_meta")) hasMeta = true;
      p.nextToken();
      p.skipChildren();
    }
    byte[] all = Arrays.copyOfRange(frame, from, (int) p.currentLocation().getByteOffset());
    r.data = hasMeta ? withoutMeta(all) : all;
  }

  private static byte[] withoutMeta(byte[] object) {
    JsonOut out = new JsonOut(object.length);
    out.raw('{');
    boolean first = true;
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), object)) {
      p.nextToken();
      while (p.nextToken() != JsonToken.END_OBJECT) {
        String name = p.currentName();
        p.nextToken();
        byte[] value = slice(p, object);
        if (name.equals("_meta")) continue;
        if (!first) out.raw(',');
        first = false;
        out.string(name).raw(':').raw(value);
      }
    }
    return out.raw('}').toBytes();
  }

  /// @param inner whether these are the `options` of the options: of a query that is told twice
  ///     the outer criteria and sort count, and the inner fields
  private static void options(JsonParser p, byte[] frame, Request.Options o, boolean inner) {
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String name = p.currentName();
      JsonToken v = p.nextToken();
      boolean yes = v == JsonToken.VALUE_TRUE;
      boolean something = v != JsonToken.VALUE_NULL && v != JsonToken.VALUE_FALSE;
      switch (name) {
        case "merge" -> o.merge = yes;
        case "noStore" -> o.noStore = yes;
        case "noPublish" -> o.noPublish = yes;
        case "noDataResponse" -> o.noDataResponse = yes;
        case "publishResults" -> o.publishResults = yes;
        case "noCluster" -> o.noCluster = yes;
        case "nullValue" -> o.nullValue = yes;
        case "path_only" -> o.pathOnly = yes;
        case "initialCallback" -> o.initialCallback = yes;
        case "initialEmit" -> o.initialEmit = yes;
        case "consistency" -> {
          if (v == JsonToken.VALUE_NUMBER_INT) o.consistency = p.getIntValue();
        }
        case "depth" -> {
          if (v == JsonToken.VALUE_NUMBER_INT) o.depth = Math.clamp(p.getLongValue(), 0, 1000);
        }
        case "skip" -> {
          if (v == JsonToken.VALUE_NUMBER_INT) o.skip = Math.max(0, p.getLongValue());
        }
        case "limit" -> {
          if (v == JsonToken.VALUE_NUMBER_INT) o.limit = Math.max(0, p.getLongValue());
        }
        case "position" -> o.position = yes;
        case "since" -> {
          if (v == JsonToken.VALUE_STRING) o.since = p.getString();
          else if (something) o.since = "";
        }
        case "referenceId" -> {
          if (v == JsonToken.VALUE_STRING) o.referenceId = p.getString();
        }
        case "refCount" -> {
          if (v == JsonToken.VALUE_NUMBER_INT || v == JsonToken.VALUE_STRING) {
            o.refCount = p.getString();
          }
        }
        case "listenerId" -> {
          if (v == JsonToken.VALUE_NUMBER_INT) o.listenerId = p.getString();
        }
        case "targetClients" -> {
          if (v == JsonToken.START_ARRAY) o.targets = texts(p);
        }
        case "meta" -> {
          if (v == JsonToken.START_OBJECT) o.meta = meta(p, frame);
        }
        case "options" -> {
          if (v == JsonToken.START_OBJECT) options(p, frame, o, true);
        }
        case "criteria" -> {
          if (something && (!inner || o.criteria == null)) o.criteria = slice(p, frame);
        }
        case "sort" -> {
          if (something && (!inner || o.sort == null)) o.sort = slice(p, frame);
        }
        case "fields" -> {
          if (something && (inner || o.fields == null)) o.fields = slice(p, frame);
        }
        case "aggregate", "collation" -> {
          if (something && !"aggregate".equals(o.feature)) o.feature = name;
        }
        case "onBehalfOf" -> {
          if (v == JsonToken.VALUE_STRING) o.onBehalfOf = p.getString();
        }
        case "increment" -> {
          if (v != JsonToken.VALUE_NULL) {
            o.increment = v.isNumeric() ? (Double) p.getDoubleValue() : (Double) Double.NaN;
          }
        }
        case "upsertType" -> {
          int type = v == JsonToken.VALUE_NUMBER_INT ? p.getIntValue() : -1;
          if (type >= UPSERT && type <= BULK) {
            o.upsertType = type;
          } else {
            if (something) o.unsupported = "option 'upsertType' must be 0, 1, 2 or 3";
          }
        }
        default -> {}
      }
      p.skipChildren();
    }
  }

  private static List<String> texts(JsonParser p) {
    List<String> all = new ArrayList<>();
    while (p.nextToken() != JsonToken.END_ARRAY) {
      if (p.currentToken() == JsonToken.VALUE_STRING) all.add(p.getString());
      else p.skipChildren();
    }
    return all;
  }

  /// The inside of the object, without reserved names; null when nothing is left.
  private static byte @Nullable [] meta(JsonParser p, byte[] frame) {
    JsonOut out = new JsonOut(64);
    boolean first = true;
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String name = p.currentName();
      p.nextToken();
      byte[] value = slice(p, frame);
      if (RESERVED.contains(name)) continue;
      if (!first) out.raw(',');
      first = false;
      out.string(name).raw(':').raw(value);
    }
    return first ? null : out.toBytes();
  }
}
