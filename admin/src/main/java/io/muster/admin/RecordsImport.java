package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.spi.store.Condition;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.FieldPath;
import io.muster.spi.store.JsonValue;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.Write;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Copies records of another store, such as the collection of a happn-cluster, into the cluster's
/// own. Nobody gets events of it, and the other store is not changed.
///
/// Records come page by page in the order of their paths, and some are written at once. What is
/// there already stays as it is unless it is to be replaced, so that repeating goes on where it
/// ended. A copy is as old as the import: stamps and versions begin anew, who modified it last is
/// kept. Runs on the request's thread.
final class RecordsImport {
  private static final int PAGE = 500;
  private static final int WRITES_MAX = 128;
  private static final int PROBLEMS_MAX = 100;

  /// What clusters keep for themselves: users and rights are taken over by [HappnImport], names and
  /// signs of life not at all.
  private static final List<String> OWN = List.of("/_SYSTEM/", "/SYSTEM/DEPLOYMENT/");

  /// What is to be copied.
  ///
  /// @param patterns which records, `*` for any run of characters; one or more
  /// @param after only paths behind this one, by code point; empty for all
  /// @param replace whether a record that is there already is written over
  /// @param dryRun whether nothing is changed
  record Ask(List<String> patterns, String after, boolean replace, boolean dryRun) {
    Ask {
      patterns = List.copyOf(patterns);
      if (patterns.isEmpty()) throw new IllegalArgumentException("no pattern");
    }
  }

  /// How many records there were, and what became of them.
  static final class Counts {
    public long found;
    public long imported;
    public long there;
    public long failed;
    public long leftOut;
    public long bytes;
  }

  /// @param dryRun whether nothing was changed: `imported` counts what would have been
  /// @param after the last path whose record and all before it are dealt with; empty when there is
  ///     none
  /// @param problems the first hundred
  record Report(
      boolean dryRun,
      Counts counts,
      String after,
      List<Map<String, String>> problems,
      int problemsLeftOut) {}

  /// Is told how far it has come.
  interface Progress {
    /// @throws IOException when nobody wants to know any more: the import ends
    void told(Counts counts, String after) throws IOException;
  }

  /// A record on its way, and whether it was written or is there.
  private record UnderWay(PathRecord record, CompletableFuture<Boolean> writing) {}

  private final RecordStore from;
  private final RecordStore to;
  private final Ask ask;
  private final Counts counts = new Counts();
  private final List<Map<String, String>> problems = new ArrayList<>();
  private final ArrayDeque<UnderWay> underWay = new ArrayDeque<>();
  private int problemsLeftOut;
  private String after = "";

  RecordsImport(RecordStore from, RecordStore to, Ask ask) {
    this.from = from;
    this.to = to;
    this.ask = ask;
  }

  /// @throws MusterException when the other store cannot be read or this one not be written; says
  ///     how far it came
  /// @throws IOException of the progress
  Report run(Progress progress) throws IOException {
    for (String pattern : ask.patterns) copy(pattern, progress);
    return new Report(ask.dryRun, counts, after, problems, problemsLeftOut);
  }

  private void copy(String pattern, Progress progress) throws IOException {
    String last = ask.after;
    int page = PAGE;
    while (true) {
      List<PathRecord> records;
      try {
        records = from.list(behind(pattern, last, page)).join();
      } catch (CompletionException e) {
        // A page of large records is beyond what one answer may have: fewer at once.
        if (page > 1 && e.getCause() instanceof StoreException s && refused(s)) {
          page = Math.max(1, page / 8);
          continue;
        }
        throw stopped("the other store cannot be read behind '" + last + "'", cause(e));
      }
      for (PathRecord r : records) {
        take(r);
        while (underWay.size() >= WRITES_MAX) settle();
      }
      while (!underWay.isEmpty()) settle();
      if (!records.isEmpty()) last = records.getLast().path();
      progress.told(counts, after);
      if (records.size() < page) return;
    }
  }

  private static Throwable cause(CompletionException e) {
    return e.getCause() == null ? e : e.getCause();
  }

  private static boolean refused(StoreException e) {
    return e.kind() == StoreException.Kind.REFUSED;
  }

  private static ListQuery behind(String pattern, String last, int page) {
    Criteria criteria =
        last.isEmpty()
            ? Criteria.ANY
            : new Criteria.Field(
                FieldPath.Meta.PATH,
                new Condition.Compare(Condition.Operator.GT, new JsonValue.Text(last)));
    return new ListQuery(pattern, criteria, List.of(), 0, page);
  }

  private void take(PathRecord r) {
    if (OWN.stream().anyMatch(r.path()::startsWith)) {
      counts.leftOut++;
      return;
    }
    counts.found++;
    underWay.add(new UnderWay(r, ask.dryRun ? looked(r) : written(r)));
  }

  private CompletableFuture<Boolean> looked(PathRecord r) {
    if (ask.replace) return CompletableFuture.completedFuture(true);
    return to.get(r.path()).thenApply(there -> there.isEmpty());
  }

  private CompletableFuture<Boolean> written(PathRecord r) {
    Write.When when = ask.replace ? Write.When.ALWAYS : Write.When.ABSENT;
    String by = r.modifiedBy() == null ? r.createdBy() : r.modifiedBy();
    return to.write(new Write.Put(r.path(), r.data(), by, when)).thenApply(_ -> true);
  }

  /// Waits for the oldest that is under way.
  private void settle() {
    UnderWay w = underWay.remove();
    String path = w.record.path();
    try {
      if (w.writing.join()) {
        counts.imported++;
        counts.bytes += w.record.data().length;
      } else {
        counts.there++;
      }
    } catch (CompletionException e) {
      StoreException.Kind kind =
          e.getCause() instanceof StoreException s ? s.kind() : StoreException.Kind.FAILED;
      switch (kind) {
        case UNMET -> counts.there++;
        case REFUSED, UNKNOWN -> {
          counts.failed++;
          problem(path, String.valueOf(cause(e).getMessage()));
        }
        case UNAVAILABLE, FAILED -> throw stopped(path + " cannot be written", cause(e));
      }
    }
    after = path;
  }

  private void problem(String path, String why) {
    if (problems.size() < PROBLEMS_MAX) problems.add(Map.of("path", path, "reason", why));
    else problemsLeftOut++;
  }

  private MusterException stopped(String what, Throwable cause) {
    // What is under way ends by itself; nobody counts it.
    String where = after.isEmpty() ? "repeat it" : "go on with --after '" + after + "'";
    return new MusterException(
        ErrorCode.STORE_UNAVAILABLE,
        what
            + ": "
            + cause.getMessage()
            + "; "
            + counts.imported
            + " records were imported and "
            + counts.there
            + " are there; when it is mended "
            + where,
        cause);
  }
}
