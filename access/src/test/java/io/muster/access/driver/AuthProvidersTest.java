package io.muster.access.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.access.Access;
import io.muster.access.AccessSession;
import io.muster.access.AccessSettings;
import io.muster.access.AuthProviders;
import io.muster.access.Directory;
import io.muster.kernel.Secret;
import io.muster.kernel.TimeSource;
import io.muster.registry.Registry;
import io.muster.registry.driver.GroupRegistry;
import io.muster.spi.auth.Attempt;
import io.muster.spi.auth.Authenticator;
import io.muster.spi.auth.Verdict;
import io.muster.testing.Eventually;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Passwords that others than the cluster know: everybody's at `corp` is `let me in`.
class AuthProvidersTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private final MemoryGroups groups = new MemoryGroups();
  private final Registry registry = GroupRegistry.start(groups).join();
  private final CountDownLatch never = new CountDownLatch(1);
  private final AtomicInteger hanging = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private volatile Set<String> theirs = Set.of();
  private final List<RegistryAccess> opened = new ArrayList<>();
  private int sessions;

  private final class Corp implements Authenticator {
    @Override
    public Verdict check(Attempt a) throws Exception {
      assertThat(a.left()).isPositive();
      switch (a.username()) {
        case "hangs" -> {
          hanging.incrementAndGet();
          // It does not even end when it is interrupted.
          while (never.getCount() > 0) {
            try {
              never.await();
            } catch (InterruptedException e) {
              // Goes on, to prove that nobody depends on it.
            }
          }
        }
        case "throws" -> throw new IllegalStateException("the directory's inner troubles");
        case "expired" -> {
          return new Verdict.Refused("password expired");
        }
        default -> {}
      }
      boolean right = a.password().reveal().equals("let me in");
      String name = a.username().equals("evil") ? "_ADMIN" : a.username();
      return right ? new Verdict.Accepted(name, theirs) : new Verdict.Wrong();
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private AuthProviders.Configured corp(boolean create, Duration timeout, int atOnce, int queue) {
    return new AuthProviders.Configured(
        Corp::new,
        create,
        List.of("staff", "nowhere"),
        Map.of("ops", "operators", "dev", "developers"),
        timeout,
        atOnce,
        queue);
  }

  private RegistryAccess access(AuthProviders providers) {
    AccessSettings settings =
        AccessSettings.of(true, Optional.of(new Secret("admin's")), 10_000).with(providers);
    RegistryAccess a = RegistryAccess.start(registry, settings, "a", TimeSource.system());
    opened.add(a);
    return a;
  }

  private RegistryAccess access(boolean create) {
    return access(new AuthProviders("happn", true, Map.of("corp", corp(create, SOON, 4, 100))));
  }

  @AfterEach
  void close() {
    never.countDown();
    opened.forEach(RegistryAccess::close);
    assertThat(closed.get()).isEqualTo(opened.size());
  }

  private CompletableFuture<Access.LoginResult> login(
      Access on, String user, String password, String authType) {
    return on.login(
        new Access.Credentials.Password(user, password, authType),
        new Access.Caller(
            "session-" + ++sessions,
            true,
            "happn_4",
            InetAddress.getLoopbackAddress(),
            Registry.utf8("{}"),
            Access.Observer.NONE));
  }

  private static String said(CompletableFuture<Access.LoginResult> login) {
    return switch (login.join()) {
      case Access.LoginResult.Granted g -> g.session().username() + " by " + g.session().authType();
      case Access.LoginResult.Refused r -> r.code() + " " + r.message();
    };
  }

  private static void user(RegistryAccess at, String name, String password, String authType) {
    at.directory()
        .upsertUser(new Directory.UserChange(name, password, null, null, authType, Map.of()), true)
        .join();
  }

  private static void group(RegistryAccess at, String name) {
    at.directory().upsertGroup(new Directory.GroupChange(name, null, Map.of()), true).join();
  }

  private static List<String> groupsOf(RegistryAccess at, String name) {
    return at.directory().user(name).join().orElseThrow().groups();
  }

  @Test
  void aUsersProviderChecksThePasswordAndNobodyElse() {
    RegistryAccess a = access(false);
    user(a, "bob", null, "corp");
    user(a, "ann", "ann's", null);

    assertThat(said(login(a, "bob", "let me in", null))).isEqualTo("bob by corp");
    assertThat(said(login(a, "bob", "wrong", null))).isEqualTo("401 Invalid credentials");
    assertThat(said(login(a, "bob", "", null))).isEqualTo("401 Invalid credentials");
    assertThat(said(login(a, "ann", "ann's", null))).isEqualTo("ann by happn");
    // A namesake of the directory is not the one of this cluster, whatever the client chooses.
    assertThat(said(login(a, "ann", "let me in", "corp"))).isEqualTo("401 Invalid credentials");
    assertThat(said(login(a, "bob", "let me in", "happn"))).isEqualTo("401 Invalid credentials");
    assertThat(said(login(a, "_ADMIN", "admin's", "corp"))).isEqualTo("_ADMIN by happn");
    assertThat(said(login(a, "evil", "let me in", "corp"))).isEqualTo("401 Invalid credentials");
    // A provider that nobody knows is the default one, as with happn.
    assertThat(said(login(a, "ann", "ann's", "other"))).isEqualTo("ann by happn");
  }

  @Test
  void whoeverIsNoUserBecomesOneOnlyWhereThatIsTheRule() {
    assertThat(said(login(access(false), "new", "let me in", "corp")))
        .isEqualTo("401 Invalid credentials");
    RegistryAccess a = access(true);
    group(a, "staff");

    assertThat(said(login(a, "new", "wrong", "corp"))).isEqualTo("401 Invalid credentials");
    assertThat(a.directory().user("new").join()).isEmpty();
    assertThat(said(login(a, "new", "let me in", "corp"))).isEqualTo("new by corp");

    Directory.User made = a.directory().user("new").join().orElseThrow();
    assertThat(made.authType()).isEqualTo("corp");
    assertThat(made.groups()).containsExactly("staff");
    // From now on the user's own provider is asked, without being chosen.
    assertThat(said(login(a, "new", "let me in", null))).isEqualTo("new by corp");
    assertThat(made.userid()).isEqualTo(a.directory().user("new").join().orElseThrow().userid());
  }

  @Test
  void groupsOfTheProviderAreKeptInStepAtEachLogin() {
    RegistryAccess a = access(true);
    for (String g : List.of("operators", "developers", "own")) group(a, g);
    user(a, "bob", null, "corp");
    a.directory().link("own", "bob").join();
    theirs = Set.of("ops", "unmapped");

    assertThat(said(login(a, "bob", "let me in", null))).isEqualTo("bob by corp");
    assertThat(groupsOf(a, "bob")).containsExactly("operators", "own");

    theirs = Set.of("dev");
    assertThat(said(login(a, "bob", "let me in", null))).isEqualTo("bob by corp");
    assertThat(groupsOf(a, "bob")).containsExactly("developers", "own");
  }

  @Test
  void theDefaultProviderChecksThoseWhoNameNone() {
    RegistryAccess a =
        access(new AuthProviders("corp", false, Map.of("corp", corp(true, SOON, 4, 100))));
    user(a, "ann", "ann's", "happn");

    assertThat(said(login(a, "new", "let me in", null))).isEqualTo("new by corp");
    assertThat(said(login(a, "ann", "ann's", null))).isEqualTo("ann by happn");
    assertThat(said(login(a, "_ADMIN", "admin's", null))).isEqualTo("_ADMIN by happn");
    assertThat(said(login(a, "ann", "ann's", "happn")))
        .isEqualTo(
            "401 Invalid credentials: security policy disallows choosing of own auth provider");
  }

  @Test
  void aProviderThatHangsOrFailsConcernsItsOwnLoginsOnly() {
    RegistryAccess a =
        access(
            new AuthProviders(
                "happn", true, Map.of("corp", corp(true, Duration.ofMillis(300), 1, 1))));
    user(a, "ann", "ann's", null);

    RegistryAccess patient = access(true);
    assertThat(said(login(patient, "throws", "let me in", "corp")))
        .isEqualTo("503 auth provider corp failed");
    assertThat(said(login(patient, "expired", "let me in", "corp")))
        .isEqualTo("401 Invalid credentials: password expired");
    CompletableFuture<Access.LoginResult> first = login(a, "hangs", "let me in", "corp");
    Eventually.within(SOON, "it hangs", () -> hanging.get() == 1);
    CompletableFuture<Access.LoginResult> waits = login(a, "new", "let me in", "corp");
    assertThat(said(login(a, "new", "let me in", "corp")))
        .startsWith("503 too many logins wait for auth provider corp");
    assertThat(said(login(a, "ann", "ann's", null))).isEqualTo("ann by happn");
    assertThat(said(first)).isEqualTo("503 auth provider corp did not answer within 300 ms");
    assertThat(said(waits)).isEqualTo("503 auth provider corp did not answer within 300 ms");
    assertThat(a.directory().user("new").join()).isEmpty();
  }

  @Test
  void wrongPasswordsLockANameOutAndFailuresDoNot() {
    RegistryAccess a = access(true);
    for (int i = 0; i < 5; i++) {
      assertThat(said(login(a, "throws", "x", "corp"))).startsWith("503");
      assertThat(said(login(a, "expired", "x", "corp"))).startsWith("401 ");
    }
    for (int i = 0; i < 4; i++) said(login(a, "new", "wrong", "corp"));

    assertThat(said(login(a, "new", "let me in", "corp"))).isEqualTo("403 Account locked out");
  }

  @Test
  void aPasswordIsChangedWhereItIsKept() {
    RegistryAccess a = access(true);
    Access.LoginResult result = login(a, "new", "let me in", "corp").join();
    AccessSession session = ((Access.LoginResult.Granted) result).session();

    assertThat(session.changePassword("let me in", "x"))
        .failsWithin(SOON)
        .withThrowableThat()
        .withMessageContaining("is kept by auth provider corp");
  }
}
