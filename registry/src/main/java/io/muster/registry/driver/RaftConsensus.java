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
import io.muster.registry.driver.EntryResult.Busy;
import io.muster.registry.driver.EntryResult.Done;
import io.muster.registry.driver.EntryResult.Lost;
import io.muster.registry.driver.EntryResult.NotDone;
import io.muster.registry.driver.Proposals.Reign;
import io.muster.registry.log.SegmentLog;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One group on the engine: what it is asked ([Proposals], reads) and what it tells.
final class RaftConsensus implements Consensus, StateAdapter.Listener {
  private static final Logger log = LoggerFactory.getLogger(RaftConsensus.class);

  /// The engine's own timeout for reads costs a thread that wakes every millisecond.
  private static final long NO_TIMER = -1;

  private final String group;
  private final Address self;
  private final Links links;
  private final RegistrySettings settings;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<CompletableFuture<Void>> reads = new ArrayList<>();
  private final List<Consumer<View>> observers = new CopyOnWriteArrayList<>();
  private final Proposals proposals;
  private int readsInFlight;
  private final AtomicBoolean shortening = new AtomicBoolean();

  /// How much the log had grown at the last snapshot.
  private volatile long shortened;

  private volatile @Nullable SegmentLog entries;
  private volatile @Nullable Node node;
  private volatile boolean leading;

  /// Of the latest leader that was heard of; 0 before the first.
  private volatile long term;

  private volatile boolean alone;
  private volatile boolean closed;
  private volatile String failure = "";

  RaftConsensus(String group, Address self, Links links, RegistrySettings settings) {
    this.group = group;
    this.self = self;
    this.links = links;
    this.settings = settings;
    this.proposals = new Proposals(group, settings.proposalTimeout(), this::send);
  }

  void started(Node started, SegmentLog log) {
    node = started;
    this.entries = log;
    changed();
    proposals.start();
  }

  String name() {
    return group;
  }

  boolean hasStarted() {
    return node != null;
  }

  boolean hasClosed() {
    return closed;
  }

  private Node node() {
    Node n = node;
    if (n == null) throw new IllegalStateException("the group has not started");
    return n;
  }

  // --- proposing

  @Override
  public CompletableFuture<Outcome> propose(byte[] command) {
    return proposals.propose(command);
  }

  private CompletableFuture<EntryResult> send(ByteBuffer entry, Reign to) {
    return to.leader().equals(self) ? append(entry, to.term()) : forward(entry, to);
  }

