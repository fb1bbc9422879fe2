/// Pure pieces of the registry: how commands share a log entry, and who founds a group.
///
/// Two invariants: an entry is applied whole or not at all, and a group is founded once.
@NullMarked
package io.muster.registry.core;

import org.jspecify.annotations.NullMarked;
