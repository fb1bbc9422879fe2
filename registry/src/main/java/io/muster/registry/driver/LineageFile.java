package io.muster.registry.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.link.Lineage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// The life of the cluster that a directory of logs belongs to, in its file `lineage`; without it,
/// the first one.
///
/// Beside the handshake of links, which refuses members of other lives, the engine's name of a
/// group has its life in it: should a message of another life ever come through, there is no such
/// group here.
public final class LineageFile {
  static final String VOTERS = "voters";
  private static final String FILE = "lineage";

  private LineageFile() {}

  /// @param raft the directory of the logs, such as `<data_dir>/raft`
  /// @return [Lineage#NONE] where there are no logs yet
  /// @throws io.muster.kernel.MusterException `data_corrupt` when the file cannot be read
  public static Lineage read(Path raft) {
    Path file = raft.resolve(FILE);
    try {
      if (Files.exists(file)) return Lineage.parse(Files.readString(file));
    } catch (IOException | IllegalArgumentException e) {
      throw RaftGroups.corrupt(file, e);
    }
    return Files.exists(raft.resolve(VOTERS)) ? Lineage.FIRST : Lineage.NONE;
  }

  static void write(Path raft, Lineage lineage) throws IOException {
    Path next = raft.resolve(FILE + ".new");
    Files.writeString(
        next,
        lineage.text() + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE,
        StandardOpenOption.SYNC);
    Files.move(
        next,
        raft.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /// Why a member does not start whose data is of an earlier life.
  ///
  /// @param why with the name of the member that lives in a later one
  public static MusterException superseded(Path dataDirectory, String why) {
    return new MusterException(
        ErrorCode.MEMBER_SUPERSEDED,
        "member.data_dir: "
            + dataDirectory
            + ": "
            + why
            + ". Move the directory away; with an empty one a new member joins");
  }

  /// What the engine calls a group on its way between members.
  static String wireName(String group, Lineage lineage) {
    boolean first = lineage.equals(Lineage.NONE) || lineage.equals(Lineage.FIRST);
    return first ? group : group + "-" + lineage.lives().getLast();
  }
}
