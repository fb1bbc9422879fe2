package io.muster.access.driver;

import static io.muster.access.Action.GET;
import static io.muster.access.Action.ON;
import static io.muster.access.Action.SET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.access.Access;
import io.muster.access.AccessSession;
import io.muster.access.AccessSettings;
import io.muster.access.Action;
import io.muster.access.Actor;
import io.muster.access.Directory;
import io.muster.access.Holder;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.kernel.Secret;
import io.muster.kernel.TimeSource;
import io.muster.registry.Registry;
import io.muster.registry.driver.GroupRegistry;
import io.muster.testing.Eventually;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Two members on one log: what is changed on `a` holds on `b`.
class RegistryAccessTest {
  private static final int ROUNDS = 10_000;
  private static final Duration SOON = Duration.ofSeconds(10);
  private final MemoryGroups groups = new MemoryGroups();
  private final Registry registry = GroupRegistry.start(groups).join();
  private final RegistryAccess a = member(registry, "a");
  private final RegistryAccess b = member(GroupRegistry.start(groups).join(), "b");
  private final Directory directory = a.directory();

  private static RegistryAccess member(Registry registry, String name) {
    AccessSettings settings = AccessSettings.of(true, Optional.of(new Secret("admin's")), ROUNDS);
    return RegistryAccess.start(registry, settings, name, TimeSource.system());
  }

  @AfterEach
  void close() {
    a.close();
    b.close();
  }

  /// Remembers what a session is told.
  private static final class Told implements Access.Observer {
    final List<String> all = new CopyOnWriteArrayList<>();

    @Override
    public void rightsChanged() {
      all.add("rights");
    }

    @Override
    public void told(String what, byte[] data) {
      all.add(what + " " + new String(data, StandardCharsets.UTF_8));
    }

    @Override
    public void ended(String reason) {
      all.add("ended " + reason);
    }

    void awaits(String text) {
      Eventually.within(Duration.ofSeconds(10), text, () -> all.contains(text));
    }
  }

  private final Told told = new Told();
  private int sessions;

  private Access.LoginResult login(Access on, Access.Credentials credentials) {
    return on.login(
            credentials,
            new Access.Caller(
                "session-" + ++sessions,
                true,
                "happn_4",
                InetAddress.getLoopbackAddress(),
                Registry.utf8("{}"),
                told))
        .join();
  }

  private Access.LoginResult login(Access on, String user, String password) {
    return login(on, new Access.Credentials.Password(user, password, null));
  }

  private static AccessSession granted(Access.LoginResult result) {
    if (result instanceof Access.LoginResult.Granted g) return g.session();
    throw new AssertionError(String.valueOf(result));
  }

  private static String refused(Access.LoginResult result) {
    if (result instanceof Access.LoginResult.Refused r) return r.code() + " " + r.message();
    throw new AssertionError(String.valueOf(result));
  }

  private Directory.User user(String name) {
    return directory
        .upsertUser(new Directory.UserChange(name, name + "'s", null, null, null, Map.of()), true)
        .join();
  }

  private void group(String name, String path, Action... actions) {
    directory
        .upsertGroup(
            new Directory.GroupChange(
                name,
                null,
                Map.of(path, new Directory.Permission(List.of(actions), List.of(), false))),
            true)
        .join();
  }