  private CompletableFuture<EntryResult> append(ByteBuffer entry, long term) {
    CompletableFuture<EntryResult> result = new CompletableFuture<>();
    Task task = new Task();
    task.setData(entry);
    task.setExpectedTerm(term);
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
            EntryResult refused = status.isOk() ? null : refusal(status);
            if (status.isOk() && applied != null) result.complete(applied);
            else if (refused != null) result.complete(refused);
            else result.complete(new Lost(String.valueOf(status.getErrorMsg())));
          }
        });
    node().apply(task);
    return result.completeOnTimeout(
        new Lost("no majority answered in time"),
        settings.proposalTimeout().toNanos(),
        TimeUnit.NANOSECONDS);
  }

  /// What the engine refused before it could reach any log; null for anything else.
  private static @Nullable EntryResult refusal(Status status) {
    String why = String.valueOf(status.getErrorMsg());
    return switch (status.getRaftError()) {
      case EPERM ->
          why.contains("not leader") || why.contains("expected_term") ? new NotDone(why) : null;
      case EBUSY -> why.contains("transferring") ? new NotDone(why) : new Busy(why);
      default -> null;
    };
  }

  private CompletableFuture<EntryResult> forward(ByteBuffer entry, Reign to) {
    byte[] name = group.getBytes(StandardCharsets.UTF_8);
    ByteBuffer request = ByteBuffer.allocate(10 + name.length + entry.remaining());
    request.put(RaftGroups.FORWARD).put((byte) name.length).put(name);
    request.putLong(to.term()).put(entry);
    return links
        .call(to.leader(), LinkChannel.REGISTRY, request.array(), settings.proposalTimeout())
        .handle(
            (answer, e) -> {
              if (answer != null) return EntryResult.decode(answer);
              Throwable cause =
                  e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
              String why = String.valueOf(cause);
              if (!(cause instanceof MusterException m)) return new Lost(why);
              return switch (m.code()) {
                case LINK_UNREACHABLE -> new NotDone(why);
                case OVERLOADED -> new Busy(why);
                default -> new Lost(why);
              };
            });
  }

  /// Commands that another member forwarded here: `u64 term ‖ packed`.
  CompletableFuture<byte[]> forwarded(ByteBuffer request) {
    long term = request.getLong();
    return proposals.forwarded(term, request.slice()).thenApply(EntryResult::encode);
  }

  // --- reading

  @Override
  public boolean canReadNow() {
    return leading && alone;
  }

  @Override
  public CompletableFuture<Void> readBarrier() {
    if (canReadNow()) return CompletableFuture.completedFuture(null);
    if (!failure.isEmpty()) {
      return CompletableFuture.failedFuture(
          new MusterException(ErrorCode.NO_QUORUM, "this replica has stopped: " + failure));
    }
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
    CompletableFuture<Status> round = new CompletableFuture<>();
    node()
        .readIndex(
            new byte[0],
            new ReadIndexClosure(NO_TIMER) {
              @Override
              public void run(Status status, long index, byte[] context) {
                round.complete(status);
              }
            });
    round
        .completeOnTimeout(
            new Status(RaftError.ETIMEDOUT, "no answer in time"),
            deadline - System.nanoTime(),
            TimeUnit.NANOSECONDS)
        .whenComplete((status, _) -> readDone(batch, deadline, status));
  }

  private void readDone(List<CompletableFuture<Void>> batch, long deadline, Status status) {
    if (!status.isOk() && !closed && deadline - System.nanoTime() > Proposals.RETRY.toNanos()) {
      CompletableFuture.delayedExecutor(Proposals.RETRY.toMillis(), TimeUnit.MILLISECONDS)
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
      if (status.isOk()) {
        barrier.complete(null);
      } else {
        barrier.completeExceptionally(
            new MusterException(ErrorCode.NO_QUORUM, group + ": " + status.getErrorMsg()));
      }
    }
    readAll();
  }

  // --- what the engine tells

  @Override
  public void leading(long term) {
    this.term = term;
    leading = true;
    proposals.reigns(new Reign(self, term));
    log.info("raft_leading group={} term={}", group, term);
    changed();
  }

  @Override
  public void leaderless() {
    leading = false;
    proposals.reigns(null);
    changed();
  }

  @Override
  public void following(Address leader, long term) {
    this.term = term;
    leading = false;
    log.info("raft_following group={} leader={} term={}", group, leader, term);
    proposals.reigns(new Reign(leader, term));
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
    proposals.failed(why);
    leaderless();
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
    try {
      return active(n) ? view(n) : inactive();
    } catch (IllegalStateException e) {
      // It has failed or was closed between the two questions.
      return inactive();
    }
  }

  private View inactive() {
    return new View(
        group, View.Role.NONE, 0, Optional.empty(), false, 0, 0, List.of(), List.of(), failure);
  }

  private View view(NodeImpl n) {
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
        term,
        known ? Optional.of(LinkRpcClient.address(leader.getEndpoint())) : Optional.empty(),
        failure.isEmpty() && known && (role != View.Role.LEADER || n.isLeader(false)),
        n.getLastCommittedIndex(),
        n.getLastAppliedLogIndex(),
        addresses(c == null ? List.of() : c.getPeers()),
        addresses(c == null ? List.of() : c.getLearners()),
        failure);
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

  /// Takes a snapshot, and so shortens the log, if it has grown by `bytes` since the last one taken
  /// here. One that fails is tried again when the log has grown by as much once more, or with the
  /// interval. Does not block.
  void shorten(long bytes) {
    Node n = node;
    SegmentLog log = entries;
    if (n == null || log == null || closed) return;
    long grown = log.grown();
    if (grown - shortened < bytes || !shortening.compareAndSet(false, true)) return;
    n.snapshot(
        status -> {
          shortened = grown;
          shortening.set(false);
          RaftConsensus.log.info("raft_shortened group={} grown={} {}", group, grown, status);
        });
  }

  /// Appends an entry without commands, if this replica leads.
  void appendNothing() {
    node().apply(new Task(Packed.pack(List.of()), null));
  }

  Node engine() {
    return node();
  }

  boolean leads() {
    return leading;
  }

  @Override
  public void close() {
    closed = true;
    proposals.close();
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
