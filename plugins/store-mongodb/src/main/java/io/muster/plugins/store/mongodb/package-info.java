/// Records in MongoDB, in documents as happn-cluster keeps them: `{_id, path, data, created,
/// modified, modifiedBy}`, where `_id` is the path. What others wrote is read as it lies there, and
/// what is written here they can read.
///
/// Beside these members a document has `version`, `createdBy`, `rev` (new with every write) and,
/// where BSON cannot hold the data to the letter, `exact`: its JSON.
@NullMarked
package io.muster.plugins.store.mongodb;

import org.jspecify.annotations.NullMarked;