  private static MusterException failure(CompletableFuture<?> asked) {
    try {
      asked.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof MusterException m) return m;
      throw e;
    }
    throw new AssertionError("did not fail");
  }

  @Test
  void theAdministratorMayEverythingAndTheWrongPasswordNothing() {
    assertThat(granted(login(b, "_ADMIN", "admin's")).check(SET, "/any")).isNull();
    assertThat(refused(login(b, "_ADMIN", "wrong"))).isEqualTo("401 Invalid credentials");
    assertThat(refused(login(b, "nobody", "wrong"))).isEqualTo("401 Invalid credentials");
    assertThat(refused(login(b, new Access.Credentials.Incomplete())))
        .isEqualTo("401 Invalid credentials");
  }

  @Test
  void aMemberWithAnotherAdminPasswordDoesNotStart() {
    AccessSettings other = AccessSettings.of(true, Optional.of(new Secret("other")), ROUNDS);
    assertThatThrownBy(() -> RegistryAccess.start(registry, other, "c", TimeSource.system()))
        .hasMessageContaining("Invalid credentials");
  }

  @Test
  void rightsComeFromGroupsAndHoldOnEveryMemberAtOnce() {
    user("bob");
    AccessSession bob = granted(login(b, "bob", "bob's"));
    assertThat(bob.check(GET, "/x/1")).isEqualTo(Actor.Refusal.UNAUTHORIZED);

    group("readers", "/x/*", GET, ON);
    directory.link("readers", "bob").join();
    assertThat(bob.check(GET, "/x/1")).isNull();
    assertThat(bob.check(SET, "/x/1")).isEqualTo(Actor.Refusal.UNAUTHORIZED);
    told.awaits("rights");
    told.awaits(
        "link-group {\"_meta\":{\"path\":\"/_SYSTEM/_SECURITY/_USER/bob/_USER_GROUP/readers\"}}");

    directory.upsertPermission(Holder.ofGroup("readers"), "/x/1", GET, false).join();
    assertThat(bob.check(GET, "/x/1")).isNotNull();
    assertThat(bob.check(GET, "/x/2")).isNull();
    assertThat(directory.removePermission(Holder.ofGroup("readers"), "/x/1", GET).join()).isTrue();
    assertThat(bob.check(GET, "/x/1")).isNull();
    told.awaits(
        "permission-removed {\"groupName\":\"readers\",\"path\":\"/x/1\",\"action\":\"get\"}");

    assertThat(directory.unlink("readers", "bob").join()).isTrue();
    assertThat(directory.unlink("readers", "bob").join()).isFalse();
    assertThat(bob.check(GET, "/x/1")).isNotNull();
  }

  @Test
  void aGroupMadeAnewDoesNotGetTheOldOnesUsers() {
    user("bob");
    group("g", "/x/*", GET);
    directory.link("g", "bob").join();
    directory.deleteGroup("g").join();
    group("g", "/x/*", GET);
    assertThat(granted(login(b, "bob", "bob's")).check(GET, "/x/1")).isNotNull();
    assertThat(directory.usersOf("g").join()).isEmpty();
  }

  @Test
  void whoeverIsDeletedIsOutEverywhereAndANamesakeInheritsNothing() {
    user("bob");
    directory.upsertPermission(Holder.ofUser("bob"), "/x/*", GET, true).join();
    AccessSession bob = granted(login(b, "bob", "bob's"));
    assertThat(bob.check(GET, "/x/1")).isNull();
    directory.deleteUser("bob").join();
    assertThat(bob.check(GET, "/x/1"))
        .isEqualTo(new Actor.Refusal("unauthorized", "security directory update: user deleted"));
    told.awaits("ended security directory update: user deleted");
    assertThat(refused(login(b, "bob", "bob's"))).startsWith("401");

    user("bob");
    AccessSession another = granted(login(b, "bob", "bob's"));
    assertThat(another.check(GET, "/x/1")).isNotNull();
    assertThat(refused(login(b, new Access.Credentials.Token(bob.token()))))
        .isEqualTo("403 token userid does not match userid for username: bob");
  }

  @Test
  void aRevokedTokenIsUselessEverywhereUntilItIsRestored() {
    user("bob");
    AccessSession parent = granted(login(a, "bob", "bob's"));
    AccessSession child = granted(login(b, new Access.Credentials.Token(parent.token())));
    assertThat(child.parent()).isEqualTo(parent.id());
    assertThat(child.token()).isEqualTo(parent.token());

    parent.revokeToken().join();
    assertThat(child.over())
        .isEqualTo(new Actor.Refusal("token has been revoked", "token-revoked"));
    told.awaits("ended token-revoked");
    assertThat(refused(login(b, new Access.Credentials.Token(parent.token()))))
        .isEqualTo("403 token has been revoked");
    assertThat(directory.revoked().join())
        .extracting(Directory.Revoked::username)
        .containsExactly("bob");

    assertThat(directory.restore(parent.token()).join()).isTrue();
    assertThat(granted(login(b, new Access.Credentials.Token(parent.token()))).username())
        .isEqualTo("bob");
  }

  @Test
  void aTokenOfAnotherClusterOrNoTokenIsRefused() {
    assertThat(refused(login(a, new Access.Credentials.Token("no.token.atall"))))
        .isEqualTo("401 Invalid credentials: invalid session token");
    String none =
        Base64.getUrlEncoder().withoutPadding().encodeToString(Registry.utf8("{\"alg\":\"none\"}"));
    assertThat(refused(login(a, new Access.Credentials.Token(none + ".e30."))))
        .isEqualTo("401 Invalid credentials: invalid session token");
  }

  @Test
  void fourWrongPasswordsLockANameOut() {
    user("bob");
    for (int i = 0; i < 4; i++) assertThat(refused(login(a, "bob", "no"))).startsWith("401");
    assertThat(refused(login(a, "bob", "bob's"))).isEqualTo("403 Account locked out");
    assertThat(granted(login(a, "_ADMIN", "admin's")).admin()).isTrue();
  }

  @Test
  void usersChangeTheirPasswordsButTheAdministratorDoesNot() {
    user("bob");
    AccessSession bob = granted(login(b, "bob", "bob's"));
    assertThat(failure(bob.changePassword("no", "new"))).hasMessage("Invalid old password");
    assertThat(failure(bob.changePassword("bob's", null)))
        .hasMessage("Invalid parameters: oldPassword and newPassword required");
    bob.changePassword("bob's", "new").join();
    assertThat(refused(login(a, "bob", "bob's"))).startsWith("401");
    assertThat(granted(login(a, "bob", "new")).userid()).isEqualTo(bob.userid());
    AccessSession admin = granted(login(a, "_ADMIN", "admin's"));
    assertThat(failure(admin.changePassword("admin's", "new")))
        .hasMessage("updates to the _ADMIN user are forbidden");
  }

  @Test
  void aKeyPairLogsInWithANonceOnce() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair pair = generator.generateKeyPair();
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded())
            + "\n-----END PUBLIC KEY-----";
    directory
        .upsertUser(new Directory.UserChange("kim", null, pem, null, null, Map.of()), false)
        .join();
    byte[] nonce = Base64.getDecoder().decode(a.nonce(pem).orElseThrow());
    Signature sign = Signature.getInstance("SHA256withRSA");
    sign.initSign(pair.getPrivate());
    sign.update(nonce);
    String digest = Base64.getEncoder().encodeToString(sign.sign());
    Access.Credentials proof = new Access.Credentials.Digest("kim", pem, digest);
    assertThat(granted(login(a, proof)).username()).isEqualTo("kim");
    assertThat(refused(login(a, proof))).isEqualTo("401 Invalid credentials");
  }

  @Test
  void onlyTheAdministratorAndDelegatesActForOthers() {
    user("bob");
    user("carl");
    directory.upsertPermission(Holder.ofUser("carl"), "/c/*", SET, true).join();
    AccessSession admin = granted(login(a, "_ADMIN", "admin's"));
    Actor carl = admin.actingFor("carl").orElseThrow();
    assertThat(carl.username()).isEqualTo("carl");
    assertThat(carl.check(SET, "/c/1")).isNull();
    assertThat(carl.check(SET, "/d/1")).isNotNull();
    assertThat(admin.actingFor("nobody")).isEmpty();
    AccessSession bob = granted(login(a, "bob", "bob's"));
    assertThat(bob.actingFor("carl")).isEmpty();
    group("_MESH_DELEGATE", "/none", GET);
    directory.link("_MESH_DELEGATE", "bob").join();
    assertThat(bob.actingFor("carl")).isPresent();
  }

  @Test
  void patternsAreNarrowedToWhatRightsSayNow() {
    user("bob");
    user("carl");
    group("readers", "/t/1", ON);
    directory.link("readers", "bob").join();
    AccessSession bob = granted(login(b, "bob", "bob's"));
    AccessSession carl = granted(login(b, "carl", "carl's"));

    assertThat(bob.look(ON, "/t/**")).isEqualTo(new Actor.Sight(null, true));
    assertThat(bob.look(GET, "/t/**").refusal()).isEqualTo(Actor.Refusal.UNAUTHORIZED);
    assertThat(carl.look(ON, "/t/**").refusal()).isEqualTo(Actor.Refusal.UNAUTHORIZED);
    assertThat(bob.allows(ON, "/t/1")).isTrue();
    assertThat(bob.allows(ON, "/t/2")).isFalse();

    directory.upsertPermission(Holder.ofGroup("readers"), "/t/2", ON, true).join();
    Eventually.within(SOON, "a grant widens it", () -> bob.allows(ON, "/t/2"));
    directory.upsertPermission(Holder.ofUser("bob"), "/t/*", ON, false).join();
    Eventually.within(SOON, "a prohibition narrows it", () -> !bob.allows(ON, "/t/1"));
    assertThat(bob.look(ON, "/t/**").refusal()).isEqualTo(Actor.Refusal.UNAUTHORIZED);

    // In somebody else's name their rights decide.
    directory.unlink("readers", "bob").join();
    directory.link("readers", "carl").join();
    AccessSession admin = granted(login(b, "_ADMIN", "admin's"));
    assertThat(admin.look(ON, "/t/**")).isEqualTo(new Actor.Sight(null, false));
    Eventually.within(
        SOON,
        "carl reads",
        () -> admin.actingFor("carl").orElseThrow().look(ON, "/t/**").narrowed());
    Actor other = admin.actingFor("carl").orElseThrow();
    assertThat(other.allows(ON, "/t/2")).isTrue();
    assertThat(other.allows(ON, "/t/3")).isFalse();
  }

  @Test
  void whatSessionsAskedLastIsKeptWithinBounds() {
    user("bob");
    AccessSession bob = granted(login(a, "bob", "bob's"));
    bob.check(GET, "/unseen");
    assertThat(a.directory().activity()).isEmpty();
    a.recordActivity(true);

    assertThat(a.directory().activity()).isEmpty();
    bob.check(GET, "/first");
    bob.look(ON, "/second/**");
    assertThat(a.directory().activity())
        .extracting(x -> x.session() + " " + x.username() + " " + x.action() + " " + x.path())
        .containsExactly(bob.id() + " bob on /second/**");
    assertThat(b.directory().activity()).isEmpty();

    bob.close();
    Directory.Activity ended = a.directory().activity().getFirst();
    assertThat(ended.reason()).isEqualTo("unauthorized");
    for (int i = 0; i < Activities.ENDED_MAX; i++) {
      a.activities()
          .keep(new Directory.Activity("s" + i, "eve", "get", "/e", true, "", ended.at()));
    }
    assertThat(a.directory().activity()).hasSize(Activities.ENDED_MAX).doesNotContain(ended);
    a.activities()
        .keep(new Directory.Activity("old", "eve", "get", "/e", true, "", ended.at() - 86_500_000));
    assertThat(a.directory().activity())
        .extracting(Directory.Activity::session)
        .doesNotContain("old");
    a.recordActivity(false);
    a.recordActivity(true);
    assertThat(a.directory().activity()).isEmpty();
  }

  @Test
  void aLookupTableAllowsWhatNoPermissionMentions() {
    user("bob");
    group("drivers", "/none", GET);
    directory.link("drivers", "bob").join();
    directory.addToTable("cars", List.of("/fleet/bob/7", "fleet/bob/pool/*")).join();
    directory
        .upsertTableRule(
            "drivers",
            new Directory.TableRule(
                "cars", "^/cars/(.*)$", List.of(GET), "/fleet/{{user.username}}/{{$1}}"))
        .join();
    AccessSession bob = granted(login(b, "bob", "bob's"));
    assertThat(bob.check(GET, "/cars/7")).isNull();
    assertThat(bob.check(GET, "/cars/pool/9")).isNull();
    assertThat(bob.check(GET, "/cars/8")).isNotNull();
    assertThat(bob.check(SET, "/cars/7")).isNotNull();
    assertThat(bob.check(GET, "/cars/*")).isNotNull();
    assertThat(directory.explain("bob", GET, "/cars/7").join().rules())
        .containsExactly("allows lookup table cars by ^/cars/(.*)$");
    directory.removeFromTable("cars", "/fleet/bob/7").join();
    assertThat(bob.check(GET, "/cars/7")).isNotNull();
  }

  @Test
  void theDirectorySaysWhyItRefuses() {
    assertThat(
            failure(
                directory.upsertUser(
                    new Directory.UserChange("new", null, null, null, null, Map.of()), true)))
        .hasMessage("validation failure: no password or publicKey specified for a new user");
    assertThat(
            failure(directory.upsertGroup(new Directory.GroupChange("a/b", null, Map.of()), true)))
        .hasMessageContaining("or a forward slash /");
    group("g", "/a", GET);
    assertThat(
            failure(directory.upsertGroup(new Directory.GroupChange("g", null, Map.of()), false))
                .code())
        .isEqualTo(ErrorCode.ACCESS_EXISTS);
    assertThat(failure(directory.link("none", "_ADMIN")))
        .hasMessageContaining("group does not exist or has not been saved");
    assertThat(failure(directory.link("g", "none")))
        .hasMessageContaining("user does not exist or has not been saved");
    assertThat(failure(directory.deleteUser("_ADMIN")))
        .hasMessage("unable to delete a user with the reserved name: _ADMIN");
    assertThat(failure(directory.deleteGroup("none")))
        .hasMessageContaining("group you are deleting does not exist");
  }

  @Test
  void upsertsAddPermissionsAndExplainNamesTheRules() {
    user("bob");
    group("g", "/a/*", GET);
    group("g", "/a/*", SET);
    directory.link("g", "bob").join();
    assertThat(directory.group("g").join().orElseThrow().permissions())
        .containsEntry("/a/*", new Directory.Permission(List.of(GET, SET), List.of(), false));
    assertThat(directory.explain("bob", SET, "/a/1").join())
        .isEqualTo(
            new Directory.Explanation(
                true,
                "a permission allows it and none prohibits it",
                List.of("allows group g /a/*")));
    directory.upsertPermission(Holder.ofUser("bob"), "/a/1", SET, false).join();
    Directory.Explanation no = directory.explain("bob", SET, "/a/1").join();
    assertThat(no.allowed()).isFalse();
    assertThat(no.rules()).containsExactly("prohibits user bob /a/1");
    assertThat(directory.explain("bob", SET, "/b").join().rules()).isEmpty();
  }

  @Test
  void anOldHashIsBroughtUpToDateAtLogin() {
    user("bob");
    String weak = Passwords.hash("old", 1000);
    String key = "access/user/bob";
    byte[] record = registry.get(key).join().orElseThrow();
    String json =
        new String(record, StandardCharsets.UTF_8)
            .replaceFirst(
                "\"password\":\"[^\"]*\"", "\"password\":\"" + weak.replace("$", "\\$") + "\"");
    registry.put(key, Registry.utf8(json)).join();
    granted(login(b, "bob", "old"));
    Eventually.within(
        Duration.ofSeconds(10),
        "the hash is brought up to date",
        () ->
            new String(registry.get(key).join().orElseThrow(), StandardCharsets.UTF_8)
                .contains("pbkdf2$" + ROUNDS + "$"));
  }

  @Test
  void theChildrenOfASessionEnd() {
    user("bob");
    AccessSession parent = granted(login(a, "bob", "bob's"));
    granted(login(b, new Access.Credentials.Token(parent.token())));
    parent.endChildren().join();
    told.awaits("ended token-revoked");
    assertThat(told.all).hasSize(1);
  }

  @Test
  void aPatternThatSpeaksOfTheSessionIsFilledForEachOfThem() {
    user("bob");
    AccessSession early = granted(login(b, "bob", "bob's"));
    directory.upsertPermission(Holder.ofUser("bob"), "/s/{{session.id}}/*", SET, true).join();
    AccessSession late = granted(login(b, "bob", "bob's"));
    for (AccessSession s : List.of(early, late)) {
      assertThat(s.check(SET, "/s/" + s.id() + "/x")).isNull();
    }
    assertThat(late.check(SET, "/s/" + early.id() + "/x")).isNotNull();
    directory.upsertPermission(Holder.ofUser("bob"), "/s/" + late.id() + "/no", SET, false).join();
    assertThat(late.check(SET, "/s/" + late.id() + "/no")).isNotNull();
    assertThat(late.check(SET, "/s/" + late.id() + "/x")).isNull();
  }

  @Test
  void whatAClientTellsOfItselfMayBeAnything() {
    byte[] deep = Registry.utf8("{\"a\":".repeat(900) + "1" + "}".repeat(900));
    Access.Caller caller =
        new Access.Caller("deep", true, "happn_4", InetAddress.getLoopbackAddress(), deep, told);
    Access.Credentials admin = new Access.Credentials.Password("_ADMIN", "admin's", null);
    assertThat(granted(a.login(admin, caller).join()).admin()).isTrue();
  }
}
