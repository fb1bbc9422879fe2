package io.muster.protocols.happn;

import io.muster.realtime.Realtime;
import io.muster.realtime.Receipt;
import io.muster.spi.store.FieldPath.Meta;
import io.muster.spi.store.JsonText;
import io.muster.spi.store.PathRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The frames a client gets for its requests, as JSON text. Confined to one lane by its scratch
/// buffer.
final class Answers {
  /// Metadata that clients may ask for by name.
  private static final List<Meta> SHOWN =
      List.of(Meta.PATH, Meta.CREATED, Meta.MODIFIED, Meta.CREATED_BY, Meta.MODIFIED_BY);

  private final JsonOut out;

  Answers(JsonOut out) {
    this.out = out;
  }

  private void meta(
      Request r, String status, boolean published, @Nullable PathRecord record, String extra) {
    out.raw('{');
    if (record != null) {
      recordMeta(record);
      out.raw(',');
    }
    endMeta(r, status, published, extra);
  }

  private void endMeta(Request r, String status, boolean published, String extra) {
    out.raw(extra);
    out.raw("\"published\":").raw(published ? "true" : "false");
    out.raw(",\"type\":\"response\",\"status\":\"").raw(status).raw('"');
    if (r.eventId >= 0) out.raw(",\"eventId\":").number(r.eventId);
    if (r.sessionId != null) out.raw(",\"sessionId\":").raw(r.sessionId);
    out.raw(",\"action\":").string(r.action).raw('}');
  }

  private void recordMeta(PathRecord r) {
    out.raw("\"path\":").string(r.path());
    out.raw(",\"created\":").number(r.created()).raw(",\"modified\":").number(r.modified());
    if (r.modifiedBy() != null) out.raw(",\"modifiedBy\":").string(r.modifiedBy());
  }

  /// The metadata that was asked for.
  ///
  /// @return whether there is any
  private boolean recordMeta(PathRecord r, Fields fields) {
    String comma = "";
    for (Meta m : SHOWN) {
      if (!fields.shows(m)) continue;
      if (m == Meta.MODIFIED_BY && r.modifiedBy() == null) continue;
      if (m == Meta.CREATED_BY && r.createdBy() == null) continue;
      out.raw(comma).string(m.word()).raw(':').raw(JsonText.write(m.of(r)));
      comma = ",";
    }
    return !comma.isEmpty();
  }

  private byte[] end(String protocol) {
    return out.raw(",\"protocol\":").string(protocol).raw('}').toBytes();
  }

  /// `data` as it is.
  byte[] plain(Request r, String protocol, byte[] data) {
    out.clear().raw("{\"data\":").raw(data).raw(",\"_meta\":");
    meta(r, "ok", false, null, "");
    return end(protocol);
  }

  /// The answer to `request-nonce`.
  byte[] nonce(Request r, String protocol, byte[] quoted) {
    out.clear().raw("{\"nonce\":").raw(quoted).raw(",\"data\":{\"nonce\":").raw(quoted);
    out.raw("},\"_meta\":");
    meta(r, "ok", false, null, "");
    return end(protocol);
  }

  /// What a session is told of a change of users and rights.
  byte[] told(String what, byte[] data, String protocol) {
    out.clear().raw("{\"_meta\":{\"type\":\"system\"},\"eventKey\":\"security-data-changed\"");
    out.raw(",\"data\":{\"whatHappnd\":").string(what).raw(",\"changedData\":").raw(data).raw('}');
    return end(protocol);
  }

  /// Tells how a subscription that went on from a position fared, before what it missed.
  ///
  /// @param where the client is until it has got that
  byte[] resumed(String protocol, String channel, Realtime.Resumed how, String where) {
    out.clear().raw("{\"_meta\":{\"type\":\"system\"},\"eventKey\":\"subscription-resumed\"");
    out.raw(",\"data\":{\"channel\":").string(channel);
    out.raw(",\"recovered\":").raw(how.recovered() ? "true" : "false");
    out.raw(",\"reason\":").string(how.reason());
    out.raw(",\"missed\":").number(how.missed().size());
    out.raw(",\"position\":").string(where).raw('}');
    return end(protocol);
  }

  /// The answer to a write.
  ///
  /// @param record the record after it, or null where there are no stamps to tell
  /// @param extra further members of `_meta`, each with a comma behind it
  byte[] written(
      Request r,
      String protocol,
      byte @Nullable [] data,
      boolean published,
      @Nullable PathRecord record,
      String extra) {
    out.clear().raw('{');
    if (data != null) out.raw("\"data\":").raw(data).raw(',');
    out.raw("\"_meta\":");
    meta(r, "ok", published, record, extra);
    return end(protocol);
  }

  /// The short answer to `noDataResponse`.
  byte[] brief(Request r, boolean published) {
    out.clear().raw("{\"_meta\":{\"path\":").string(r.path == null ? "" : r.path);
    if (r.eventId >= 0) out.raw(",\"eventId\":").number(r.eventId);
    out.raw(",\"type\":\"response\",\"status\":\"ok\",\"published\":");
    out.raw(published ? "true}" : "false}");
    // The short answer has no protocol member.
    return out.raw('}').toBytes();
  }

