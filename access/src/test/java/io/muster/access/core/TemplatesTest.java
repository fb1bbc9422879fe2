package io.muster.access.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.registry.Registry;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TemplatesTest {
  private static final JsonNode FACTS =
      AccessJson.tree(
          Registry.utf8(
              """
              {"user": {"username": "bob", "custom_data":
                {"areas": ["north", "*", "south"], "floor": 3, "star": "a*", "deep": {"x": "y"}}},
               "session": {"id": "s1"}}
              """));

  @Test
  void placesAreFilled() {
    assertThat(Templates.fill("/u/{{user.username}}/*", FACTS)).containsExactly("/u/bob/*");
    assertThat(Templates.fill("/{{ session.id }}/{{user.custom_data.floor}}", FACTS))
        .containsExactly("/s1/3");
    assertThat(Templates.fill("/{{user.custom_data.deep.x}}", FACTS)).containsExactly("/y");
    assertThat(Templates.fill("/plain/*", FACTS)).containsExactly("/plain/*");
  }

  @Test
  void aListGivesOnePatternForEachElementWithoutAStar() {
    assertThat(Templates.fill("/{{user.custom_data.areas}}/{{user.username}}", FACTS))
        .containsExactly("/north/bob", "/south/bob");
  }

  @Test
  void whatIsMissingOrHasAStarMakesThePatternVoid() {
    assertThat(Templates.fill("/{{user.custom_data.none}}/a", FACTS)).isEmpty();
    assertThat(Templates.fill("/{{user.custom_data.star}}/a", FACTS)).isEmpty();
    assertThat(Templates.fill("/{{user.custom_data.deep}}/a", FACTS)).isEmpty();
    assertThat(Templates.fill("/{{}}/a", FACTS)).isEmpty();
  }
}
