/// Records in PostgreSQL: one table for all clusters, each record a row.
///
/// What is given back is a column of the type `json`, which keeps every byte; what is searched is a
/// `jsonb` beside it. Every statement is parameterised, and every write ends by itself when nobody
/// waits for it any more.
@NullMarked
package io.muster.plugins.store.postgresql;

import org.jspecify.annotations.NullMarked;
