/// What providers of authentication implement: who asks whether a name and a password belong
/// together, where Muster does not keep the password itself.
///
/// [AuthProvider] is found by its name and reads its settings, [AuthSetup] opens it for one member,
/// [Authenticator] answers. What a user may do stays Muster's own: a provider says who somebody is,
/// and at most in which of its groups.
@NullMarked
package io.muster.spi.auth;

import org.jspecify.annotations.NullMarked;
