package io.muster.registry.driver;

import com.alipay.sofa.jraft.JRaftUtils;
import com.alipay.sofa.jraft.NodeManager;
import com.alipay.sofa.jraft.RaftServiceFactory;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.option.ReadOnlyOption;
import com.alipay.sofa.jraft.rpc.RaftRpcServerFactory;
import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.Links;
import io.muster.membership.Membership;
import io.muster.registry.Consensus;
import io.muster.registry.ConsensusGroups;
import io.muster.registry.RegistrySettings;
import io.muster.registry.ReplicatedState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.rocksdb.RocksDB;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All consensus groups of one member on the engine, and the talk between members about them.
public final class RaftGroups implements ConsensusGroups {
  private static final Logger log = LoggerFactory.getLogger(RaftGroups.class);
  static final byte FORWARD = 1;
  static final byte CONFIGURATION = 2;
  static final byte FOUND = 3;
  static final byte ADMIT = 4;

  private final RegistrySettings settings;
  private final Path directory;
  private final Links links;
  private final Address self;
  private final Bootstrap bootstrap;
  private final LinkRpcServer server;
  private final ExecutorService calls =
      Executors.newFixedThreadPool(
          3, Thread.ofPlatform().name("raft-call-", 0).daemon(true).factory());
  private final ScheduledExecutorService minder =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("raft-minder").daemon(true).factory());
  private final Map<String, RaftConsensus> groups = new ConcurrentHashMap<>();

  /// @param directory of the logs, such as `<data_dir>/raft`; made when absent
  /// @param links started, with this member's address known
  public RaftGroups(RegistrySettings settings, Path directory, Links links, Membership membership) {
    RocksDB.loadLibrary();
    this.settings = settings;
    this.directory = directory;
    this.links = links;
    this.self = links.listening();
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw corrupt(directory, e);
    }
    this.bootstrap = new Bootstrap(settings, directory, links, membership, minder);
    this.server = new LinkRpcServer(links, calls);
    RaftRpcServerFactory.addRaftRequestProcessors(server, calls, calls, calls);
    NodeManager.getInstance().addAddress(JRaftUtils.getEndPoint(self.host() + ":" + self.port()));
    links.onCall(LinkChannel.REGISTRY, this::called);
    minder.scheduleWithFixedDelay(this::promote, 1, 1, TimeUnit.SECONDS);
  }

  static MusterException corrupt(Path path, Exception e) {
    return new MusterException(
        ErrorCode.DATA_CORRUPT,
        path
            + ": cannot be used ("
            + e.getMessage()
            + "); check permissions and free space, or move it away so that this member gets its"
            + " state from the others",
        e);
  }

  private CompletableFuture<byte[]> called(LinkPeer from, byte[] request) {
    ByteBuffer b = ByteBuffer.wrap(request);
    byte kind = b.hasRemaining() ? b.get() : 0;
    return switch (kind) {
      case FORWARD -> {
        byte[] name = new byte[b.get() & 0xff];
        b.get(name);
        RaftConsensus group = groups.get(new String(name, StandardCharsets.UTF_8));
        yield group == null
            ? CompletableFuture.failedFuture(new IllegalStateException("no such group here"))
            : group.forwarded(b);
      }
      case CONFIGURATION, FOUND -> bootstrap.called(kind, b);
      case ADMIT -> CompletableFuture.supplyAsync(() -> admit(from.address()), minder);
      default ->
          CompletableFuture.failedFuture(new IllegalStateException("unknown request " + kind));
    };
  }

  @Override
  public CompletableFuture<Consensus> start(String name, ReplicatedState state) {
    return bootstrap
        .configuration()
        .thenApplyAsync(voters -> open(name, state, voters), calls)
        .thenCompose(this::ready);
  }

  private RaftConsensus open(String name, ReplicatedState state, List<Address> voters) {
    RaftConsensus consensus = new RaftConsensus(name, self, links, settings);
    groups.put(name, consensus);
    Path dir = directory.resolve(name);
    LinkNodeOptions options = new LinkNodeOptions(links);
    options.setFsm(new StateAdapter(name, state, consensus));
    options.setLogUri(dir.resolve("log").toString());
    options.setRaftMetaUri(dir.resolve("meta").toString());
    options.setSnapshotUri(dir.resolve("snapshot").toString());
    options.setElectionTimeoutMs((int) settings.electionTimeout().toMillis());
    options.setSnapshotIntervalSecs((int) settings.snapshotEvery().toSeconds());
    options.setSnapshotLogIndexMargin(100);
    options.setInitialConf(configuration(voters));
    options.setDisableCli(true);
    options.setSharedElectionTimer(true);
    options.setSharedVoteTimer(true);
    options.setSharedStepDownTimer(true);
    options.setSharedSnapshotTimer(true);
    options.setSharedTimerPool(true);
    options.setTimerPoolSize(1);
    options.setRpcConnectTimeoutMs(500);
    options.setRpcDefaultTimeout((int) settings.electionTimeout().toMillis());
    options.setRpcProcessorThreadPoolSize(6);
    options.setRaftOptions(raftOptions());
    try {
      Files.createDirectories(dir);
      consensus.started(
          RaftServiceFactory.createAndInitRaftNode(
              name, new PeerId(self.host(), self.port()), options));
    } catch (IOException | IllegalStateException e) {
      groups.remove(name);
      throw corrupt(dir, e);
    }
    if (!voters.contains(self)) minder.execute(() -> askIn(name));
    return consensus;
  }

  private RaftOptions raftOptions() {
    RaftOptions o = new RaftOptions();
    o.setSync(true);
    o.setSyncMeta(true);
    o.setReadOnlyOptions(ReadOnlyOption.ReadOnlyLeaseBased);
    o.setMaxElectionDelayMs(150);
    o.setDisruptorBufferSize(1024);
    o.setMaxReplicatorInflightMsgs(64);
    o.setOpenStatistics(false);
    o.setMaxBodySize(2 << 20);
    o.setMaxByteCountPerRpc(1 << 20);
    return o;
  }

  private static Configuration configuration(List<Address> voters) {
    List<PeerId> peers = new ArrayList<>();
    for (Address a : voters) peers.add(new PeerId(a.host(), a.port()));
    return new Configuration(peers);
  }

  /// A replica is ready once it has caught up with a leader.
  private CompletableFuture<Consensus> ready(RaftConsensus consensus) {
    CompletableFuture<Consensus> ready = new CompletableFuture<>();
    long deadline = System.nanoTime() + settings.bootstrapTimeout().toNanos();
    tryRead(consensus, ready, deadline);
    return ready;
  }

  private void tryRead(RaftConsensus c, CompletableFuture<Consensus> ready, long deadline) {
    c.readBarrier()
        .whenComplete(
            (_, e) -> {
              if (e == null) ready.complete(c);
              else if (System.nanoTime() - deadline > 0) {
                ready.completeExceptionally(
                    new MusterException(
                        ErrorCode.BOOTSTRAP_FAILED,
                        "no leader of " + c.view().group() + " in time: " + e.getMessage(),
                        e));
              } else {
                CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS)
                    .execute(() -> tryRead(c, ready, deadline));
              }
            });
  }

  // --- members that come later

  private void askIn(String name) {
    RaftConsensus c = groups.get(name);
    if (c == null) return;
    Consensus.View v = c.view();
    if (v.voters().contains(self) || v.learners().contains(self)) return;
    for (LinkPeer peer : links.peers()) {
      links
          .call(
              peer.address(), LinkChannel.REGISTRY, new byte[] {ADMIT}, settings.proposalTimeout())
          .exceptionally(_ -> new byte[0]);
    }
    minder.schedule(() -> askIn(name), 1, TimeUnit.SECONDS);
  }

  /// Takes a member in as a learner wherever this one leads.
  private byte[] admit(Address newcomer) {
    PeerId id = new PeerId(newcomer.host(), newcomer.port());
    for (RaftConsensus c : groups.values()) {
      Consensus.View v = c.view();
      if (!c.leads() || v.voters().contains(newcomer) || v.learners().contains(newcomer)) continue;
      log.info("raft_learner group={} member={}", v.group(), newcomer);
      c.engine().addLearners(List.of(id), status -> {});
    }
    return new byte[0];
  }

  /// Makes one learner a voter where there are fewer voters than wanted.
  private void promote() {
    try {
      for (RaftConsensus c : groups.values()) {
        if (!c.leads()) continue;
        Consensus.View v = c.view();
        if (v.learners().isEmpty() || v.voters().size() >= settings.votersMax()) continue;
        Address next = v.learners().getFirst();
        PeerId id = new PeerId(next.host(), next.port());
        log.info("raft_promote group={} member={}", v.group(), next);
        c.engine()
            .removeLearners(
                List.of(id),
                removed -> {
                  if (removed.isOk()) {
                    c.engine()
                        .addPeer(
                            id,
                            added -> {
                              if (!added.isOk()) {
                                log.warn(
                                    "raft_promote_failed member={} reason=\"{}\"", next, added);
                                c.engine().addLearners(List.of(id), _ -> {});
                              }
                            });
                  }
                });
      }
    } catch (RuntimeException e) {
      log.error("raft_minder_failed", e);
    }
  }

  @Override
  public void close() {
    minder.shutdownNow();
    groups.values().forEach(RaftConsensus::close);
    server.shutdown();
    NodeManager.getInstance()
        .removeAddress(JRaftUtils.getEndPoint(self.host() + ":" + self.port()));
    calls.shutdownNow();
  }
}
