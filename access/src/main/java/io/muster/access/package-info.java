/// Who is there and may do what: users, passwords, tokens.
///
/// Two invariants: a password is compared on a bounded pool, never on an event loop, and an unknown
/// user costs as much time as a wrong password.
@NullMarked
package io.muster.access;

import org.jspecify.annotations.NullMarked;
