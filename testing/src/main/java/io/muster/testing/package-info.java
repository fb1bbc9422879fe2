/// What the tests of all modules share; no part of a running member, and it depends on none.
///
/// Two habits live here: chance in a test comes from a seed that the failure names ([Seeds]), and a
/// test waits for a condition, never for a time ([Eventually]).
@NullMarked
package io.muster.testing;

import org.jspecify.annotations.NullMarked;
