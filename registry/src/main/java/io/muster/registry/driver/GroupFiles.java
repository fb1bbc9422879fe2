package io.muster.registry.driver;

import com.alipay.sofa.jraft.JRaftServiceFactory;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationManager;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import com.alipay.sofa.jraft.storage.SnapshotStorage;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import io.muster.kernel.Address;
import io.muster.link.Lineage;
import io.muster.registry.ReplicatedState;
import io.muster.registry.core.Packed;
import io.muster.registry.log.SegmentLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The engine's files of groups while no member uses them: what a restore begins with, and what is
/// left after a majority was lost. Blocks; one at a time for a directory.
public final class GroupFiles {
  /// A log that is begun anew counts its terms anew: the first leader has term 1.
  private static final long FIRST_TERM = 1;

  private final Path raft;
  private final JRaftServiceFactory engine = new NodeOptions().getServiceFactory();

  /// @param raft the directory of all groups, such as `<data_dir>/raft`
  public GroupFiles(Path raft) {
    this.raft = raft;
  }

  /// What is found of a group.
  ///
  /// @param snapshot index of the last entry of the snapshot, 0 without one
  /// @param index of the last entry in the log, or in the snapshot when there is none
  /// @param term of that entry
  /// @param voters as the last change of them in the log says, whether it was acknowledged or not
  public record Found(String group, long snapshot, long index, long term, List<Address> voters) {
    public Found {
      voters = List.copyOf(voters);
    }
  }

  /// The groups that have files here, `meta` first.
  public List<String> groups() throws IOException {
    if (!Files.isDirectory(raft)) return List.of();
    try (Stream<Path> all = Files.list(raft)) {
      return all.filter(Files::isDirectory)
          .map(p -> p.getFileName().toString())
          .sorted(
              (a, b) ->
                  a.equals(GroupRegistry.GROUP)
                      ? -1
                      : b.equals(GroupRegistry.GROUP) ? 1 : a.compareTo(b))
          .toList();
    }
  }

  /// Looks at a group, changing nothing but a torn end of its log, which is cut off as at a start.
  public Found look(String group) throws IOException {
    return read(group, null);
  }

  /// Brings a state to the end of a group's log: its snapshot first, then all that is in the log,
  /// acknowledged or not. The files are left as they are.
  ///
  /// @param state empty
  public Found replay(String group, ReplicatedState state) throws IOException {
    return read(group, state);
  }

  private Found read(String group, @Nullable ReplicatedState into) throws IOException {
    Path home = raft.resolve(group);
    ConfigurationManager voters = new ConfigurationManager();
    LogStorageOptions options = new LogStorageOptions();
    options.setGroupId(group);
    options.setConfigurationManager(voters);
    options.setLogEntryCodecFactory(engine.createLogEntryCodecFactory());
    SnapshotStorage snapshots = snapshots(home);
    LogStorage log = null;
    try {
      log = new EngineLog(SegmentLog.open(home.resolve("log")));
      if (!log.init(options)) {
        throw new IOException(home.resolve("log") + ": the log cannot be opened");
      }
      SnapshotMeta meta = load(home, snapshots, into);
      long first = Math.max(log.getFirstLogIndex(), meta.getLastIncludedIndex() + 1);
      long last = Math.max(log.getLastLogIndex(), meta.getLastIncludedIndex());
      long term = meta.getLastIncludedTerm();
      if (last > meta.getLastIncludedIndex()) {
        if (log.getFirstLogIndex() > meta.getLastIncludedIndex() + 1) {
          throw new IOException(
              home.resolve("log")
                  + ": expected entry "
                  + (meta.getLastIncludedIndex() + 1)
                  + ", which follows the snapshot; the log begins with "
                  + log.getFirstLogIndex());
        }
        term = entry(home, log, last).getId().getTerm();
      }
      if (into != null) apply(home, log, first, last, into);
      return new Found(group, meta.getLastIncludedIndex(), last, term, voters(voters, meta));
    } finally {
      if (log != null) log.shutdown();
      snapshots.shutdown();
    }
  }

