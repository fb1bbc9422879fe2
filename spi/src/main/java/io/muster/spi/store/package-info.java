/// What a record store offers and what its providers implement.
///
/// A member finds providers with [java.util.ServiceLoader], picks the one that `store.provider`
/// names, lets it read its settings ([StoreProvider#read]) and opens it ([StoreSetup#open]). What
/// it gets is a [RecordStore], which everything else works with. Two invariants: no method of a
/// store blocks its caller, and an error says whether the write may have happened.
///
/// Whoever writes a provider extends `io.muster.contract.StoreContract` in a test of their own.
@NullMarked
package io.muster.spi.store;

import org.jspecify.annotations.NullMarked;
