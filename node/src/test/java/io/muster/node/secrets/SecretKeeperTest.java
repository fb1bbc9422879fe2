package io.muster.node.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.admin.Secrets.Held;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.testing.Seeds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Members of one machine each, without links between them: the keepers are real, and so are their
/// files.
class SecretKeeperTest {
  private static final String OLD = "the old secret of the cluster";
  private static final String NEW = "the new secret of the cluster";
  private static final String THIRD = "a third secret, of somebody's";

  @TempDir Path directory;
  private final Map<String, SecretKeeper> members = new TreeMap<>();
  private final Map<String, List<Secret>> rings = new TreeMap<>();

  private SecretFiles files(String member) {
    return SecretFiles.beside(directory.resolve(member), Optional.empty());
  }

  /// Starts a member with what its files hold, as a process does.
  private SecretKeeper start(String member) {
    SecretFiles f = files(member);
    rings.put(member, f.held());
    SecretKeeper keeper =
        new SecretKeeper(
            member,
            Optional.of(f),
            f.held(),
            ring -> rings.put(member, List.copyOf(ring)),
            s -> "#" + s.reveal().substring(2, 7).replace(' ', '_'));
    members.put(member, keeper);
    return keeper;
  }

  private SecretKeeper member(String name) throws Exception {
    Files.writeString(directory.resolve(name), OLD + "\n");
    return start(name);
  }

  private void put(String member, String secret) throws Exception {
    Files.writeString(files(member).fresh(), secret + "\n");
  }

  private List<Held> held() {
    return members.values().stream().map(SecretKeeper::view).toList();
  }

  private void allAcceptEachOther() {
    rings.forEach(
        (name, ring) ->
            rings.forEach(
                (other, theirs) ->
                    assertThat(theirs).as(name + " comes to " + other).contains(ring.getFirst())));
  }

  /// Goes on to the end, one member at a time; between any two moves somebody may be restarted.
  private List<String> rotate(Random restarts) {
    List<String> steps = new ArrayList<>();
    while (true) {
      switch (RotationPlan.next(held())) {
        case RotationPlan.Next.Refused r -> throw new AssertionError(r.why());
        case RotationPlan.Next.Done _ -> {
          return steps;
        }
        case RotationPlan.Next.Do d -> {
          steps.add(d.step());
          for (String name : d.members()) {
            members.get(name).step(d.step(), d.target());
            allAcceptEachOther();
            if (restarts.nextInt(3) == 0) {
              start(List.copyOf(members.keySet()).get(restarts.nextInt(members.size())));
              allAcceptEachOther();
            }
            // Whoever coordinates may be gone, and another one begins anew.
            if (restarts.nextInt(4) == 0) break;
          }
        }
      }
    }
  }

  @Test
  void allComeToTheNewSecretWhoeverIsRestartedMeanwhile() throws Exception {
    Random random = Seeds.random(5);
    for (int round = 0; round < 20; round++) {
      members.clear();
      rings.clear();
      for (String m : List.of("a", "b", "c")) {
        member(m);
        put(m, NEW);
      }

      List<String> steps = rotate(random);

      assertThat(steps).startsWith("accept").endsWith("drop").contains("switch");
      for (String m : members.keySet()) {
        assertThat(rings.get(m)).containsExactly(new Secret(NEW));
        assertThat(files(m).fresh()).doesNotExist();
        assertThat(files(m).before()).doesNotExist();
        assertThat(Files.readString(directory.resolve(m))).isEqualTo(NEW + "\n");
      }
      assertThat(RotationPlan.next(held())).isInstanceOf(RotationPlan.Next.Done.class);
    }
  }

  @Test
  void nothingBeginsWhereTheNewSecretIsMissingOrAnotherOne() throws Exception {
    member("a");
    member("b");
    put("a", NEW);

    assertThat(RotationPlan.next(held()))
        .isEqualTo(
            new RotationPlan.Next.Refused(
                "the new secret is missing on b (" + files("b").fresh() + ")"));
    put("b", THIRD);
    assertThat(RotationPlan.next(held()))
        .isInstanceOfSatisfying(
            RotationPlan.Next.Refused.class,
            r -> assertThat(r.why()).contains("different new secrets"));
    put("b", "short");
    assertThat(RotationPlan.next(held()))
        .isInstanceOfSatisfying(
            RotationPlan.Next.Refused.class,
            r -> assertThat(r.why()).contains("b: ").contains("expected 16 characters or more"));
  }

  @Test
  void aSecretThatWasAcceptedAndNeverUsedMakesWay() throws Exception {
    member("a");
    member("b");
    put("a", THIRD);
    put("b", THIRD);
    members.get("a").step("accept", "#third");
    put("a", NEW);
    put("b", NEW);

    assertThat(rotate(Seeds.random(6))).contains("accept", "switch", "drop");

    assertThat(rings.get("a")).containsExactly(new Secret(NEW));
  }

  @Test
  void oneThatIsInUseDoesNot() throws Exception {
    member("a");
    member("b");
    for (String m : List.of("a", "b")) put(m, THIRD);
    String third = members.get("a").view().waiting();
    for (SecretKeeper k : members.values()) k.step("accept", third);
    members.get("a").step("switch", third);
    for (String m : List.of("a", "b")) put(m, NEW);

    assertThat(RotationPlan.next(held()))
        .isInstanceOfSatisfying(
            RotationPlan.Next.Refused.class,
            r -> assertThat(r.why()).contains("another rotation is under way"));
  }

  @Test
  void stepsOutOfOrderAndOthersSecretsAreRefused() throws Exception {
    SecretKeeper a = member("a");
    put("a", NEW);
    String target = a.view().waiting();

    assertThatThrownBy(() -> a.step("switch", target))
        .isInstanceOf(MusterException.class)
        .hasMessageContaining("the next step is accept");
    assertThatThrownBy(() -> a.step("drop", target)).hasMessageContaining("before a drop");
    assertThatThrownBy(() -> a.step("accept", "#other"))
        .hasMessageContaining("expected the new secret of fingerprint #other, found " + target);
    assertThat(rings.get("a")).containsExactly(new Secret(OLD));
  }

  @Test
  void filesChangedByHandAreSaidAndTakenOnReload() throws Exception {
    SecretKeeper a = member("a");
    put("a", NEW);
    files("a").accept(false);

    assertThat(a.view().problem()).contains("muster secret reload");
    Held taken = a.reload();

    assertThat(taken.problem()).isEmpty();
    assertThat(taken.accepted()).hasSize(2);
    assertThat(rings.get("a")).containsExactly(new Secret(OLD), new Secret(NEW));
  }

  @Test
  void aSecretInNoFileCannotBeReplaced() {
    SecretKeeper inline =
        new SecretKeeper("a", Optional.empty(), List.of(new Secret(OLD)), _ -> {}, _ -> "#used");

    assertThat(inline.view().problem()).contains("cluster.secret_file");
    assertThatThrownBy(inline::reload).hasMessageContaining("is in no file");
  }
}
