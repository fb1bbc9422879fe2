package io.muster.link;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Which life of its cluster a member's data belongs to.
///
/// A cluster that was founded lives its first life. To restore a backup, or to go on after a lost
/// majority, begins another one, with the former ones as its ancestors: what was acknowledged in
/// the old life and is not in the new one must not come back, so members of both never talk to each
/// other. A member without data belongs to none yet and may join any.
///
/// @param lives from the oldest that is remembered to the one it belongs to; empty without data;
///     each 1 to 16 letters and digits
public record Lineage(List<String> lives) {
  /// Of a member that has no data yet.
  public static final Lineage NONE = new Lineage(List.of());

  /// Of a cluster that was founded and neither restored nor recovered since.
  public static final Lineage FIRST = new Lineage(List.of("first"));

  /// As many ancestors are remembered as fit into a handshake.
  private static final int REMEMBERED = 12;

  public Lineage {
    lives = List.copyOf(lives);
    for (String life : lives) {
      if (!life.matches("[a-z0-9]{1,16}")) {
        throw new IllegalArgumentException(
            "lineage: expected 1 to 16 letters and digits, found '" + life + "'");
      }
    }
  }

  /// What one member's data is to another's.
  public enum Relation {
    /// The same life, or one of both has no data yet.
    SAME,
    /// This one is out of date: the other's life began with what this one's once was.
    SUPERSEDED,
    /// The other one is out of date.
    SUPERSEDES,
    /// Neither comes from the other.
    FOREIGN
  }

  /// The comma-separated form; empty for [#NONE].
  public static Lineage parse(String text) {
    List<String> lives =
        text.isBlank() ? List.of() : Arrays.stream(text.strip().split(",", -1)).toList();
    return new Lineage(lives);
  }

  public String text() {
    return String.join(",", lives);
  }

  /// A life that begins with what this one's data is.
  public Lineage next(String life) {
    List<String> all = new ArrayList<>(lives);
    all.add(life);
    return new Lineage(all.subList(Math.max(0, all.size() - REMEMBERED), all.size()));
  }

  /// How this one stands to another.
  public Relation to(Lineage other) {
    if (lives.isEmpty() || other.lives.isEmpty()) return Relation.SAME;
    if (lives.getLast().equals(other.lives.getLast())) return Relation.SAME;
    if (other.lives.contains(lives.getLast())) return Relation.SUPERSEDED;
    if (lives.contains(other.lives.getLast())) return Relation.SUPERSEDES;
    return Relation.FOREIGN;
  }
}
