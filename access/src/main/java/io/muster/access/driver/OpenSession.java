package io.muster.access.driver;

import io.muster.access.Access;
import io.muster.access.AccessSession;
import io.muster.access.Action;
import io.muster.access.Actor;
import io.muster.access.Directory;
import io.muster.access.core.AccessJson;
import io.muster.access.core.Extent;
import io.muster.access.core.Notice;
import io.muster.access.core.PermissionSet;
import io.muster.access.core.Policy;
import io.muster.access.core.UserRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One session of one user. [#check] and [#over] belong to the session's lane, all else is safe on
/// any thread.
final class OpenSession implements AccessSession {
  static final Refusal REVOKED = new Refusal("token has been revoked", "token-revoked");
  static final Refusal DELETED =
      new Refusal("unauthorized", "security directory update: user deleted");
  private static final Refusal EXPIRED = new Refusal("expired session token", "token-expired");
  private static final Refusal SILENT =
      new Refusal("session inactivity threshold reached", "inactivity-threshold");
  private static final Refusal USED = new Refusal("session usage limit reached", "usage-limit");
  private static final Refusal LIMITED = new Refusal("token permissions limited", null);
  private static final String DELEGATES = "_MESH_DELEGATE";

  private final RegistryAccess access;
  private final Access.Caller caller;
  private final Tokens.Token token;
  private final String tokenText;
  private final Policy policy;
  private final @Nullable PermissionSet limits;
  private final long openedMillis;
  private volatile UserRecord user;
  private volatile CachedRights rights;
  private volatile @Nullable Refusal ended;
  private volatile Directory.@Nullable Activity last;
  private boolean told;

  private final AtomicLong requests = new AtomicLong();

  /// Of the lane.
  private long lastNanos;

  OpenSession(
      RegistryAccess access,
      Access.Caller caller,
      UserRecord user,
      Tokens.Token token,
      String tokenText) {
    this.access = access;
    this.caller = caller;
    this.user = user;
    this.token = token;
    this.tokenText = tokenText;
    this.policy = token.policy(caller.stateful());
    this.limits = policy.limited() ? limits(policy) : null;
    this.openedMillis = access.time().now().toEpochMilli();
    this.lastNanos = access.time().nanos();
    this.rights = access.state().rights(user.username(), facts());
  }

  private static PermissionSet limits(Policy policy) {
    List<PermissionSet.Rule> rules = new ArrayList<>();
    policy
        .permissions()
        .forEach(
            (path, actions) -> {
              int bits = 0;
              for (String a : actions) bits |= Action.of(a).map(Action::bit).orElse(0);
              rules.add(new PermissionSet.Rule("session", path, bits, 0));
            });
    return new PermissionSet(rules);
  }

  /// What templates may refer to as `session`.
  private JsonNode facts() {
    ObjectNode node = facts(user, caller, caller.stateful());
    node.put("parentId", token.session());
    return node;
  }

  /// What filters of profiles see of a session.
  ///
  /// @param stateful of which kind it is to be looked at
  static ObjectNode facts(UserRecord user, Access.Caller caller, boolean stateful) {
    ObjectNode node = AccessJson.mapper().createObjectNode();
    node.put("id", caller.session());
    node.put("parentId", caller.session());
    node.put("protocol", caller.protocol());
    node.put("type", stateful ? 1 : 0);
    node.set("info", info(caller.info()));
    node.putObject("address").put("ip", caller.address().getHostAddress());
    ObjectNode of = node.putObject("user");
    of.put("username", user.username()).put("userid", user.userid());
    if (user.customData() != null) of.set("custom_data", user.customData());
    if (user.publicKey() != null) of.put("publicKey", user.publicKey());
    if (user.authType() != null) of.put("authType", user.authType());
    return node;
  }

  /// What a client tells of itself may be anything, also too deep to be read.
  private static JsonNode info(byte[] given) {
    try {
      return AccessJson.tree(given);
    } catch (JacksonException _) {
      return AccessJson.mapper().createObjectNode();
    }
  }

  @Override
  public String id() {
    return caller.session();
  }

  @Override
  public String parent() {
    return token.session();
  }

  @Override
  public String username() {
    return user.username();
  }

  @Override
  public String userid() {
    return user.userid();
  }

  @Override
  public String authType() {
    return access.logins().providerOf(user);
  }

  @Override
  public boolean admin() {
    return user.username().equals(RegistryAccess.ADMIN);
  }

  @Override
  public String token() {
    return tokenText;
  }

  String tokenId() {
    return token.id();
  }

  Tokens.Token parsed() {
    return token;
  }

  @Override
  public byte[] user() {
    ObjectNode node = AccessJson.mapper().createObjectNode();
    UserRecord u = user;
    node.set(
        "custom_data",
        u.customData() == null ? AccessJson.mapper().createObjectNode() : u.customData());
    node.put("username", u.username());
    node.put("userid", u.userid());
    node.set("permissions", Views.permissions(access.state().read(m -> Views.rulesOf(m, u))));
    return AccessJson.write(node);
  }

  @Override
  public byte[] policies() {
    ObjectNode node = AccessJson.mapper().createObjectNode();
    node.set("0", token.policy(false).json());
    node.set("1", token.policy(true).json());
    return AccessJson.write(node);
  }

  @Override
  public String rightsKey() {
    return access.state().read(m -> Views.rightsKey(m, username()));
  }

  // --- decisions, on the lane

  @Override
  public @Nullable Refusal over() {
    Refusal end = ended;
    if (end != null) return end;
    if (policy.ttl() > 0 && access.time().now().toEpochMilli() > token.issued() + policy.ttl()) {
      return EXPIRED;
    }
    boolean silent =
        policy.inactivity() > 0
            && access.time().nanos() - lastNanos > policy.inactivity() * 1_000_000;
    return silent ? SILENT : null;
  }

  @Override
  public boolean timed() {
    return policy.ttl() > 0 || policy.inactivity() > 0;
  }

  @Override
  public @Nullable Refusal check(Action action, String path) {
    Refusal why = used();
    if (why == null && !allows(action, path)) {
      why = limits == null ? Refusal.UNAUTHORIZED : LIMITED;
    }
    return noted(username(), action, path, why);
  }

  /// Keeps it in mind where that is wanted.
  private @Nullable Refusal noted(
      String as, Action action, String path, @Nullable Refusal refusal) {
    if (!access.activities().on()) return refusal;
    Directory.Activity now =
        new Directory.Activity(
            caller.stateful() ? id() : parent(),
            as,
            action.text(),
            path,
            refusal == null,
            refusal == null ? "" : refusal.message(),
            access.time().now().toEpochMilli());
    if (caller.stateful()) last = now;
    else access.activities().keep(now);
    return refusal;
  }

  private Sight noted(String as, Action action, String path, Sight sight) {
    noted(as, action, path, sight.refusal());
    return sight;
  }

  Directory.@Nullable Activity lastActivity() {
    return last;
  }

  /// Counts one more request.
  private @Nullable Refusal used() {
    Refusal end = over();
    if (end != null) return end;
    long made = requests.incrementAndGet();
    if (policy.inactivity() > 0) lastNanos = access.time().nanos();
    return policy.usageLimit() > 0 && made > policy.usageLimit() ? USED : null;
  }

  @Override
  public boolean allows(Action action, String path) {
    return limits == null ? rights().allows(action, path) : limits.allows(action, path);
  }

  /// Those of now.
  private CachedRights rights() {
    CachedRights r = rights;
    if (access.state().outdated(r)) {
      r = access.state().rights(username(), facts());
      rights = r;
    }
    return r;
  }

  @Override
  public Sight look(Action action, String pattern) {
    Refusal end = used();
    Sight seen =
        end != null
            ? new Sight(end, false)
            : limits == null
                ? sight(rights().extent(action, pattern), Refusal.UNAUTHORIZED)
                : sight(limits.extent(action, pattern), LIMITED);
    return noted(username(), action, pattern, seen);
  }

  private static Sight sight(Extent extent, Refusal none) {
    return switch (extent) {
      case ALL -> new Sight(null, false);
      case SOME -> new Sight(null, true);
      case NONE -> new Sight(none, false);
    };
  }

  @Override
  public Optional<Actor> actingFor(String other) {
    if (other.equals(RegistryAccess.ADMIN) || other.equals(username())) return Optional.of(this);
    boolean may =
        admin()
            || access
                .state()
                .read(
                    m -> m.groupsOf(username()).stream().anyMatch(g -> g.name().equals(DELEGATES)));
    if (!may || access.state().read(m -> m.user(other)).isEmpty()) return Optional.empty();
    return Optional.of(new Delegate(other));
  }

  /// Somebody else, in whose name this session acts; its own limits hold as well.
  private final class Delegate implements Actor {
    private final String name;

    Delegate(String name) {
      this.name = name;
    }

    @Override
    public String username() {
      return name;
    }

    @Override
    public @Nullable Refusal check(Action action, String path) {
      Refusal why = used();
      if (why == null && limits != null && !limits.allows(action, path)) why = LIMITED;
      if (why == null && !access.state().rights(name).allows(action, path)) {
        why = Refusal.UNAUTHORIZED;
      }
      return noted(name, action, path, why);
    }

    @Override
    public boolean allows(Action action, String path) {
      return (limits == null || limits.allows(action, path))
          && access.state().rights(name).allows(action, path);
    }

    @Override
    public Sight look(Action action, String pattern) {
      return noted(name, action, pattern, seen(action, pattern));
    }

    private Sight seen(Action action, String pattern) {
      Refusal end = used();
      if (end != null) return new Sight(end, false);
      Extent mine = limits == null ? Extent.ALL : limits.extent(action, pattern);
      if (mine == Extent.NONE) return sight(mine, LIMITED);
      Extent theirs = access.state().rights(name).extent(action, pattern);
      return sight(mine.and(theirs), Refusal.UNAUTHORIZED);
    }
  }

  // --- what happens to it

  /// From now on everything is refused; the session itself is told later.
  void end(Refusal why) {
    if (ended == null) ended = why;
  }

  /// Tells what has happened; on the thread that tells all sessions.
  ///
  /// @param users whose rights are others now
  void tell(Set<String> users, boolean everybody, List<Notice> notices) {
    Refusal end = ended;
    if (end != null) {
      if (!told && end.end() != null) caller.observer().ended(end.end());
      told = true;
      return;
    }
    boolean mine = everybody || users.contains(username());
    if (mine) {
      access.state().read(m -> m.user(username())).ifPresent(u -> user = u);
      caller.observer().rightsChanged();
    }
    for (Notice n : notices) {
      if (n.what().equals(Notices.END_CHILDREN)) {
        boolean child =
            n.data().path("session").asString("").equals(parent()) && !parent().equals(id());
        if (child) caller.observer().ended("token-revoked");
      } else if (mine && Notices.told(n)) {
        JsonNode shown = access.state().read(m -> Notices.shown(n, m));
        caller.observer().told(n.what(), AccessJson.write(shown));
      }
    }
  }

  /// Ends it for an administrator.
  void disconnect(String reason) {
    end(new Refusal("unauthorized", reason));
    tell(Set.of(), false, List.of());
  }

  @Override
  public CompletableFuture<Void> revokeToken() {
    return access
        .registryDirectory()
        .revoke(token, username(), "revoke-token")
        .thenApply(_ -> null);
  }

  @Override
  public CompletableFuture<Void> endChildren() {
    return access.registryDirectory().changes().notice(Notices.endChildren(id()));
  }

  @Override
  public CompletableFuture<Void> changePassword(@Nullable String old, @Nullable String wanted) {
    return access.changePassword(username(), old, wanted);
  }

  Directory.SessionView view() {
    return new Directory.SessionView(
        id(),
        parent(),
        username(),
        caller.protocol(),
        caller.address().getHostAddress(),
        caller.stateful(),
        openedMillis,
        requests.get());
  }

  @Override
  public void close() {
    access.state().remove(this);
    Directory.Activity done = last;
    if (done != null) access.activities().keep(done);
  }
}
