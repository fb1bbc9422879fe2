package io.muster.realtime;

import io.muster.kernel.Lane;

/// A session that receives publications; all its deliveries happen on its lane.
public interface Subscriber {
  String session();

  Lane lane();

  /// Whether the session is a cluster peer of the happn protocol (`noCluster` publications skip
  /// it).
  boolean peer();
}
