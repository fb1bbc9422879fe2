package io.muster.protocols.happn;

import io.muster.kernel.Traces;
import io.muster.realtime.Action;
import io.muster.realtime.Publication;
import io.muster.realtime.Realtime;
import io.muster.realtime.Receipt;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.Write;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// `set` and `remove`: the write, its events and its answer. No state; called on the session's
/// lane.
final class Writes {
  private static final byte[] NULL_VALUE = "{\"value\":null}".getBytes(StandardCharsets.US_ASCII);
  private static final int ACKNOWLEDGED = 3;

  /// Parts of a trace.
  private static final String STORED = "store proposal";

  private static final String PUBLISHED = "publish";
  private static final byte[] NULL = {'n', 'u', 'l', 'l'};
  private final HappnProtocol.Faces faces;

  Writes(HappnProtocol.Faces faces) {
    this.faces = faces;
  }

  void set(HappnSession s, Request r) {
    if (!s.may(r, io.muster.access.Action.SET, r.path) || !s.supported(r)) return;
    Request.Options o = r.options;
    String why = Paths.objection(r.path, true);
    if (why != null) {
      s.badPath(r, why);
      return;
    }
    byte[] data = stored(r);
    r.trace = Traces.request("happn set", r.path);
    if (o.noStore) {
      s.queue()
          .add(
              () ->
                  publishAndAnswer(
                      s,
                      r,
                      publication(s, r, Action.SET, data, null, null),
                      data,
                      null,
                      pathMember(r)));
      return;
    }
    String objection = faces.writeObjection().get();
    if (objection != null) {
      r.trace.end();
      s.refuse(r, "SystemError", 503, objection);
      return;
    }
    if (o.upsertType == RequestParser.BULK) o.noPublish = true;
    String path = String.valueOf(r.path);
    if (o.increment != null && !o.merge) {
      increment(s, r, path, o.increment);
      return;
    }
    var written =
        faces
            .store()
            .write(
                o.merge
                    ? new Write.Merge(path, data, r.by, when(o))
                    : new Write.Put(path, data, r.by, when(o)));
    r.trace.part(STORED, written);
    s.writing(1);
    s.queue()
        .add(
            written,
            () -> {
              s.writing(-1);
              if (written.isCompletedExceptionally()) {
                r.trace.end();
                s.storeFailed(r, written);
                return null;
              }
              PathRecord record = written.join().record();
              Publication p =
                  publication(s, r, Action.SET, record.data(), o.merge ? data : null, record);
              return publishAndAnswer(s, r, p, record.data(), record, "");
            });
  }

  private static Write.When when(Request.Options o) {
    return switch (o.upsertType) {
      case RequestParser.UPDATE -> Write.When.PRESENT;
      case RequestParser.INSERT -> Write.When.ABSENT;
      default -> Write.When.ALWAYS;
    };
  }

  /// Counts a gauge. Event and answer show its name and value, and no record.
  private void increment(HappnSession s, Request r, String path, double amount) {
    byte[] quoted = r.data;
    if (quoted == null || quoted[0] != '"') {
      r.trace.end();
      s.refuse(r, "SystemError", 500, "invalid increment counter field name, must be a string");
      return;
    }
    if (!Double.isFinite(amount)) {
      r.trace.end();
      s.refuse(r, "SystemError", 500, "increment option value must be a number");
      return;
    }
    String gauge = Login.text(quoted);
    var counted = faces.store().write(new Write.Increment(path, gauge, amount, r.by));
    r.trace.part(STORED, counted);
    s.writing(1);
    s.queue()
        .add(
            counted,
            () -> {
              s.writing(-1);
              if (counted.isCompletedExceptionally()) {
                r.trace.end();
                s.storeFailed(r, counted);
                return null;
              }
              byte[] inner = Login.rawMember(counted.join().record().data(), gauge);
              byte[] value = Login.rawMember(inner, "value");
              JsonOut out = new JsonOut(64).raw("{\"value\":");
              out.raw(value == null ? NULL : value).raw(",\"gauge\":").raw(quoted).raw('}');
              byte[] shown = out.toBytes();
              Publication p = publication(s, r, Action.SET, shown, null, null);
              return publishAndAnswer(s, r, p, shown, null, "");
            });
  }

  private static String pathMember(Request r) {
    JsonOut out = new JsonOut(64).raw("\"path\":").string(String.valueOf(r.path)).raw(',');
    return new String(out.toBytes(), StandardCharsets.UTF_8);
  }

  /// What is stored for the data given: objects as they are, the rest under `value`.
  private static byte[] stored(Request r) {
    byte[] data = r.data;
    if (data == null) return NULL_VALUE;
    if (r.dataKind == Request.Kind.OBJECT) return data;
    return new JsonOut(data.length + 16).raw("{\"value\":").raw(data).raw('}').toBytes();
  }

  private static Publication publication(
      HappnSession s,
      Request r,
      Action action,
      byte[] data,
      byte @Nullable [] change,
      @Nullable PathRecord record) {
    Request.Options o = r.options;
    return new Publication(
        action,
        String.valueOf(r.path),
        data,
        change,
        s.session(),
        Math.max(0, r.eventId),
        record == null ? 0 : record.created(),
        record == null ? 0 : record.modified(),
        0,
        o.consistency,
        o.meta,
        r.by,
        r.by == null ? null : s.session(),
        o.targets,
        o.noCluster);
  }

