package io.muster.protocols.happn;

import io.muster.gateway.Frame;
import io.muster.gateway.Frames;
import io.muster.realtime.Action;
import io.muster.realtime.Delivery;
import io.muster.realtime.Publication;
import io.muster.realtime.Subscriber;
import org.jspecify.annotations.Nullable;

/// How happn sessions get publications: everything that makes two frames differ is in here, so
/// equal deliveries share one encoded frame.
///
/// @param channel the subscription exactly as the client wrote it: clients dispatch by it
/// @param depth shown in the frame when positive
/// @param changes whether a merge shows the change instead of the merged record
/// @param positions whether frames tell where the client is, for when it comes back
/// @param narrowed whose rights decide about each publication, or null when none has to be asked
record HappnDelivery(
    String protocol,
    String channel,
    int depth,
    boolean changes,
    boolean positions,
    @Nullable Narrowed narrowed)
    implements Delivery {
  /// A subscription under nested permissions.
  ///
  /// @param other in whose name the session listens, or null for its own
  record Narrowed(@Nullable String other) {}

  @Override
  public boolean selective() {
    return narrowed != null;
  }

  @Override
  public boolean wants(Publication p, Subscriber subscriber) {
    return narrowed == null || ((HappnSession) subscriber).sees(narrowed.other(), p.path());
  }

  @Override
  public int deliver(Publication p, Subscriber[] subscribers, int count) {
    HappnSession first = (HappnSession) subscribers[0];
    Frame frame = encode(p, first.scratch(), first.connection().frames());
    int done = 0;
    for (int i = 0; i < count; i++) {
      if (((HappnSession) subscribers[i]).connection().send(frame)) done++;
    }
    return done;
  }

  Frame encode(Publication p, JsonOut out, Frames frames) {
    byte[] shown = changes && p.change() != null ? p.change() : p.data();
    out.clear().raw("{\"data\":").raw(shown);
    out.raw(",\"_meta\":{\"action\":")
        .string((p.action() == Action.SET ? "/SET@" : "/REMOVE@") + p.path());
    out.raw(",\"type\":\"data\",\"sessionId\":").string(p.session());
    out.raw(",\"consistency\":").number(p.consistency());
    out.raw(",\"publicationId\":\"").raw(p.session()).raw('-').number(p.eventId()).raw('"');
    out.raw(",\"path\":").string(p.path());
    if (p.timestamp() != 0) out.raw(",\"timestamp\":").number(p.timestamp());
    if (p.created() != 0) {
      out.raw(",\"created\":").number(p.created()).raw(",\"modified\":").number(p.modified());
    }
    if (p.origin() != null) {
      out.raw(",\"eventOrigin\":{\"username\":").string(p.origin());
      out.raw(",\"id\":").string(p.originId() == null ? "" : p.originId()).raw('}');
    }
    if (p.meta() != null) out.raw(',').raw(p.meta());
    out.raw(",\"channel\":").string(channel);
    if (depth > 0) out.raw(",\"depth\":").number(depth);
    String position = positions ? p.positionText() : null;
    if (position != null) out.raw(",\"position\":\"").raw(position).raw('"');
    out.raw("},\"protocol\":").string(protocol).raw('}');
    frames.begin(out.length()).writeBytes(out.array(), 0, out.length());
    return frames.end();
  }
}