  /// One record or null.
  ///
  /// @param fields what is to be seen of its metadata, or null for all; its data is that already
  byte[] single(Request r, String protocol, @Nullable PathRecord record, @Nullable Fields fields) {
    out.clear().raw("{\"data\":");
    if (record == null) out.raw("null");
    else out.raw(record.data());
    out.raw(",\"_meta\":");
    if (record == null || fields == null) {
      meta(r, "ok", false, record, "");
    } else {
      out.raw('{');
      if (recordMeta(record, fields)) out.raw(',');
      endMeta(r, "ok", false, "");
    }
    return end(protocol);
  }

  /// A bare array with the meta object as its last element.
  ///
  /// @param fields as for a single one
  byte[] list(Request r, List<PathRecord> records, @Nullable Fields fields) {
    out.clear().raw('[');
    for (PathRecord record : records) {
      if (r.options.pathOnly) out.raw("{\"_meta\":{\"path\":").string(record.path()).raw("}}");
      else withMeta(record, fields);
      out.raw(',');
    }
    meta(r, "ok", false, null, "");
    return out.raw(']').toBytes();
  }

  private void withMeta(PathRecord record) {
    withMeta(record, null);
  }

  private void withMeta(PathRecord record, @Nullable Fields fields) {
    byte[] data = record.data();
    int brace = data.length - 1;
    int last = brace - 1;
    while (last > 0 && data[last] <= ' ') last--;
    out.raw(data, 0, brace);
    if (data[last] != '{') out.raw(',');
    out.raw("\"_meta\":{");
    if (fields == null) recordMeta(record);
    else recordMeta(record, fields);
    out.raw("}}");
  }

  /// The answer to `on` with initial values.
  byte[] initial(Request r, String protocol, List<PathRecord> records, String reference) {
    out.clear().raw("{\"data\":[");
    boolean first = true;
    for (PathRecord record : records) {
      if (!first) out.raw(',');
      first = false;
      withMeta(record);
    }
    out.raw("],\"_meta\":");
    meta(r, "ok", false, null, "\"referenceId\":\"" + reference + "\",");
    return end(protocol);
  }

  /// An initial value as the reference pushes it to its oldest clients: an event whose action and
  /// path are those of the request, and whose data carries the record's stamps.
  ///
  /// @param origin the user of the session, or null on unsecured clusters
  byte[] pushed(
      Request r, String protocol, PathRecord record, String session, @Nullable String origin) {
    String channel = r.path == null ? "" : r.path;
    out.clear().raw("{\"data\":");
    withMeta(record);
    out.raw(",\"_meta\":{\"action\":").string("/ON@" + channel);
    out.raw(",\"type\":\"data\",\"sessionId\":").string(session);
    out.raw(",\"consistency\":2,\"publicationId\":").string(session + "-" + r.eventId);
    out.raw(",\"path\":").string(channel);
    if (origin != null) {
      out.raw(",\"eventOrigin\":{\"username\":").string(origin);
      out.raw(",\"id\":").string(session).raw('}');
    }
    out.raw(",\"channel\":").string(channel).raw('}');
    return end(protocol);
  }

  byte[] error(Request r, String protocol, String name, int code, String message, String more) {
    out.clear().raw("{\"data\":null,\"_meta\":");
    out.raw("{\"type\":\"response\",\"status\":\"error\",\"published\":false");
    if (r.eventId >= 0) out.raw(",\"eventId\":").number(r.eventId);
    if (r.sessionId != null) out.raw(",\"sessionId\":").raw(r.sessionId);
    out.raw(",\"action\":").string(r.action);
    out.raw(",\"error\":{\"name\":").string(name);
    if (code > 0) out.raw(",\"code\":").number(code);
    out.raw(",\"message\":").string(message).raw(more).raw("}}");
    return end(protocol);
  }

  byte[] acknowledgement(
      String publicationId, long eventId, String protocol, int ok, int failed, int skipped) {
    out.clear().raw("{\"id\":").string(publicationId).raw(",\"action\":\"publication-ack\"");
    out.raw(",\"result\":").raw(results(ok, failed, skipped)).raw(",\"status\":\"ok\"");
    out.raw(",\"_meta\":{\"type\":\"ack\",\"eventId\":").number(eventId).raw('}');
    return end(protocol);
  }

  /// The acknowledgement of a publication that its recipients confirm.
  ///
  /// @param error what went wrong, or null
  byte[] receipt(
      String publicationId,
      long eventId,
      String protocol,
      Receipt receipt,
      @Nullable String error) {
    String counts = results(receipt.successful(), receipt.failed(), receipt.skipped());
    out.clear().raw("{\"id\":").string(publicationId).raw(",\"action\":\"publication-ack\"");
    out.raw(",\"result\":").raw(counts.substring(0, counts.length() - 1));
    out.raw(",\"acknowledged\":").number(receipt.acknowledged()).raw("},\"status\":");
    out.raw(error == null ? "\"ok\"" : "\"error\"");
    if (error != null) out.raw(",\"error\":").string(error);
    out.raw(",\"_meta\":{\"type\":\"ack\",\"eventId\":").number(eventId).raw('}');
    return end(protocol);
  }

  static String results(int ok, int failed, int skipped) {
    return "{\"successful\":"
        + ok
        + ",\"failed\":"
        + failed
        + ",\"skipped\":"
        + skipped
        + ",\"queued\":"
        + (ok + failed)
        + "}";
  }

  byte[] ended(String reason) {
    out.clear().raw("{\"_meta\":{\"type\":\"system\"},\"data\":{\"reason\":").string(reason);
    return out.raw("},\"eventKey\":\"server-side-disconnect\"}").toBytes();
  }
}
