package io.muster.store.driver;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.link.LinkChannel;
import io.muster.link.LinkStream;
import io.muster.link.Links;
import io.muster.membership.Member;
import io.muster.membership.MemberState;
import io.muster.membership.Membership;
import io.muster.spi.store.Criteria;
import io.muster.spi.store.CriteriaException;
import io.muster.spi.store.CriteriaLimits;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.StoreHealth;
import io.muster.spi.store.StoreLimits;
import io.muster.spi.store.Write;
import io.muster.spi.store.Written;
import io.muster.store.core.StoreWire;
import java.nio.BufferUnderflowException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The store of a member without a replica: every operation is a call to a control member.
///
/// All go to one control member while it answers, so that writes keep their order; when it is gone
/// another is taken. Reads are asked again there; a write whose answer was lost fails as `UNKNOWN`.
///
/// Lists come on streams and may be as large as `store.list_bytes_max` there allows, while other
/// operations go on beside them. [#LISTS_MAX] are read at a time, [#LISTS_WAITING_MAX] more wait,
/// and what is beyond fails as `UNAVAILABLE`.
public final class ForwardingStore implements RecordStore {
  private static final int ATTEMPTS = 3;
  private static final int LISTS_MAX = 16;
  private static final int LISTS_WAITING_MAX = 1000;
  private static final int PATTERN_LENGTH_MAX = 16_000;
  private final Links links;
  private final Membership membership;
  private final Duration timeout;
  private final ReadPool lists =
      new ReadPool(
          LISTS_MAX, LISTS_WAITING_MAX, Thread.ofVirtual().name("store-list-", 0).factory());
  private volatile @Nullable Address target;
  private volatile boolean closed;

  /// @param timeout how long a call may take, and how long the answer to a list may stand still
  public ForwardingStore(Links links, Membership membership, Duration timeout) {
    this.links = links;
    this.membership = membership;
    this.timeout = timeout;
  }

  /// At once: whether a control member answers shows with the first operation.
  @Override
  public CompletableFuture<Void> ready() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public StoreHealth health() {
    if (closed) return StoreHealth.ENDED;
    boolean any = membership.present().stream().anyMatch(m -> m.roles().contains(Role.CONTROL));
    return any
        ? StoreHealth.GOOD
        : new StoreHealth(StoreHealth.State.UNAVAILABLE, "no control member is here");
  }

  @Override
  public CompletableFuture<Optional<PathRecord>> get(String path) {
    return ask(new StoreWire.Get(path), a -> StoreWire.found(path, a));
  }

  @Override
  public CompletableFuture<List<PathRecord>> list(ListQuery query) {
    try {
      CriteriaLimits.check(query);
    } catch (CriteriaException e) {
      return refused(String.valueOf(e.getMessage()));
    }
    if (query.pattern().length() > PATTERN_LENGTH_MAX) {
      return refused("a pattern beyond " + PATTERN_LENGTH_MAX + " characters");
    }
    byte[] request = StoreWire.encode(new StoreWire.Listing(query));
    return lists.read(() -> list(request));
  }

  private List<PathRecord> list(byte[] request) {
    List<Address> tried = new ArrayList<>();
    while (true) {
      if (closed) throw new StoreException(Kind.UNAVAILABLE, "the store is closed", null);
      Address to = choose(tried);
      if (to == null) throw unreachable();
      try {
        return list(to, request);
      } catch (MusterException | CompletionException e) {
        StoreException failure = failure(to, e, true);
        if (to.equals(target)) target = null;
        tried.add(to);
        if (tried.size() == ATTEMPTS) throw failure;
      }
    }
  }

  private List<PathRecord> list(Address to, byte[] request) {
    byte[] head = StoreWire.head(request);
    try (LinkStream stream = links.open(to, StoreCalls.LIST, head, timeout)) {
      if (StoreWire.follows(head)) stream.write(request, timeout);
      stream.end();
      return StoreWire.listed(stream.input(timeout));
    } catch (MusterException e) {
      if (e.code() != ErrorCode.LINK_STREAMS_UNSUPPORTED) throw e;
      return StoreWire.listed(links.call(to, LinkChannel.STORE, request, timeout).join());
    }
  }

