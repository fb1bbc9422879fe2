package io.muster.node;

import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Role;
import io.muster.link.Lineage;
import io.muster.node.backup.Restore;
import io.muster.registry.ReplicatedState;
import io.muster.registry.driver.GroupFiles;
import io.muster.registry.driver.GroupRegistry;
import io.muster.registry.driver.LineageFile;
import io.muster.registry.driver.RegistrySnapshot;
import io.muster.registry.driver.RocksLibrary;
import io.muster.store.StoreSettings;
import io.muster.store.driver.RocksState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The data directory of a member whose cluster has lost its majority for ever, while the member
/// does not run. Holds the directory's lock. Blocks.
///
/// What is in this member's log becomes all there is, acknowledged or not, and this member the only
/// voter of a new life of the cluster ([Lineage]). The former files are moved to
/// `<data_dir>/before-recovery-…` and stay untouched.
public final class Recovery implements AutoCloseable {
  private static final String WORK = "recovery";
  private final MusterSettings settings;
  private final Path data;
  private final Address self;
  private final DataDirectory directory;
  private final List<Found> found = new ArrayList<>();

  /// A group as it is in this member's log.
  ///
  /// @param snapshot index of the last entry of the snapshot, 0 without one
  /// @param index of the last entry, of `term`
  /// @param voters as the last change of them in the log says
  public record Found(String group, long snapshot, long index, long term, List<Address> voters) {
    public Found {
      voters = List.copyOf(voters);
    }
  }

  /// Looks at what there is, changing nothing of it.
  ///
  /// @throws MusterException `recover_refused` when there is nothing to recover, `data_corrupt`
  ///     when the member runs or its files cannot be read
  public Recovery(MusterSettings settings) {
    this.settings = settings;
    this.data = settings.member().dataDir().toAbsolutePath().normalize();
    if (!settings.member().roles().contains(Role.CONTROL)) {
      throw refused("expected the role control, found " + settings.member().roles());
    }
    this.self = Restore.address(settings);
    boolean unfinished = Files.exists(data.resolve(DataDirectory.RECOVERING));
    if (!unfinished && LineageFile.read(data.resolve("raft")).equals(Lineage.NONE)) {
      throw refused("expected the data of a member of a cluster, found none");
    }
    directory = DataDirectory.forRecovery(data);
    try {
      RocksLibrary.load(data.resolve("native"));
      if (!unfinished) look();
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private MusterException refused(String why) {
    return new MusterException(ErrorCode.RECOVER_REFUSED, "member.data_dir: " + data + ": " + why);
  }

  private void look() {
    Path raft = data.resolve("raft");
    GroupFiles groups = new GroupFiles(raft);
    try {
      for (String g : groups.groups()) {
        GroupFiles.Found f = groups.look(g);
        found.add(new Found(g, f.snapshot(), f.index(), f.term(), f.voters()));
      }
    } catch (IOException e) {
      throw damaged(e);
    }
    if (found.stream().noneMatch(f -> f.group().equals(GroupRegistry.GROUP))) {
      throw refused("expected the group meta, found " + found);
    }
    if (found.stream().allMatch(f -> f.voters().equals(List.of(self)))) {
      throw refused("this member is the only voter already; start it");
    }
  }

  private MusterException damaged(IOException e) {
    return new MusterException(
        ErrorCode.DATA_CORRUPT,
        data
            + ": the logs cannot be read ("
            + e.getMessage()
            + "); recover from another surviving member, or restore a backup",
        e);
  }

  /// The groups as they are in this member's logs; empty when an earlier recovery was interrupted
  /// and only has to be finished.
  public List<Found> found() {
    return List.copyOf(found);
  }

  /// This member's address: the only voter afterwards.
  public Address self() {
    return self;
  }

  /// Recovers. After a crash it is asked for again, and goes on where it ended.
  ///
  /// @return where the former files are now
  public Path run() {
    try {
      Path work = data.resolve(WORK);
      if (!found.isEmpty()) {
        DataDirectory.delete(work);
        build(Files.createDirectories(work));
        // From here on the directory is of neither life until all is in place.
        directory.recovering(Instant.now().toString().replaceAll("[^0-9TZ]", ""));
      }
      return exchange(work);
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  /// Makes the logs of the new life in a directory of their own.
  private void build(Path work) throws IOException {
    Path raft = data.resolve("raft");
    GroupFiles from = new GroupFiles(raft);
    GroupFiles to = new GroupFiles(work.resolve("raft"));
    for (Found f : found) {
      Path snapshot = Files.createDirectories(work.resolve("snapshot").resolve(f.group()));
      if (f.group().equals(GroupRegistry.GROUP)) {
        ReplicatedState state = RegistrySnapshot.empty();
        from.replay(f.group(), state);
        state.save(snapshot);
        RegistrySnapshot.strikeMembers(snapshot);
      } else {
        Path scratch = work.resolve("state").resolve(f.group());
        try (RocksState state = new RocksState(scratch, StoreSettings.STANDARD)) {
          from.replay(f.group(), state);
          state.save(snapshot);
        }
      }
      to.begin(f.group(), self, Math.max(1, f.index()), snapshot);
    }
    to.found(self, LineageFile.read(raft).next(Restore.life()));
  }

  /// Puts the new life in the place of the old one; each step may have been done already.
  private Path exchange(Path work) throws IOException {
    Path before = data.resolve("before-recovery-" + directory.recovering());
    Files.createDirectories(before);
    Path made = work.resolve("raft");
    if (Files.exists(made)) {
      for (Path shard : shards()) {
        Path to = before.resolve(data.relativize(shard));
        Files.createDirectories(to.getParent());
        Files.move(shard, to, StandardCopyOption.ATOMIC_MOVE);
      }
      Path raft = data.resolve("raft");
      if (Files.exists(raft)) {
        Files.move(raft, before.resolve("raft"), StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(made, raft, StandardCopyOption.ATOMIC_MOVE);
    }
    DataDirectory.delete(work);
    directory.recovered();
    return before;
  }

  /// The embedded store's directories, `store/data-0`.
  private List<Path> shards() throws IOException {
    try (Stream<Path> all = Files.walk(data, 2)) {
      return all.filter(
              p -> {
                Path r = data.relativize(p);
                return r.getNameCount() == 2
                    && r.getName(0).toString().startsWith("store")
                    && r.getName(1).toString().startsWith("data-");
              })
          .sorted(Comparator.naturalOrder())
          .toList();
    }
  }

  /// Of the member, for messages.
  public String name() {
    return settings.member().name();
  }

  @Override
  public void close() {
    directory.close();
  }
}
