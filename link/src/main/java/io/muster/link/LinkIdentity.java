package io.muster.link;

import io.muster.kernel.MemberId;

/// Who this member says it is in a handshake.
///
/// @param lineage of the data it started with
public record LinkIdentity(
    String cluster, MemberId id, String name, long incarnation, Lineage lineage) {
  /// One without data.
  public LinkIdentity(String cluster, MemberId id, String name, long incarnation) {
    this(cluster, id, name, incarnation, Lineage.NONE);
  }
}
