package io.muster.realtime;

import io.muster.realtime.core.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One event at a path, as all subscribers everywhere see it; immutable, arrays included.
///
/// @param path of the write; the pattern itself for a wildcard remove
/// @param data the record after the write, valid JSON in UTF-8
/// @param change what the request said, where that differs (merge), else null: for subscriptions
///     that want changes only
/// @param session id of the publisher's session
/// @param eventId the publisher's number of the request; with `session` it names the publication
/// @param created epoch milliseconds, 0 when the event carries no stamp
/// @param modified likewise
/// @param timestamp epoch milliseconds of a removal, else 0
/// @param consistency the numeric level the publisher asked for
/// @param meta custom metadata as the inside of a JSON object (`"a":1,"b":2`), or null
/// @param origin user name of the publisher, or null on unsecured clusters
/// @param originId session id to show beside `origin`, or null
/// @param targets session ids to deliver to, or null for everybody; an empty list delivers to
///     nobody
/// @param local when true the publication stays on this member and skips sessions of cluster peers
/// @param position where a subscriber is that has got it, for those who ask; null where nobody
///     keeps publications of its path
public record Publication(
    Action action,
    String path,
    byte[] data,
    byte @Nullable [] change,
    String session,
    long eventId,
    long created,
    long modified,
    long timestamp,
    int consistency,
    byte @Nullable [] meta,
    @Nullable String origin,
    @Nullable String originId,
    @Nullable List<String> targets,
    boolean local,
    @Nullable Position position) {
  /// One that is not kept.
  public Publication(
      Action action,
      String path,
      byte[] data,
      byte @Nullable [] change,
      String session,
      long eventId,
      long created,
      long modified,
      long timestamp,
      int consistency,
      byte @Nullable [] meta,
      @Nullable String origin,
      @Nullable String originId,
      @Nullable List<String> targets,
      boolean local) {
    this(
        action,
        path,
        data,
        change,
        session,
        eventId,
        created,
        modified,
        timestamp,
        consistency,
        meta,
        origin,
        originId,
        targets,
        local,
        null);
  }

  /// The position for clients; null where there is none.
  public @Nullable String positionText() {
    return position == null ? null : position.text();
  }

  /// The same at a position.
  public Publication at(Position where) {
    return new Publication(
        action,
        path,
        data,
        change,
        session,
        eventId,
        created,
        modified,
        timestamp,
        consistency,
        meta,
        origin,
        originId,
        targets,
        local,
        where);
  }
}
