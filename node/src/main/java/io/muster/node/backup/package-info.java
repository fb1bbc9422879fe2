/// Backups: how a running member makes one, how one is checked, and how a new cluster begins with
/// it.
///
/// Invariant: nothing here changes a file of a member that runs.
@NullMarked
package io.muster.node.backup;

import org.jspecify.annotations.NullMarked;
