package io.muster.store.driver;

import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.LinkStream;
import io.muster.link.Links;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.Write;
import io.muster.store.core.StoreWire;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Serves this member's store to members that have none: the other end of [ForwardingStore]. Calls
/// come on links' threads, in order per link.
///
/// Lists are answered on streams, record by record, so that no answer has to fit a frame. At most
/// [#LISTS_MAX] are held in memory for readers elsewhere at a time, each of
/// `store.list_bytes_max` at most; others wait for their turn, and fail as `UNAVAILABLE` when it
/// does not come within the time that a reader may stand still.
public final class StoreCalls {
  /// The service of streams that answer lists.
  static final String LIST = "store.list";

  /// Two that are collected, as the store does at a time, and two that are sent.
  static final int LISTS_MAX = 4;

  private static final int PIECE = 32 << 10;

  private final RecordStore store;
  private final Duration standstill;
  private final Semaphore lists = new Semaphore(LISTS_MAX, true);

  private StoreCalls(RecordStore store, Duration standstill) {
    this.store = store;
    this.standstill = standstill;
  }

  /// Begins to answer.
  ///
  /// @param standstill longest wait for a list, and for a reader that takes nothing of it
  public static void serve(Links links, RecordStore store, Duration standstill) {
    StoreCalls calls = new StoreCalls(store, standstill);
    links.onCall(LinkChannel.STORE, calls::called);
    links.onStream(LIST, calls::list);
  }

  private void list(LinkStream stream) throws IOException, InterruptedException {
    // Not closed here: that would say that all is said, also after a failure.
    OutputStream out = new BufferedOutputStream(stream.output(standstill), PIECE);
    answer(stream, out);
    out.flush();
  }

  private void answer(LinkStream stream, OutputStream out)
      throws IOException, InterruptedException {
    if (!lists.tryAcquire(standstill.toNanos(), TimeUnit.NANOSECONDS)) {
      out.write(
          StoreWire.failed(
              new StoreException(Kind.UNAVAILABLE, "too many lists are read already", null)));
      return;
    }
    try {
      List<PathRecord> records;
      try {
        records = listed(stream);
      } catch (StoreException e) {
        out.write(StoreWire.failed(e));
        return;
      }
      StoreWire.listed(records, out);
    } finally {
      lists.release();
    }
  }

  private List<PathRecord> listed(LinkStream stream) throws InterruptedException {
    try {
      if (!(StoreWire.decode(request(stream)) instanceof StoreWire.Listing l)) {
        throw new IllegalArgumentException("something else than a list");
      }
      return store.list(l.query()).get(standstill.toNanos(), TimeUnit.NANOSECONDS);
    } catch (IllegalArgumentException e) {
      throw new StoreException(Kind.REFUSED, stream.peer().name() + " asks " + e.getMessage(), e);
    } catch (TimeoutException e) {
      throw new StoreException(
          Kind.UNAVAILABLE, "no list within " + standstill.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof StoreException s
          ? s
          : new StoreException(Kind.FAILED, String.valueOf(e.getCause()), e);
    }
  }

  private byte[] request(LinkStream stream) {
    byte[] head = stream.head();
    if (!StoreWire.follows(head)) return head;
    try {
      byte[] request = stream.input(standstill).readNBytes(StoreWire.REQUEST_BYTES_MAX + 1);
      if (request.length <= StoreWire.REQUEST_BYTES_MAX) return request;
      throw new IllegalArgumentException("more than " + StoreWire.REQUEST_BYTES_MAX + " bytes");
    } catch (IOException e) {
      throw new IllegalArgumentException("nothing that can be read: " + e.getMessage(), e);
    }
  }

  private CompletableFuture<byte[]> called(LinkPeer from, byte[] request) {
    StoreWire.Operation operation;
    try {
      operation = StoreWire.decode(request);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(
          StoreWire.failed(
              new StoreException(Kind.REFUSED, from.name() + " asks " + e.getMessage(), e)));
    }
    CompletableFuture<byte[]> answer =
        switch (operation) {
          case StoreWire.Get g -> store.get(g.path()).thenApply(StoreWire::found);
          case StoreWire.Listing l -> store.list(l.query()).thenApply(StoreWire::listed);
          case StoreWire.Count c ->
              store.count(c.pattern(), c.criteria()).thenApply(StoreWire::number);
          case StoreWire.Remove r ->
              store.remove(r.pattern(), r.criteria()).thenApply(StoreWire::number);
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
            : new StoreException(Kind.FAILED, String.valueOf(cause), cause));
  }
}
