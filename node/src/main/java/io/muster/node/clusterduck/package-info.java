/// Configuration files of clusterduck, read as they are.
///
/// What is watched (`clusters`) is spelt the same in `muster.yaml` and passes through.
/// [io.muster.node.clusterduck.ClusterduckFile] makes settings of the rest; no key is dropped
/// without a word, and every message names the key and the place as the user wrote it.
@NullMarked
package io.muster.node.clusterduck;

import org.jspecify.annotations.NullMarked;
