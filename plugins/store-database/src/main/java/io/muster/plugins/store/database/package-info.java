/// What stores share that talk to a database elsewhere by blocking calls.
///
/// A provider implements [Database], plain calls that block; [DatabaseStore] makes a store of it:
/// bounded work in the order of paths, deadlines, health, and an answer for everybody. A database
/// that is slow or dead costs its own requests time, and nobody else.
@NullMarked
package io.muster.plugins.store.database;

import org.jspecify.annotations.NullMarked;
