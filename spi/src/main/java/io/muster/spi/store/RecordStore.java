package io.muster.spi.store;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// JSON records by path.
///
/// **Paths** are well-formed Unicode of 1 to 8192 bytes in UTF-8, case-sensitive and never
/// normalised: `/a`, `a`, `/A` and `/a/` are four records. A path that is written has no `*`.
/// **Data** is a JSON object in UTF-8; a provider may keep it in a form of its own but gives back
/// the same members in the same order with the same values. It takes objects of 1 MiB at
/// least and says in its settings what it takes at most.
///
/// **Patterns** of `list`, `count` and `remove`: `*` matches any run of characters including `/`,
/// anywhere, case-sensitive, anchored at both ends; a pattern without `*` names one record. No
/// other character means anything: `.`, `%`, `_`, `\` and brackets stand for themselves.
///
/// **Criteria** and sort keys mean what [CriteriaMatcher] and [RecordSort] say, to the letter: what
/// a provider cannot express in its engine's own language it filters with them. Those beyond
/// [CriteriaLimits] fail as `REFUSED`, and so does what a provider cannot do at all, with a
/// message that says what.
///
/// **Threads.** Callers may be event loops: no method blocks. Futures complete on any thread of the
/// provider; callers hop back themselves, and do little on the provider's threads.
///
/// **Order.** Writes and removals given by one thread to one path take effect in that order,
/// without waiting for each other's answer.
///
/// **Guarantees.** A write that is answered is durable as far as the provider promises (embedded:
/// it survives the loss of any minority). Reads see every write answered before the read began.
/// Each write is atomic: a reader sees a record before or after it; a merge loses no member that
/// another one sets at the same time.
///
/// **Failures.** Futures fail with a [StoreException], whose kind says whether the write may have
/// happened; no method throws. A provider repeats by itself what is safe to repeat, for some
/// seconds at most: callers do not retry, they tell their client. Bad input fails as `REFUSED` and
/// harms nobody else.
///
/// **Life.** Operations before [#ready] and after [#close] fail as `UNAVAILABLE`.
public interface RecordStore extends AutoCloseable {
  /// Completes when operations can be expected to succeed for the first time; fails with a
  /// [StoreException] when that will never happen. Waiting for it in vain ends with [#close]. Here
  /// for stores that are ready when they are opened.
  default CompletableFuture<Void> ready() {
    return CompletableFuture.completedFuture(null);
  }

  /// Whether the store can be used now. Called many times a second: looks at what is known
  /// already and asks nobody.
  StoreHealth health();

  CompletableFuture<Optional<PathRecord>> get(String path);

  /// The records that the query asks for, each as it was at some time after the call. Records that
  /// change meanwhile are there once or, when they are removed or new, not at all.
  ///
  /// @return a list that nobody changes any more
  CompletableFuture<List<PathRecord>> list(ListQuery query);

  /// How many records of a pattern there are.
  default CompletableFuture<Long> count(String pattern) {
    return count(pattern, Criteria.ANY);
  }

  /// How many records of a pattern fulfil criteria.
  CompletableFuture<Long> count(String pattern, Criteria criteria);

  CompletableFuture<Written> write(Write write);

  /// Removes the record of a path or all records of a pattern, atomically.
  ///
  /// @return how many there were
  default CompletableFuture<Long> remove(String pattern) {
    return remove(pattern, Criteria.ANY);
  }

  /// Removes the records of a path or pattern that fulfil criteria, atomically: no record is
  /// removed in a version that does not fulfil them.
  ///
  /// @return how many there were
  CompletableFuture<Long> remove(String pattern, Criteria criteria);

  /// Ends everything: what was asked before and has no answer yet is answered or fails, nothing is
  /// left running. May be called on any thread, also more than once; waits some seconds at most
  /// for threads of its own.
  @Override
  void close();
}
