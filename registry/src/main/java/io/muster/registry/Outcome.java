package io.muster.registry;

import io.muster.kernel.Address;
import java.util.Optional;

/// How a proposal ended.
public sealed interface Outcome {
  /// In the log, on a majority's disks, and applied here or at the leader.
  record Committed(long index, byte[] result) implements Outcome {}

  /// Not done: the asked member does not lead and could not forward.
  record NotLeader(Optional<Address> leader) implements Outcome {}

  /// Not done: no majority answers.
  record NoQuorum(String why) implements Outcome {}

  /// Nobody knows: the leader vanished or the deadline passed after the command was handed over.
  record Unknown(String why) implements Outcome {}
}