  private SnapshotMeta load(Path home, SnapshotStorage snapshots, @Nullable ReplicatedState into)
      throws IOException {
    try (SnapshotReader reader = snapshots.open()) {
      if (reader == null)
        return SnapshotMeta.newBuilder().setLastIncludedIndex(0).setLastIncludedTerm(0).build();
      SnapshotMeta meta = reader.load();
      if (meta == null) throw new IOException(home.resolve("snapshot") + ": cannot be read");
      if (into != null) into.load(Path.of(reader.getPath()));
      return meta;
    }
  }

  private static LogEntry entry(Path home, LogStorage log, long index) throws IOException {
    LogEntry entry = log.getEntry(index);
    if (entry != null && !entry.isCorrupted()) return entry;
    throw new IOException(home.resolve("log") + ": entry " + index + " is missing or damaged");
  }

  private static void apply(Path home, LogStorage log, long first, long last, ReplicatedState into)
      throws IOException {
    for (long i = first; i <= last; i++) {
      LogEntry entry = entry(home, log, i);
      if (entry.getType() != EntryType.ENTRY_TYPE_DATA || i <= into.appliedIndex()) continue;
      into.apply(i, Packed.unpack(entry.getData()));
    }
  }

  private static List<Address> voters(ConfigurationManager log, SnapshotMeta meta) {
    List<Address> voters = new ArrayList<>();
    Configuration latest = log.getLastConfiguration().getConf();
    if (!latest.isEmpty()) {
      for (PeerId p : latest.getPeers()) voters.add(LinkRpcClient.address(p.getEndpoint()));
      return voters;
    }
    for (String p : meta.getPeersList()) {
      PeerId id = new PeerId();
      if (id.parse(p)) voters.add(LinkRpcClient.address(id.getEndpoint()));
    }
    return voters;
  }

  private SnapshotStorage snapshots(Path home) throws IOException {
    NodeOptions options = new NodeOptions();
    options.setSnapshotUri(home.resolve("snapshot").toString());
    SnapshotStorage snapshots = engine.createSnapshotStorage(options);
    if (!snapshots.init(null)) {
      throw new IOException(home.resolve("snapshot") + ": cannot be opened");
    }
    return snapshots;
  }

  /// Begins a group: its log is empty and follows a snapshot, and one member alone votes. Members
  /// that join later get the snapshot.
  ///
  /// @param snapshot files of a snapshot, which are moved
  /// @param index the last entry that counts as being in it, at least 1
  public void begin(String group, Address voter, long index, Path snapshot) throws IOException {
    Path home = Files.createDirectories(raft.resolve(group));
    SnapshotStorage snapshots = snapshots(home);
    try (SnapshotWriter writer = snapshots.create()) {
      if (writer == null) throw new IOException(home.resolve("snapshot") + ": cannot be written");
      Path into = Path.of(writer.getPath());
      try (Stream<Path> files = Files.list(snapshot)) {
        for (Path file : files.toList()) {
          String name = file.getFileName().toString();
          Files.move(file, into.resolve(name));
          if (!writer.addFile(name)) throw new IOException("cannot add " + name);
        }
      }
      SnapshotMeta meta =
          SnapshotMeta.newBuilder()
              .setLastIncludedIndex(index)
              .setLastIncludedTerm(FIRST_TERM)
              .addPeers(new PeerId(voter.host(), voter.port()).toString())
              .build();
      if (!writer.saveMeta(meta)) throw new IOException("cannot write the snapshot's table");
    } finally {
      snapshots.shutdown();
    }
  }

  /// Writes who founds the groups and the life they begin, after all groups have begun: without
  /// these files a member starts as one that has no data.
  public void found(Address voter, Lineage lineage) throws IOException {
    LineageFile.write(raft, lineage);
    Files.writeString(raft.resolve(LineageFile.VOTERS), voter + "\n");
  }
}