  private static StoreException unreachable() {
    return new StoreException(Kind.UNAVAILABLE, "no control member can be reached", null);
  }

  @Override
  public CompletableFuture<Long> count(String pattern, Criteria criteria) {
    try {
      CriteriaLimits.check(criteria);
    } catch (CriteriaException e) {
      return refused(String.valueOf(e.getMessage()));
    }
    return ask(new StoreWire.Count(pattern, criteria), StoreWire::number);
  }

  @Override
  public CompletableFuture<Written> write(Write write) {
    String objection = StoreLimits.objection(write, Long.MAX_VALUE);
    if (objection != null) return refused(objection);
    return ask(new StoreWire.Change(write), a -> new Written(StoreWire.written(write, a)));
  }

  @Override
  public CompletableFuture<Long> remove(String pattern, Criteria criteria) {
    String objection = StoreLimits.removal(pattern, criteria);
    if (objection != null) return refused(objection);
    return ask(new StoreWire.Remove(pattern, criteria), StoreWire::number);
  }

  private static <T> CompletableFuture<T> refused(String why) {
    return CompletableFuture.failedFuture(new StoreException(Kind.REFUSED, why, null));
  }

  private <T> CompletableFuture<T> ask(StoreWire.Operation operation, Function<byte[], T> read) {
    if (closed) {
      return CompletableFuture.failedFuture(
          new StoreException(Kind.UNAVAILABLE, "the store is closed", null));
    }
    return attempt(operation, StoreWire.encode(operation), 1, List.of())
        .thenApply(
            answer -> {
              try {
                return read.apply(answer);
              } catch (BufferUnderflowException | IllegalArgumentException e) {
                Kind kind = operation.reads() ? Kind.FAILED : Kind.UNKNOWN;
                throw new StoreException(kind, "an answer that cannot be read: " + e, e);
              }
            });
  }

  private CompletableFuture<byte[]> attempt(
      StoreWire.Operation operation, byte[] request, int attempt, List<Address> tried) {
    Address to = choose(tried);
    if (to == null) {
      return CompletableFuture.failedFuture(unreachable());
    }
    return links
        .call(to, LinkChannel.STORE, request, timeout)
        .exceptionallyCompose(
            e -> {
              StoreException failure = failure(to, e, operation.reads());
              if (to.equals(target)) target = null;
              boolean again = failure.kind() == Kind.UNAVAILABLE && attempt < ATTEMPTS;
              if (!again) return CompletableFuture.failedFuture(failure);
              List<Address> all = new ArrayList<>(tried);
              all.add(to);
              return attempt(operation, request, attempt + 1, all);
            });
  }

  private @Nullable Address choose(List<Address> tried) {
    Address now = target;
    if (now != null && !tried.contains(now) && links.linked(now)) return now;
    Address next =
        membership.present().stream()
            .filter(m -> m.roles().contains(Role.CONTROL) && !tried.contains(m.address()))
            .sorted(
                Comparator.comparing((Member m) -> !links.linked(m.address()))
                    .thenComparing(m -> m.state() != MemberState.ALIVE))
            .map(Member::address)
            .findFirst()
            .orElse(null);
    target = next;
    return next;
  }

  /// What a failed call means: a read may always be asked again, a write only when it was not sent.
  private static StoreException failure(Address to, Throwable e, boolean reads) {
    Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    boolean done =
        !(cause instanceof MusterException m)
            || switch (m.code()) {
              // Refused: it does not serve a store, or not yet. What the store says comes as
              // answer.
              case LINK_UNREACHABLE, LINK_REFUSED, OVERLOADED -> false;
              default -> true;
            };
    Kind kind = done && !reads ? Kind.UNKNOWN : Kind.UNAVAILABLE;
    return new StoreException(kind, "control member " + to + ": " + cause.getMessage(), cause);
  }

  @Override
  public void close() {
    // Links and membership are closed by their owner, and calls under way end with their timeout.
    closed = true;
    lists.close();
  }
}
