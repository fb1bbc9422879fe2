/// The provider `ldap`: a login is a bind to a directory server, with a name made of the user's.
///
/// [LdapSettings] are read once; [LdapAuthenticator] has a connection of its own for each login,
/// since a bind changes who a connection is.
@NullMarked
package io.muster.plugins.auth.ldap;

import org.jspecify.annotations.NullMarked;