  /// Events first, then the answer; with DEFERRED the other way round and an acknowledgement.
  private RequestQueue.@Nullable Wait publishAndAnswer(
      HappnSession s,
      Request r,
      Publication p,
      byte[] data,
      @Nullable PathRecord record,
      String extra) {
    Request.Options o = r.options;
    if (o.noPublish) {
      answerWrite(s, r, data, record, false, extra);
      return null;
    }
    Realtime realtime = faces.realtime();
    if (o.consistency == ACKNOWLEDGED) {
      answerWrite(s, r, data, record, false, extra);
      String id = s.session() + "-" + p.eventId();
      CompletableFuture<Receipt> confirmed = realtime.publishAcknowledged(p);
      r.trace.part(PUBLISHED, confirmed);
      confirmed.whenComplete(
          (receipt, e) -> s.lane().execute(() -> acknowledged(s, id, p.eventId(), receipt, e)));
      return null;
    }
    if (o.consistency < 2) {
      answerWrite(s, r, data, record, false, extra);
      Realtime.Published done = published(r, realtime, p);
      s.connection()
          .send(
              s.answers()
                  .acknowledgement(
                      s.session() + "-" + p.eventId(),
                      p.eventId(),
                      s.protocolName(),
                      done.successful(),
                      done.failed(),
                      done.skipped()));
      CompletableFuture<Void> rest = done.rest();
      if (rest == null || !done.crowded()) return null;
      // Answered already, but its next request has to wait: a lane has too much to do.
      return new RequestQueue.Wait(
          rest,
          () -> {
            s.resume();
            return null;
          });
    }
    Realtime.Published done = published(r, realtime, p);
    String more =
        o.publishResults
            ? extra
                + "\"publishResults\":"
                + Answers.results(done.successful(), done.failed(), done.skipped())
                + ","
            : extra;
    if (done.rest() == null) {
      answerWrite(s, r, data, record, true, more);
      return null;
    }
    return new RequestQueue.Wait(
        done.rest(),
        () -> {
          answerWrite(s, r, data, record, true, more);
          return null;
        });
  }

  /// Publishes and measures it, until all who listen have it.
  private static Realtime.Published published(Request r, Realtime realtime, Publication p) {
    Traces.Trace part = r.trace.part(PUBLISHED);
    Realtime.Published done = realtime.publish(p);
    part.endWith(done.rest());
    return done;
  }

  /// Tells the publisher what became of a publication that recipients confirm.
  private static void acknowledged(
      HappnSession s,
      String id,
      long eventId,
      @Nullable Receipt receipt,
      @Nullable Throwable failure) {
    String error = null;
    if (receipt == null) error = failure == null ? "failed" : String.valueOf(failure.getMessage());
    else if (!receipt.complete()) error = "unacknowledged publication";
    Receipt shown = receipt == null ? new Receipt(0, 0, 0, 0, false) : receipt;
    s.connection().send(s.answers().receipt(id, eventId, s.protocolName(), shown, error));
  }

  private void answerWrite(
      HappnSession s,
      Request r,
      byte[] data,
      @Nullable PathRecord record,
      boolean published,
      String extra) {
    if (r.options.noDataResponse && s.protocolName().equals("happn_4") && r.action.equals("set")) {
      s.connection().send(s.answers().brief(r, published));
    } else {
      s.connection().send(s.answers().written(r, s.protocolName(), data, published, record, extra));
    }
    r.trace.end();
    s.resume();
  }

  void remove(HappnSession s, Request r) {
    if (!s.may(r, io.muster.access.Action.REMOVE, r.path) || !s.supported(r)) return;
    String why = Paths.objection(r.path, false);
    if (why != null) {
      s.badPath(r, why);
      return;
    }
    String objection = faces.writeObjection().get();
    if (objection != null) {
      s.refuse(r, "SystemError", 503, objection);
      return;
    }
    String path = String.valueOf(r.path);
    Query query = s.query(r);
    if (query == null) return;
    // As clients know it: what is named by its path goes, whatever else is asked.
    Criteria criteria = path.indexOf('*') < 0 ? Criteria.ANY : query.criteria();
    r.trace = Traces.request("happn remove", path);
    var removed = faces.store().remove(path, criteria);
    r.trace.part(STORED, removed);
    s.writing(1);
    s.queue()
        .add(
            removed,
            () -> {
              s.writing(-1);
              if (removed.isCompletedExceptionally()) {
                r.trace.end();
                s.storeFailed(r, removed);
                return null;
              }
              byte[] data =
                  ("{\"removed\":" + removed.join() + "}").getBytes(StandardCharsets.US_ASCII);
              long now = faces.time().now().toEpochMilli();
              JsonOut extra = new JsonOut(64);
              extra.raw("\"timestamp\":").number(now).raw(",\"path\":").string(path).raw(',');
              return publishAndAnswer(
                  s,
                  r,
                  publication(s, r, Action.REMOVE, data, null, null),
                  data,
                  null,
                  new String(extra.toBytes(), StandardCharsets.UTF_8));
            });
  }
}
