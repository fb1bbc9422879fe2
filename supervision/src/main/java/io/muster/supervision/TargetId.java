package io.muster.supervision;

/// Names a target everywhere.
///
/// @param cluster the pool it is in
/// @param addr its identity there
public record TargetId(String cluster, String addr) implements Comparable<TargetId> {
  @Override
  public int compareTo(TargetId other) {
    int c = cluster.compareTo(other.cluster);
    return c != 0 ? c : addr.compareTo(other.addr);
  }

  @Override
  public String toString() {
    return cluster + "/" + addr;
  }
}
