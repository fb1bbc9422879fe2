package io.muster.spi.store;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// Takes what a query asks for out of records that are shown to it one after the other, for
/// providers that look at them themselves. It holds no more records than the answer and those that
/// are skipped; a sorted page is kept in a heap, not cut from a sorted whole. Confined to one
/// thread.
public final class Selection {
  /// What a record costs beside its data.
  private static final long OVERHEAD_BYTES = 100;

  private final ListQuery query;
  private final CriteriaMatcher criteria;
  private final RecordSort sort;
  private final long bytesMax;
  private final String advice;

  /// For an answer by path.
  private final List<PathRecord> ordered = new ArrayList<>();

  /// For any other: the last one first, where a limit says that it may have to go.
  private final @Nullable PriorityQueue<RecordSort.Keyed> page;

  private final List<RecordSort.Keyed> unordered = new ArrayList<>();
  private final long pageSize;
  private long skipped;
  private long bytes;

  /// @param bytesMax how many bytes of records may be held
  /// @param advice what else than narrowing the pattern lets more through, for the message when it
  ///     is exceeded, such as `raise store.list_bytes_max`
  /// @throws CriteriaException when the query is beyond [CriteriaLimits]
  public Selection(ListQuery query, long bytesMax, String advice) {
    CriteriaLimits.check(query);
    this.query = query;
    this.criteria = CriteriaMatcher.of(query.criteria());
    this.sort = new RecordSort(query.sort());
    this.bytesMax = bytesMax;
    this.advice = advice;
    boolean whole = query.limit() == 0 || sort.byPath();
    this.pageSize =
        query.limit() > Long.MAX_VALUE - query.skip()
            ? Long.MAX_VALUE
            : query.skip() + query.limit();
    this.page = whole ? null : new PriorityQueue<>(sort.reversed());
  }

  /// Looks at a record whose path matches the query's pattern. They come by path ([PathOrder]),
  /// each once.
  ///
  /// @return whether further records may be part of the answer; where not, they do no harm
  /// @throws StoreException `REFUSED` when more is selected than may be held
  public boolean offer(PathRecord record) {
    if (!criteria.matches(record)) return true;
    if (sort.byPath()) {
      if (skipped < query.skip()) {
        skipped++;
        return true;
      }
      if (query.limit() > 0 && ordered.size() >= query.limit()) return false;
      hold(record);
      ordered.add(record);
      return query.limit() == 0 || ordered.size() < query.limit();
    }
    RecordSort.Keyed keyed = sort.keyed(record);
    if (page == null) {
      hold(record);
      unordered.add(keyed);
      return true;
    }
    if (page.size() >= pageSize) {
      RecordSort.Keyed last = page.peek();
      if (last != null && sort.compare(keyed, last) >= 0) return true;
      page.poll();
      if (last != null) bytes -= size(last.record());
    }
    hold(record);
    page.add(keyed);
    return true;
  }

  private void hold(PathRecord record) {
    bytes += size(record);
    if (bytes > bytesMax) {
      throw new StoreException(
          StoreException.Kind.REFUSED,
          "more than "
              + bytesMax
              + " bytes match "
              + query.pattern()
              + "; narrow the pattern or "
              + advice,
          null);
    }
  }

  private static long size(PathRecord r) {
    return r.data().length + OVERHEAD_BYTES;
  }

  /// The answer; called once, at the end.
  ///
  /// @return a list that nobody changes any more
  public List<PathRecord> result() {
    if (sort.byPath()) return Collections.unmodifiableList(ordered);
    if (page != null) unordered.addAll(page);
    unordered.sort(sort);
    int from = (int) Math.min(query.skip(), unordered.size());
    List<PathRecord> all = new ArrayList<>(unordered.size() - from);
    for (RecordSort.Keyed k : unordered.subList(from, unordered.size())) all.add(k.record());
    return Collections.unmodifiableList(all);
  }
}
