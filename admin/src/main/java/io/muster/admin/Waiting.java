package io.muster.admin;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.spi.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Waits for parts that answer later; on a request's own thread.
final class Waiting {
  private Waiting() {}

  /// @throws MusterException the part's own, or what a store's failure means to operators
  static <T> T on(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof MusterException m) throw m;
      if (e.getCause() instanceof StoreException s) throw failure(s);
      throw e;
    }
  }

  private static MusterException failure(StoreException s) {
    ErrorCode code =
        switch (s.kind()) {
          case UNAVAILABLE -> ErrorCode.NO_QUORUM;
          case UNKNOWN -> ErrorCode.LINK_TIMEOUT;
          case REFUSED, UNMET -> ErrorCode.BAD_REQUEST;
          case FAILED -> ErrorCode.STORE_FAILED;
        };
    return new MusterException(code, String.valueOf(s.getMessage()), s);
  }
}
