/// The embedded store on RocksDB and a consensus group.
///
/// Two invariants: only the group's apply thread writes, and the applied index is written in the
/// same batch as what it applied.
@NullMarked
package io.muster.store.driver;

import org.jspecify.annotations.NullMarked;
