package io.muster.store.driver;

import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.Links;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.Write;
import io.muster.store.core.StoreWire;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Serves this member's store to members that have none: the other end of [ForwardingStore]. Calls
/// come on links' threads, in order per link.
public final class StoreCalls {
  private final RecordStore store;

  private StoreCalls(RecordStore store) {
    this.store = store;
  }

  /// Begins to answer.
  public static void serve(Links links, RecordStore store) {
    links.onCall(LinkChannel.STORE, new StoreCalls(store)::called);
  }

  private CompletableFuture<byte[]> called(LinkPeer from, byte[] request) {
    StoreWire.Operation operation;
    try {
      operation = StoreWire.decode(request);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(
          StoreWire.failed(
              new StoreException(
                  StoreException.Kind.REFUSED, from.name() + " asks " + e.getMessage(), e)));
    }
    CompletableFuture<byte[]> answer =
        switch (operation) {
          case StoreWire.Get g -> store.get(g.path()).thenApply(StoreWire::found);
          case StoreWire.Listing l -> store.list(l.query()).thenApply(StoreWire::listed);
          case StoreWire.Count c -> store.count(c.pattern()).thenApply(StoreWire::number);
          case StoreWire.Remove r -> store.remove(r.pattern()).thenApply(StoreWire::number);
          case StoreWire.Change c ->
              store
                  .write(c.write())
                  .thenApply(w -> StoreWire.written(w.record(), !(c.write() instanceof Write.Put)));
        };
    return answer.exceptionally(StoreCalls::failed);
  }

  private static byte[] failed(Throwable e) {
    Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    return StoreWire.failed(
        cause instanceof StoreException s
            ? s
            : new StoreException(StoreException.Kind.FAILED, String.valueOf(cause), cause));
  }
}
