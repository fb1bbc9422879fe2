/// JSON records by path: the embedded provider, replicated through one consensus group per shard.
///
/// Every write is a command in the group's log; each replica applies it to RocksDB and to a bounded
/// cache of records on the heap. Two invariants: what is acknowledged is in the log of a majority,
/// and a linearizable read starts after a barrier of its group.
@NullMarked
package io.muster.store;

import org.jspecify.annotations.NullMarked;
