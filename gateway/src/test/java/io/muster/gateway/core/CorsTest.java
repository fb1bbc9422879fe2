package io.muster.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CorsTest {
  @Test
  void withoutOriginsNobodyElseMayReadAnything() {
    Cors none = new Cors(List.of());

    assertThat(none.headers("https://a.example")).isEmpty();
    assertThat(none.preflight("https://a.example")).isNull();
  }

  @Test
  void aNamedOriginMaySendCookiesAndAnotherNothing() {
    Cors one = new Cors(List.of("https://a.example"));

    assertThat(one.headers("https://A.example"))
        .containsEntry("Access-Control-Allow-Origin", "https://A.example")
        .containsEntry("Access-Control-Allow-Credentials", "true")
        .containsEntry("Vary", "Origin");
    assertThat(one.headers("https://a.example.evil")).isEqualTo(Map.of("Vary", "Origin"));
    assertThat(one.headers(null)).isEqualTo(Map.of("Vary", "Origin"));
    assertThat(one.preflight("https://a.example")).containsKey("Access-Control-Allow-Methods");
    assertThat(one.preflight("null")).isNull();
  }

  @Test
  void allMayReadAndNoneWithCookies() {
    Cors all = new Cors(List.of("*", "https://a.example"));

    assertThat(all.headers("https://b.example"))
        .isEqualTo(Map.of("Access-Control-Allow-Origin", "*"));
    assertThat(all.headers("https://a.example"))
        .containsEntry("Access-Control-Allow-Credentials", "true");
  }

  @ParameterizedTest
  @CsvSource({
    "*, true",
    "https://a.example, true",
    "http://[::1]:8080, true",
    "https://a.example/, false",
    "https://u@a.example, false",
    "a.example, false",
    "null, false",
    "https://a b, false",
  })
  void whatIsAnOrigin(String text, boolean is) {
    assertThat(Cors.origin(text)).isEqualTo(is);
  }
}
