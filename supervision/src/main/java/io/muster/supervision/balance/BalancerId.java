package io.muster.supervision.balance;

/// Names a balancer.
///
/// @param cluster whose targets it balances
/// @param name its own, there
public record BalancerId(String cluster, String name) implements Comparable<BalancerId> {
  @Override
  public int compareTo(BalancerId other) {
    int c = cluster.compareTo(other.cluster);
    return c != 0 ? c : name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return cluster + "/" + name;
  }
}
