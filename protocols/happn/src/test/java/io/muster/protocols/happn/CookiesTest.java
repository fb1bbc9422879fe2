package io.muster.protocols.happn;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.kernel.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CookiesTest {
  private static Cookies read(String yaml) {
    return Cookies.read(Settings.of(yaml, "muster.yaml", Map.of(), Map.of()).root());
  }

  @Test
  void withoutSettingsOneCookieServesAllConnections() {
    Cookies c = read("");

    assertThat(c.name(true)).isEqualTo("happn_token");
    assertThat(c.name(false)).isEqualTo("happn_token");
    assertThat(c.domain()).isEmpty();
  }

  @Test
  void overTlsTheCookieMayHaveAnotherNameAndOtherPagesMayShareIt() {
    Cookies c = read("cookieName: mine\nhttpsCookie: true\ncookieDomain: .my.org\n");

    assertThat(c.name(true)).isEqualTo("mine_https");
    assertThat(c.name(false)).isEqualTo("mine");
    assertThat(c.domain()).contains(".my.org");
  }
}
