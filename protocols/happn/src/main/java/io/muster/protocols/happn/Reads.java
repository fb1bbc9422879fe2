package io.muster.protocols.happn;

import io.muster.access.Action;
import io.muster.spi.store.ListQuery;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `get` and `count`. No state; called on the session's lane.
final class Reads {
  private final HappnProtocol.Faces faces;

  Reads(HappnProtocol.Faces faces) {
    this.faces = faces;
  }

  /// Starts a read now, or when its turn has come if this session still writes: a client that does
  /// not wait for its answers reads its own writes.
  void read(HappnSession s, Supplier<RequestQueue.@Nullable Wait> reading) {
    if (s.writing()) {
      s.queue().add(reading::get);
      return;
    }
    RequestQueue.Wait wait = reading.get();
    if (wait != null) s.queue().add(wait.what(), wait.then());
  }

  void get(HappnSession s, Request r) {
    if (!s.may(r, Action.GET, r.path) || !s.supported(r)) return;
    String path = r.path;
    if (path == null) {
      s.badPath(r, "Bad path [undefined], must be a string");
      return;
    }
    if (path.indexOf('*') < 0) {
      read(
          s,
          () -> {
            var found = faces.store().get(path);
            return new RequestQueue.Wait(
                found,
                () -> {
                  if (found.isCompletedExceptionally()) s.storeFailed(r, found);
                  else {
                    s.connection()
                        .send(s.answers().single(r, s.protocolName(), found.join().orElse(null)));
                  }
                  s.resume();
                  return null;
                });
          });
      return;
    }
    read(
        s,
        () -> {
          var found =
              faces
                  .store()
                  .list(new ListQuery(path, r.options.skip, r.options.limit, ListQuery.Order.PATH));
          return new RequestQueue.Wait(
              found,
              () -> {
                if (found.isCompletedExceptionally()) s.storeFailed(r, found);
                else s.connection().send(s.answers().list(r, found.join(), r.options.pathOnly));
                s.resume();
                return null;
              });
        });
  }

  void count(HappnSession s, Request r) {
    if (!s.may(r, Action.GET, r.path) || !s.supported(r)) return;
    String path = r.path;
    if (path == null) {
      s.badPath(r, "Bad path [undefined], must be a string");
      return;
    }
    read(
        s,
        () -> {
          var found = faces.store().count(path);
          return new RequestQueue.Wait(
              found,
              () -> {
                if (found.isCompletedExceptionally()) {
                  s.storeFailed(r, found);
                } else {
                  long n = Math.max(0, found.join() - r.options.skip);
                  if (r.options.limit > 0) n = Math.min(n, r.options.limit);
                  s.connection()
                      .send(
                          s.answers()
                              .plain(
                                  r,
                                  s.protocolName(),
                                  ("{\"value\":" + n + "}").getBytes(StandardCharsets.US_ASCII)));
                }
                s.resume();
                return null;
              });
        });
  }
}
