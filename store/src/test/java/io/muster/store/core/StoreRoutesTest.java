package io.muster.store.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.store.CriteriaMatcher;
import io.muster.spi.store.PathPattern;
import io.muster.spi.store.PathRecord;
import io.muster.store.core.StoreRoutes.Part;
import io.muster.store.core.StoreRoutes.Route;
import io.muster.testing.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StoreRoutesTest {
  private static List<Integer> stores(StoreRoutes routes, String pattern) {
    return routes.of(pattern).stream().map(Part::store).toList();
  }

  @Test
  void theLongestPatternWinsWithoutRegardToCase() {
    StoreRoutes routes =
        new StoreRoutes(
            List.of(
                new Route("/History/*", 1),
                new Route("/history/cold/*", 2),
                new Route("*/log", 1),
                new Route("/same/*", 3),
                new Route("/sa*/?", 2)));

    assertThat(routes.storeOf("/history/a")).isEqualTo(1);
    assertThat(routes.storeOf("/HISTORY/a/b")).isEqualTo(1);
    assertThat(routes.storeOf("/history/Cold/a")).isEqualTo(2);
    assertThat(routes.storeOf("/history")).isZero();
    assertThat(routes.storeOf("/a/log")).isEqualTo(1);
    assertThat(routes.storeOf("/same/?")).as("named first").isEqualTo(3);
    assertThat(routes.storeOf("/other")).isZero();
  }

  @Test
  void onlyStoresThatMayHoldSomethingAreAsked() {
    StoreRoutes routes =
        new StoreRoutes(List.of(new Route("/history/*", 1), new Route("/history/cold/*", 2)));

    assertThat(stores(routes, "/live/*")).containsExactly(0);
    assertThat(stores(routes, "/history/warm/*")).containsExactly(1);
    assertThat(stores(routes, "/history/cold/x*")).containsExactly(2);
    assertThat(stores(routes, "/History/*")).containsExactly(1, 2);
    assertThat(stores(routes, "/h*")).containsExactly(0, 1, 2);
    assertThat(stores(routes, "*")).containsExactly(0, 1, 2);
  }

  @Test
  void everyPathIsOwnedByOneStoreAndThatOneIsAsked() {
    Random random = Seeds.random(3);
    for (int i = 0; i < 300; i++) {
      List<Route> all = new ArrayList<>();
      for (int r = random.nextInt(4); r >= 0; r--) {
        all.add(new Route(letters(random, "aB/.*"), 1 + random.nextInt(3)));
      }
      StoreRoutes routes = new StoreRoutes(all);
      String pattern = letters(random, "ab/*.") + "*";
      List<Part> parts = routes.of(pattern);
      for (int p = 0; p < 40; p++) {
        String path = letters(random, "abB/.");
        if (!new PathPattern(pattern).matches(path)) continue;
        PathRecord record = new PathRecord(path, new byte[0], 1, 1, null, null, 1);
        List<Integer> owners =
            parts.stream()
                .filter(x -> parts.size() == 1 || CriteriaMatcher.of(x.owned()).matches(record))
                .map(Part::store)
                .toList();
        assertThat(owners)
            .as(path + " of " + pattern + " by " + all)
            .containsExactly(routes.storeOf(path));
      }
    }
  }

  private static String letters(Random random, String from) {
    StringBuilder b = new StringBuilder();
    for (int n = random.nextInt(5); n >= 0; n--) {
      b.append(from.charAt(random.nextInt(from.length())));
    }
    return b.toString();
  }
}
