package io.muster.access.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.registry.Registry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProfilesTest {
  private static Policy policy(Profiles profiles, String session) {
    return profiles.policy(AccessJson.tree(Registry.utf8(session)));
  }

  @Test
  void theFirstProfileThatMatchesCounts() {
    Profiles profiles =
        Profiles.of(
            """
            [{"name": "kiosk", "session": {"$and": [{"user": {"username": {"$eq": "kiosk"}},
               "type": {"$eq": 1}}]}, "policy": {"ttl": "4 seconds", "usage_limit": 10}},
             {"name": "old", "session": {"info.version": {"$lt": 3}},
              "policy": {"inactivity_threshold": 1000, "disallowTokenLogins": true,
                "permissions": {"/a/*": {"actions": ["get"]}}}}]
            """);
    Policy kiosk = policy(profiles, "{\"type\":1,\"user\":{\"username\":\"kiosk\"}}");
    assertThat(kiosk.ttl()).isEqualTo(4000);
    assertThat(kiosk.usageLimit()).isEqualTo(10);
    assertThat(policy(profiles, "{\"type\":0,\"user\":{\"username\":\"kiosk\"}}"))
        .isEqualTo(Policy.NONE);
    Policy old = policy(profiles, "{\"type\":1,\"info\":{\"version\":2}}");
    assertThat(old.inactivity()).isEqualTo(1000);
    assertThat(old.limited()).isTrue();
    assertThat(Policy.of(old.json())).isEqualTo(old);
  }

  @Test
  void browsersAreLimitedAndOthersAreNot() {
    assertThat(policy(Profiles.BUILT_IN, "{\"type\":1,\"info\":{\"_browser\":true}}").ttl())
        .isEqualTo(7 * 86_400_000L);
    assertThat(policy(Profiles.BUILT_IN, "{\"type\":1,\"info\":{\"_browser\":false}}"))
        .isEqualTo(Policy.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    "1500, 1500",
    "'\"4 seconds\"', 4000",
    "'\"1.5h\"', 5400000",
    "'\"2 days\"', 172800000",
    "'\"250\"', 250",
    "null, 0",
  })
  void timesAreNumbersOrTexts(String written, long millis) {
    String json = "[{\"name\":\"p\",\"session\":{},\"policy\":{\"ttl\":" + written + "}}]";
    assertThat(policy(Profiles.of(json), "{}").ttl()).isEqualTo(millis);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | a list of profiles",
        "[{\"name\":\"p\",\"session\":{},\"policy\":{\"ttl\":\"soon\"}}] | profile p: policy.ttl",
        "[{\"name\":\"p\",\"session\":{\"a\":{\"$near\":1}},\"policy\":{}}] | $near",
        "[{\"name\":\"p\",\"session\":{},\"policy\":{\"tll\":1}}] | unknown member tll",
        "[{\"name\":\"p\",\"session\":1,\"policy\":{}}] | profile p: session",
        "[{\"name\":\"p\",\"session\":{},\"policy\":{\"permissions\":{\"/a\":{\"actions\":[\"x\"]}}}}]"
            + " | unknown action: x",
      })
  void whatIsWrongIsRefusedByName(String json, String expected) {
    assertThatThrownBy(() -> Profiles.of(json)).hasMessageContaining(expected);
  }
}
