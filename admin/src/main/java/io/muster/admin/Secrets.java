package io.muster.admin;

import java.util.List;

/// The cluster's secret as operators see it: by fingerprints, never itself. Safe on any thread; all
/// of it blocks, since other members are asked and a fingerprint takes about a second to compute
/// the first time.
public interface Secrets {
  /// Who holds which secrets now.
  View status();

  /// Replaces the cluster's secret by the new one that lies on all machines: all members accept it,
  /// then all use it, then none accepts the old one any more. Each step begins when every member
  /// has confirmed the one before. Asked again it goes on where it ended.
  ///
  /// @throws io.muster.kernel.MusterException `secret_rotation_refused` when nothing was done,
  ///     `secret_rotation_incomplete` saying how far it came, `not_started`
  Rotated rotate();

  /// Reads this member's files again, and takes what they hold.
  ///
  /// @throws io.muster.kernel.MusterException `bad_request`, `not_started`
  Held reload();

  /// What one member holds.
  ///
  /// @param member its name
  /// @param used fingerprint of the secret that it proves itself with
  /// @param accepted fingerprints of all that it accepts, the one it uses first
  /// @param waiting fingerprint of the new one that lies on its machine; empty where none does
  /// @param file where the new one is to be put; empty where the secret is in no file
  /// @param problem why it cannot take part in a rotation, in words; empty when it can
  record Held(
      String member,
      String used,
      List<String> accepted,
      String waiting,
      String file,
      String problem) {
    public Held {
      accepted = List.copyOf(accepted);
    }
  }

  /// @param agreed whether all members use the same secret, accept no other, and none is missing
  /// @param members those that answered, by name
  /// @param missing those that are away or did not answer: a name and why
  record View(boolean agreed, List<Held> members, List<String> missing) {
    public View {
      members = List.copyOf(members);
      missing = List.copyOf(missing);
    }
  }

  /// @param fingerprint of the secret that all use now
  /// @param steps what was done, in order
  record Rotated(String fingerprint, List<Step> steps) {
    public Rotated {
      steps = List.copyOf(steps);
    }
  }

  /// @param step `accept`, `switch` or `drop`
  /// @param members that had not done it before
  record Step(String step, List<String> members) {
    public Step {
      members = List.copyOf(members);
    }
  }
}
