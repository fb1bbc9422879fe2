package io.muster.spi.store;

/// A provider with its settings read: a store that can be opened. Immutable.
public interface StoreSetup {
  /// Opens the store of a member; called once, on the thread that starts the member, after links
  /// and membership and before clients may come. It may look at local files but waits for nobody
  /// else: what takes the network is awaited by [RecordStore#ready].
  ///
  /// @return the store, which the caller closes even if it never gets ready
  /// @throws StoreException `FAILED` or `REFUSED` when this member cannot have a store whatever it
  ///     waits for (a damaged directory, no permission); everything opened so far is closed
  RecordStore open(StoreContext context);
}
