package io.muster.registry.driver;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.LeaderChangeContext;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import io.muster.kernel.Address;
import io.muster.registry.ReplicatedState;
import io.muster.registry.core.Packed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands the engine's entries to a [ReplicatedState] and tells of changes of leadership. All calls
/// on the engine's one apply thread.
final class StateAdapter extends StateMachineAdapter {
  private static final Logger log = LoggerFactory.getLogger(StateAdapter.class);

  /// Who wants to know of leadership.
  interface Listener {
    /// This replica leads, and has applied all that former leaders committed.
    void leading(long term);

    /// Nobody is known to lead.
    void leaderless();

    void following(Address leader, long term);

    void changed();

    void failed(String why);
  }

  /// The closure of an entry proposed here: gets the results.
  interface Results extends Closure {
    void applied(long index, byte[][] results);
  }

  private final String group;
  private final ReplicatedState state;
  private final Listener listener;

  StateAdapter(String group, ReplicatedState state, Listener listener) {
    this.group = group;
    this.state = state;
    this.listener = listener;
  }

  @Override
  public void onApply(Iterator entries) {
    while (entries.hasNext()) {
      long index = entries.getIndex();
      Results done = (Results) entries.done();
      try {
        if (index > state.appliedIndex()) {
          byte[][] results = state.apply(index, Packed.unpack(entries.getData()));
          if (done != null) done.applied(index, results);
        }
      } catch (RuntimeException e) {
        log.error("apply_failed group={} index={}", group, index, e);
        entries.setErrorAndRollback(
            1,
            new Status(RaftError.ESTATEMACHINE, "apply failed at %d: %s", index, e.getMessage()));
        return;
      }
      if (done != null) done.run(Status.OK());
      entries.next();
    }
  }

  @Override
  public void onSnapshotSave(SnapshotWriter writer, Closure done) {
    try {
      Path directory = Path.of(writer.getPath());
      state.save(directory);
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          String name = file.getFileName().toString();
          if (!name.startsWith("__raft") && !writer.addFile(name)) {
            throw new IOException("cannot add " + name);
          }
        }
      }
      done.run(Status.OK());
    } catch (IOException | RuntimeException e) {
      log.error("snapshot_failed group={} path={}", group, writer.getPath(), e);
      done.run(new Status(RaftError.EIO, "snapshot of %s failed: %s", group, e.getMessage()));
    }
  }

  @Override
  public boolean onSnapshotLoad(SnapshotReader reader) {
    try {
      long index = reader.load().getLastIncludedIndex();
      // At a restart the state is already further than its snapshot.
      if (state.appliedIndex() < index) state.load(Path.of(reader.getPath()));
      return true;
    } catch (IOException | RuntimeException e) {
      log.error("snapshot_load_failed group={} path={}", group, reader.getPath(), e);
      return false;
    }
  }

  @Override
  public void onLeaderStart(long term) {
    listener.leading(term);
  }

  @Override
  public void onLeaderStop(Status status) {
    listener.leaderless();
  }

  @Override
  public void onStartFollowing(LeaderChangeContext context) {
    listener.following(
        LinkRpcClient.address(context.getLeaderId().getEndpoint()), context.getTerm());
  }

  @Override
  public void onStopFollowing(LeaderChangeContext context) {
    listener.leaderless();
  }

  @Override
  public void onConfigurationCommitted(Configuration configuration) {
    listener.changed();
  }

  @Override
  public void onError(@Nullable RaftException e) {
    String why = e == null ? "unknown" : String.valueOf(e.getStatus());
    log.error("raft_failed group={} reason=\"{}\"", group, why, e);
    listener.failed(why);
  }
}
