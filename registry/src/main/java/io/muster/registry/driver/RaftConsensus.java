package io.muster.registry.driver;

import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.closure.ReadIndexClosure;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.error.RaftError;
import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.link.LinkChannel;
import io.muster.link.Links;
import io.muster.registry.Consensus;
import io.muster.registry.Outcome;
import io.muster.registry.RegistrySettings;
import io.muster.registry.core.Packed;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One group on the engine.
///
/// Proposals wait in a queue; a thread of the group packs what waits into one entry and hands it to
/// the log, or to the leader's member over a link, with a few entries in flight: under load many
/// proposals share each disk force, without load none waits.
final class RaftConsensus implements Consensus, StateAdapter.Listener {
  private static final Logger log = LoggerFactory.getLogger(RaftConsensus.class);
  private static final int ENTRY_BYTES = 512 << 10;
  private static final int IN_FLIGHT = 3;
  private static final long WAITING_BYTES_MAX = 128L << 20;
  private static final Duration RETRY = Duration.ofMillis(20);

  private static final class Proposal {
    final byte[] command;
    final long deadlineNanos;
    final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

    Proposal(byte[] command, long deadlineNanos) {
      this.command = command;
      this.deadlineNanos = deadlineNanos;
    }
  }

  private final String group;
  private final Address self;
  private final Links links;
  private final RegistrySettings settings;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final ArrayDeque<Proposal> waiting = new ArrayDeque<>();
  private final Semaphore inFlight = new Semaphore(IN_FLIGHT);
  private final List<CompletableFuture<Void>> reads = new ArrayList<>();
  private final List<Consumer<View>> observers = new CopyOnWriteArrayList<>();
  private final Thread batcher;
  private long waitingBytes;
  private int readsInFlight;
  private @Nullable Node node;
  private volatile boolean leading;
  private volatile boolean alone;
  private volatile boolean closed;
  private volatile String failure = "";

  RaftConsensus(String group, Address self, Links links, RegistrySettings settings) {
    this.group = group;
    this.self = self;
    this.links = links;
    this.settings = settings;
    this.batcher = Thread.ofPlatform().name("propose-" + group).daemon(true).unstarted(this::batch);
  }

  void started(Node started) {
    node = started;
    changed();
    batcher.start();
  }

  private Node node() {
    Node n = node;
    if (n == null) throw new IllegalStateException("the group has not started");
    return n;
  }

  // --- proposing

  @Override
  public CompletableFuture<Outcome> propose(byte[] command) {
    Proposal p = new Proposal(command, System.nanoTime() + settings.proposalTimeout().toNanos());
    lock.lock();
    try {
      if (closed) return CompletableFuture.completedFuture(new Outcome.NoQuorum("stopping"));
      if (waitingBytes > WAITING_BYTES_MAX) {
        return CompletableFuture.failedFuture(
            new MusterException(
                ErrorCode.OVERLOADED,
                group + ": " + waitingBytes + " bytes of changes wait already"));
      }
      waiting.add(p);
      waitingBytes += command.length + 64L;
      work.signal();
    } finally {
      lock.unlock();
    }
    return p.outcome;
  }

  private void batch() {
    while (!closed) {
      try {
        inFlight.acquire();
        List<Proposal> batch = take();
        if (batch.isEmpty()) inFlight.release();
        else submit(batch);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      } catch (RuntimeException e) {
        log.error("propose_failed group={}", group, e);
      }
    }
    lock.lock();
    try {
      waiting.forEach(p -> p.outcome.complete(new Outcome.NoQuorum("stopping")));
      waiting.clear();
    } finally {
      lock.unlock();
    }
  }

