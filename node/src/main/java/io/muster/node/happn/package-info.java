/// Configuration files of happn-3 and of both generations of happn-cluster, read as they are.
///
/// [io.muster.node.happn.HappnKeys] is the one table of their keys: what each becomes in
/// `muster.yaml`, or why it means nothing here, or what to do instead.
/// [io.muster.node.happn.HappnFile] makes settings of a file with it. Two things hold: no key is
/// dropped without a word, and every message names the key and the place as the user wrote it.
@NullMarked
package io.muster.node.happn;

import org.jspecify.annotations.NullMarked;
