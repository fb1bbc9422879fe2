package io.muster.plugins.auth.ldap;

import io.muster.spi.ProviderSettings;
import io.muster.spi.auth.AuthProvider;
import io.muster.spi.auth.AuthSetup;

/// The provider `ldap`. Loaded by its name in `META-INF/services`.
public final class LdapProvider implements AuthProvider {
  @Override
  public String name() {
    return "ldap";
  }

  @Override
  public AuthSetup read(ProviderSettings s) {
    LdapSettings settings = LdapSettings.read(s);
    return () -> new LdapAuthenticator(settings);
  }
}