  private List<Proposal> take() throws InterruptedException {
    List<Proposal> batch = new ArrayList<>();
    int bytes = 0;
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) work.await();
      while (!waiting.isEmpty()
          && (batch.isEmpty() || bytes + waiting.peek().command.length < ENTRY_BYTES)) {
        Proposal p = waiting.remove();
        bytes += p.command.length;
        waitingBytes -= p.command.length + 64L;
        batch.add(p);
      }
    } finally {
      lock.unlock();
    }
    return batch;
  }

  private void submit(List<Proposal> batch) {
    List<byte[]> commands = new ArrayList<>(batch.size());
    for (Proposal p : batch) commands.add(p.command);
    ByteBuffer entry = Packed.pack(commands);
    if (leading) {
      append(entry)
          .whenComplete((r, e) -> settle(batch, r == null ? new Lost(String.valueOf(e)) : r));
      return;
    }
    PeerId leader = node().getLeaderId();
    if (leader == null
        || leader.isEmpty()
        || LinkRpcClient.address(leader.getEndpoint()).equals(self)) {
      settle(batch, new NotDone("no leader"));
      return;
    }
    forward(LinkRpcClient.address(leader.getEndpoint()), entry, batch);
  }

  /// How one entry ended.
  private sealed interface EntryResult permits Done, NotDone, Lost {}

  private record Done(long index, byte[][] results) implements EntryResult {}

  private record NotDone(String why) implements EntryResult {}

  private record Lost(String why) implements EntryResult {}

  private CompletableFuture<EntryResult> append(ByteBuffer entry) {
    CompletableFuture<EntryResult> result = new CompletableFuture<>();
    Task task = new Task();
    task.setData(entry);
    task.setDone(
        new StateAdapter.Results() {
          private @Nullable Done done;

          @Override
          public void applied(long index, byte[][] results) {
            done = new Done(index, results);
          }

          @Override
          public void run(Status status) {
            Done applied = done;
            if (status.isOk() && applied != null) result.complete(applied);
            else if (refused(status)) result.complete(new NotDone(status.getErrorMsg()));
            else result.complete(new Lost(String.valueOf(status.getErrorMsg())));
          }
        });
    node().apply(task);
    return result.completeOnTimeout(
        new Lost("no majority answered in time"),
        settings.proposalTimeout().toNanos(),
        TimeUnit.NANOSECONDS);
  }

  /// Whether the engine refused a task before it could reach any log.
  private static boolean refused(Status status) {
    return status.getCode() == RaftError.EBUSY.getNumber()
        || (status.getCode() == RaftError.EPERM.getNumber()
            && String.valueOf(status.getErrorMsg()).contains("not leader"));
  }

  private void forward(Address leader, ByteBuffer entry, List<Proposal> batch) {
    byte[] name = group.getBytes(StandardCharsets.UTF_8);
    ByteBuffer request = ByteBuffer.allocate(2 + name.length + entry.remaining());
    request.put(RaftGroups.FORWARD).put((byte) name.length).put(name).put(entry);
    links
        .call(leader, LinkChannel.REGISTRY, request.array(), settings.proposalTimeout())
        .whenComplete(
            (answer, e) -> {
              EntryResult r;
              if (answer != null) {
                r = decode(answer);
              } else {
                Throwable cause =
                    e instanceof java.util.concurrent.CompletionException && e.getCause() != null
                        ? e.getCause()
                        : e;
                boolean never =
                    cause instanceof MusterException m
                        && (m.code() == ErrorCode.LINK_UNREACHABLE
                            || m.code() == ErrorCode.OVERLOADED);
                r = never ? new NotDone(String.valueOf(cause)) : new Lost(String.valueOf(cause));
              }
              settle(batch, r);
            });
  }

  /// An entry that another member forwarded here.
  CompletableFuture<byte[]> forwarded(ByteBuffer entry) {
    ByteBuffer copy = ByteBuffer.allocate(entry.remaining()).put(entry).flip();
    if (!leading) return CompletableFuture.completedFuture(encode(new NotDone("not leader")));
    return append(copy).thenApply(RaftConsensus::encode);
  }

  private static byte[] encode(EntryResult r) {
    return switch (r) {
      case Done d -> {
        ByteBuffer packed = Packed.pack(List.of(d.results));
        yield ByteBuffer.allocate(9 + packed.remaining())
            .put((byte) 0)
            .putLong(d.index)
            .put(packed)
            .array();
      }
      case NotDone n -> text((byte) 1, n.why);
      case Lost l -> text((byte) 2, l.why);
    };
  }

  private static byte[] text(byte kind, String why) {
    byte[] utf8 = why.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + utf8.length).put(kind).put(utf8).array();
  }

  private static EntryResult decode(byte[] answer) {
    ByteBuffer b = ByteBuffer.wrap(answer);
    byte kind = b.get();
    if (kind == 0) return new Done(b.getLong(), Packed.unpack(b));
    String why = new String(answer, 1, answer.length - 1, StandardCharsets.UTF_8);
    return kind == 1 ? new NotDone(why) : new Lost(why);
  }

  private void settle(List<Proposal> batch, EntryResult r) {
    inFlight.release();
    switch (r) {
      case Done d -> {
        for (int i = 0; i < batch.size(); i++) {
          batch.get(i).outcome.complete(new Outcome.Committed(d.index, d.results[i]));
        }
      }
      case Lost l -> batch.forEach(p -> p.outcome.complete(new Outcome.Unknown(l.why)));
      case NotDone n -> again(batch, n.why);
    }
  }

  /// Nothing was done: tries again while there is time, in the order given.
  private void again(List<Proposal> batch, String why) {
    long now = System.nanoTime();
    List<Proposal> left = new ArrayList<>();
    for (Proposal p : batch) {
      if (p.deadlineNanos - now > RETRY.toNanos() && !closed) left.add(p);
      else
        p.outcome.complete(
            failure.isEmpty() ? new Outcome.NoQuorum(why) : new Outcome.NoQuorum(failure));
    }
    if (left.isEmpty()) return;
    CompletableFuture.delayedExecutor(RETRY.toMillis(), TimeUnit.MILLISECONDS)
        .execute(
            () -> {
              lock.lock();
              try {
                for (Proposal p : left.reversed()) {
                  waiting.addFirst(p);
                  waitingBytes += p.command.length + 64L;
                }
                work.signal();
              } finally {
                lock.unlock();
              }
            });
  }

  // --- reading

  @Override
  public boolean canReadNow() {
    return leading && alone;
  }

  @Override
  public CompletableFuture<Void> readBarrier() {
    if (canReadNow()) return CompletableFuture.completedFuture(null);
    CompletableFuture<Void> barrier = new CompletableFuture<>();
    lock.lock();
    try {
      reads.add(barrier);
    } finally {
      lock.unlock();
    }
    readAll();
    return barrier.orTimeout(settings.proposalTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  /// One round of the engine for all barriers that wait; at most two rounds at a time.
  private void readAll() {
    List<CompletableFuture<Void>> batch;
    lock.lock();
    try {
      if (reads.isEmpty() || readsInFlight >= 2) return;
      batch = List.copyOf(reads);
      reads.clear();
      readsInFlight++;
    } finally {
      lock.unlock();
    }
    readRound(batch, System.nanoTime() + settings.proposalTimeout().toNanos());
  }

  private void readRound(List<CompletableFuture<Void>> batch, long deadline) {
    node()
        .readIndex(
            new byte[0],
            new ReadIndexClosure() {
              @Override
              public void run(Status status, long index, byte[] context) {
                if (!status.isOk() && !closed && deadline - System.nanoTime() > RETRY.toNanos()) {
                  CompletableFuture.delayedExecutor(RETRY.toMillis(), TimeUnit.MILLISECONDS)
                      .execute(() -> readRound(batch, deadline));
                  return;
                }
                lock.lock();
                try {
                  readsInFlight--;
                } finally {
                  lock.unlock();
                }
                for (CompletableFuture<Void> barrier : batch) {
                  if (status.isOk()) barrier.complete(null);
                  else {
                    barrier.completeExceptionally(
                        new MusterException(
                            ErrorCode.NO_QUORUM, group + ": " + status.getErrorMsg()));
                  }
                }
                readAll();
              }
            });
  }

  // --- what the engine tells

  @Override
  public void leading(long term) {
    leading = true;
    log.info("raft_leading group={} term={}", group, term);
    changed();
  }

  @Override
  public void following() {
    leading = false;
    changed();
  }

  @Override
  public void changed() {
    Node n = node;
    if (n == null || closed) return;
    alone = active(n) && voters((NodeImpl) n).size() == 1;
    View view = view();
    for (Consumer<View> o : observers) o.accept(view);
  }

  @Override
  public void failed(String why) {
    failure = why;
    leading = false;
    changed();
  }

  /// The engine refuses questions to a node that has failed or is being closed.
  private static boolean active(Node n) {
    return n.getNodeState().isActive();
  }

  private static Collection<PeerId> voters(NodeImpl n) {
    Configuration c = n.getCurrentConf();
    return c == null ? List.of() : c.getPeers();
  }

  @Override
  public View view() {
    NodeImpl n = (NodeImpl) node();
    if (!active(n)) {
      return new View(
          group, View.Role.NONE, 0, Optional.empty(), false, 0, 0, List.of(), List.of());
    }
    PeerId leader = n.getLeaderId();
    boolean known = leader != null && !leader.isEmpty();
    Configuration c = n.getCurrentConf();
    PeerId me = n.getServerId();
    View.Role role =
        leading
            ? View.Role.LEADER
            : c != null && c.getLearners().contains(me)
                ? View.Role.LEARNER
                : c != null && c.contains(me)
                    ? (known ? View.Role.FOLLOWER : View.Role.CANDIDATE)
                    : View.Role.NONE;
    return new View(
        group,
        role,
        0,
        known ? Optional.of(LinkRpcClient.address(leader.getEndpoint())) : Optional.empty(),
        failure.isEmpty() && known && (role != View.Role.LEADER || n.isLeader(false)),
        n.getLastCommittedIndex(),
        n.getLastAppliedLogIndex(),
        addresses(c == null ? List.of() : c.getPeers()),
        addresses(c == null ? List.of() : c.getLearners()));
  }

  private static List<Address> addresses(Collection<PeerId> peers) {
    return peers.stream().map(p -> LinkRpcClient.address(p.getEndpoint())).toList();
  }

  @Override
  public AutoCloseable observe(Consumer<View> observer) {
    observers.add(observer);
    return () -> observers.remove(observer);
  }

  @Override
  public CompletableFuture<Void> transferLeadership() {
    if (!leading || alone) return CompletableFuture.completedFuture(null);
    CompletableFuture<Void> moved = new CompletableFuture<>();
    AutoCloseable watching =
        observe(
            v -> {
              if (v.role() != View.Role.LEADER) moved.complete(null);
            });
    Status status = node().transferLeadershipTo(PeerId.ANY_PEER);
    if (!status.isOk()) moved.complete(null);
    return moved
        .completeOnTimeout(null, 2, TimeUnit.SECONDS)
        .whenComplete(
            (_, _) -> {
              try {
                watching.close();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
  }

  Node engine() {
    return node();
  }

  boolean leads() {
    return leading;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
    inFlight.release();
    Node n = node;
    if (n == null) return;
    n.shutdown();
    try {
      n.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
