/// The `muster` command: starts members, and asks them through their administration address.
///
/// Two invariants: output for programs (`--json`) has types of its own, and exit codes are 0 ok, 1
/// failure, 2 usage or configuration, 3 not running.
@NullMarked
package io.muster.cli;

import org.jspecify.annotations.NullMarked;
