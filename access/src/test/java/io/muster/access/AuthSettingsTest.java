package io.muster.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.Settings;
import io.muster.spi.ProviderSettings;
import io.muster.spi.auth.AuthProvider;
import io.muster.spi.auth.AuthSetup;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `auth_providers` and what goes with it.
class AuthSettingsTest {
  private record Named(String name) implements AuthProvider {
    @Override
    public AuthSetup read(ProviderSettings s) {
      s.text("url", "", "where it is");
      return () -> {
        throw new UnsupportedOperationException("settings only");
      };
    }
  }

  private static AuthProviders read(String yaml, AuthProvider... installed) {
    Settings settings = Settings.of(yaml, "muster.yaml", Map.of(), Map.of());
    AuthProviders read =
        AuthProviders.read(settings.root().section("security", "users"), List.of(installed));
    settings.finish();
    return read;
  }

  @Test
  void aProviderIsReadWithItsOwnKeys() {
    AuthProviders read =
        read(
            """
            security:
              default_auth_provider: corp
              allow_user_choose_auth_provider: false
              auth_providers:
                corp:
                  provider: ldap
                  url: x
                  create_users: true
                  groups: [staff]
                  group_map: { ops: operators }
                  timeout: 2s
            """,
            new Named("ldap"));

    assertThat(read.byDefault()).isEqualTo("corp");
    assertThat(read.userChooses()).isFalse();
    AuthProviders.Configured corp = read.configured().get("corp");
    assertThat(corp.createUsers()).isTrue();
    assertThat(corp.groups()).containsExactly("staff");
    assertThat(corp.groupMap()).containsExactly(Map.entry("ops", "operators"));
    assertThat(corp.timeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(read("", new Named("ldap"))).isEqualTo(AuthProviders.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ auth_providers: { corp: { provider: ldpa } } } | one of ldap, found 'ldpa'",
        "{ auth_providers: { happn: { provider: ldap } } } | other than happn",
        "{ auth_providers: { Corp: { provider: ldap } } } | a name of small letters",
        "{ auth_providers: { corp: { provider: ldap, ulr: x } } } | did you mean 'url'?",
        "{ default_auth_provider: corp } | happn or one of auth_providers",
      })
  void whatCannotBeIsRefusedWithItsPlace(String security, String why) {
    assertThatThrownBy(() -> read("security: " + security, new Named("ldap")))
        .hasMessageContaining("muster.yaml:1:")
        .hasMessageContaining(why);
  }

  @Test
  void twoOfOneNameAreRefused() {
    assertThatThrownBy(() -> read("", new Named("ldap"), new Named("ldap")))
        .hasMessageContaining("calls itself 'ldap'");
    assertThatThrownBy(() -> read("", new Named("happn"))).hasMessageContaining("'happn'");
  }
}
