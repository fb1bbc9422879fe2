/// Patterns, subscriptions, publications, and their replication between members.
@NullMarked
package io.muster.realtime;

import org.jspecify.annotations.NullMarked;
