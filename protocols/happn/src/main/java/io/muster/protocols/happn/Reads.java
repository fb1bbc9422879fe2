package io.muster.protocols.happn;

import io.muster.access.Action;
import io.muster.access.Actor;
import io.muster.spi.store.PathRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `get` and `count`. No state; called on the session's lane.
final class Reads {
  /// So many records are cut to what is asked for wherever they are.
  private static final int FEW = 64;

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

  /// Whether the session may ask this and the store can answer it; tells the client when not.
  private static boolean possible(HappnSession s, Request r) {
    if (!s.may(r, Action.GET, r.path) || !s.supported(r)) return false;
    String path = r.path;
    if (path == null) {
      s.badPath(r, "Bad path [undefined], must be a string");
      return false;
    }
    String feature = r.options.feature;
    if (feature == null) return true;
    s.refuse(
        r, "SystemError", 500, feature + " feature not available for provider on path: " + path);
    return false;
  }

  void get(HappnSession s, Request r) {
    if (!possible(s, r)) return;
    String path = String.valueOf(r.path);
    Query query = s.query(r);
    if (query == null) return;
    read(s, () -> path.indexOf('*') < 0 ? single(s, r, path, query) : list(s, r, path, query));
  }

  private RequestQueue.Wait single(HappnSession s, Request r, String path, Query query) {
    CompletableFuture<Optional<PathRecord>> found =
        query.simple(path)
            ? faces.store().get(path)
            : faces.store().list(query.at(path)).thenApply(l -> l.stream().findFirst());
    Fields fields = query.fields();
    return new RequestQueue.Wait(
        found,
        () -> {
          if (found.isCompletedExceptionally()) {
            s.storeFailed(r, found);
          } else {
            PathRecord record =
                found.join().map(x -> fields == null ? x : fields.of(x)).orElse(null);
            s.connection().send(s.answers().single(r, s.protocolName(), record, fields));
          }
          s.resume();
          return null;
        });
  }

  private RequestQueue.Wait list(HappnSession s, Request r, String path, Query query) {
    Fields fields = query.fields();
    CompletableFuture<List<PathRecord>> records = records(r, path, query);
    CompletableFuture<List<PathRecord>> found =
        fields == null || r.options.pathOnly
            ? records
            : records.thenCompose(all -> shown(all, fields));
    return new RequestQueue.Wait(
        found,
        () -> {
          if (found.isCompletedExceptionally()) s.storeFailed(r, found);
          else s.connection().send(s.answers().list(r, found.join(), fields));
          s.resume();
          return null;
        });
  }

  /// The records a request is about, without those that its user may not see.
  private CompletableFuture<List<PathRecord>> records(Request r, String path, Query query) {
    Actor narrowed = r.narrowed;
    if (narrowed == null) return faces.store().list(query.at(path));
    return faces
        .store()
        .list(query.whole().at(path))
        .thenCompose(
            all ->
                somewhere(
                    all.size(),
                    () ->
                        query.page(
                            all.stream()
                                .filter(x -> narrowed.allows(Action.GET, x.path()))
                                .toList())));
  }

  /// Where there are many it takes long: neither on a lane then nor on the store's threads.
  private static CompletableFuture<List<PathRecord>> shown(List<PathRecord> all, Fields fields) {
    return somewhere(all.size(), () -> all.stream().map(fields::of).toList());
  }

  private static <T> CompletableFuture<T> somewhere(int records, Supplier<T> work) {
    return records <= FEW
        ? CompletableFuture.completedFuture(work.get())
        : CompletableFuture.supplyAsync(
            work, task -> Thread.ofVirtual().name("happn-records").start(task));
  }

  void count(HappnSession s, Request r) {
    if (!possible(s, r)) return;
    String path = String.valueOf(r.path);
    Query query = s.query(r);
    if (query == null) return;
    read(
        s,
        () -> {
          CompletableFuture<Long> found =
              r.narrowed == null
                  ? faces.store().count(path, query.criteria()).thenApply(query::counted)
                  : records(r, path, query).thenApply(all -> (long) all.size());
          return new RequestQueue.Wait(
              found,
              () -> {
                if (found.isCompletedExceptionally()) {
                  s.storeFailed(r, found);
                } else {
                  long n = found.join();
                  byte[] data = ("{\"value\":" + n + "}").getBytes(StandardCharsets.US_ASCII);
                  s.connection().send(s.answers().plain(r, s.protocolName(), data));
                }
                s.resume();
                return null;
              });
        });
  }
}
