package io.muster.access.driver;

import io.muster.access.core.AccessKeys;
import io.muster.access.core.AccessModel;
import io.muster.access.core.Notice;
import io.muster.access.core.PermissionSet;
import io.muster.access.core.Rights;
import io.muster.access.core.TablePermission;
import io.muster.access.core.UserRecord;
import io.muster.registry.Registry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// What this member knows of users and rights, kept up to date by the registry, and the sessions it
/// holds for.
///
/// The registry's apply thread takes changes in, one command at a time under the write lock, and
/// marks rights as stale: the next question of a session gets new ones, so that a change holds here
/// as soon as it is applied. Telling sessions is left to a thread of its own. What waits for that
/// thread is bounded: rights are a set of users, and of notices only the last thousand are told.
final class AccessState implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AccessState.class);
  private static final int NOTICES_MAX = 1000;
  private static final int USERS_MAX = 20_000;

  private final AccessModel model = new AccessModel();
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final Map<String, CachedRights> byUser = new ConcurrentHashMap<>();
  private final Map<String, OpenSession> sessions = new ConcurrentHashMap<>();

  /// Counts the changes of rights.
  private final AtomicLong generation = new AtomicLong();

  private final Thread teller;

  // What waits to be told, under `untold`.
  private final Set<String> users = new HashSet<>();
  private final Deque<Notice> untold = new ArrayDeque<>();
  private boolean everybody;
  private boolean closed;
  private @Nullable AutoCloseable watching;

  /// Takes each change as [Notices#replicated] writes it; null when nobody does.
  private volatile @Nullable Consumer<byte[]> replicating;

  AccessState() {
    teller = Thread.ofPlatform().name("access").daemon(true).unstarted(this::tell);
  }

  /// From now on each change is handed over as soon as it holds here, in the order in which they
  /// were decided, on the registry's thread.
  void replicate(Consumer<byte[]> changes) {
    replicating = changes;
  }

  /// Takes in all there is and follows from now on.
  void follow(Registry registry) {
    watching = registry.watch(AccessKeys.ALL, this::changed);
    List<Registry.Change> all = new ArrayList<>();
    registry
        .held(AccessKeys.ALL)
        .forEach(
            (key, held) -> {
              if (!key.equals(AccessKeys.NOTICE)) {
                all.add(new Registry.Change(key, held.value(), held.index()));
              }
            });
    changed(all);
    teller.start();
  }

  private void changed(List<Registry.Change> changes) {
    AccessModel.Effect effect;
    lock.writeLock().lock();
    try {
      effect = model.apply(changes);
      for (String key : effect.damaged()) log.error("access_entry_damaged key={}", key);
      if (effect.everybody() || !effect.users().isEmpty()) generation.incrementAndGet();
      if (effect.everybody()) byUser.values().forEach(r -> r.stale = true);
      for (String user : effect.users()) {
        CachedRights r = byUser.get(user);
        if (r != null) r.stale = true;
      }
      for (OpenSession s : sessions.values()) {
        if (effect.tokens().contains(s.tokenId())) s.end(OpenSession.REVOKED);
        else if (effect.gone().contains(s.username())) s.end(OpenSession.DELETED);
      }
    } finally {
      lock.writeLock().unlock();
    }
    Notice notice = effect.notice();
    Consumer<byte[]> other = replicating;
    // Only this thread changes the model: it is as the notice found it.
    if (notice != null && other != null) {
      Notices.replicated(notice, read(m -> Notices.shown(notice, m))).ifPresent(other);
    }
    synchronized (untold) {
      users.addAll(effect.users());
      everybody |= effect.everybody();
      if (notice != null) {
        if (untold.size() == NOTICES_MAX) untold.removeFirst();
        untold.add(notice);
      }
      untold.notifyAll();
    }
  }

  /// The thread that tells sessions.
  private void tell() {
    while (true) {
      Set<String> whose;
      List<Notice> notices;
      boolean all;
      synchronized (untold) {
        try {
          while (users.isEmpty() && untold.isEmpty() && !everybody && !closed) untold.wait();
        } catch (InterruptedException e) {
          return;
        }
        if (closed) return;
        whose = Set.copyOf(users);
        notices = List.copyOf(untold);
        all = everybody;
        users.clear();
        untold.clear();
        everybody = false;
      }
      for (OpenSession s : sessions.values()) {
        try {
          s.tell(whose, all, notices);
        } catch (RuntimeException e) {
          log.warn("session_not_told session={}", s.id(), e);
        }
      }
    }
  }

  // --- questions

  <T> T read(Function<AccessModel, T> question) {
    lock.readLock().lock();
    try {
      return question.apply(model);
    } finally {
      lock.readLock().unlock();
    }
  }

  /// What a user may do without the facts of a session; new ones where they are stale.
  CachedRights rights(String username) {
    CachedRights known = byUser.get(username);
    if (known != null && !outdated(known)) return known;
    lock.readLock().lock();
    try {
      // Kept before the lock is given back: what changes later marks them.
      CachedRights now = new CachedRights(compiled(username, null), CachedRights.SHARED);
      if (byUser.size() >= USERS_MAX) {
        // Whoever holds some must not take them for kept up to date any more.
        byUser.values().forEach(r -> r.stale = true);
        byUser.clear();
      }
      byUser.put(username, now);
      return now;
    } finally {
      lock.readLock().unlock();
    }
  }

  /// What a session may do: shared by all of its user unless a permission refers to the session.
  CachedRights rights(String username, JsonNode session) {
    boolean own =
        read(
            m ->
                m.rulesFor(username).stream().anyMatch(r -> r.pattern().contains("{{session"))
                    || !m.tablePermissionsFor(username).isEmpty());
    if (!own) return rights(username);
    lock.readLock().lock();
    try {
      return new CachedRights(compiled(username, session), generation.get());
    } finally {
      lock.readLock().unlock();
    }
  }

  /// Whether rights have to be asked for anew.
  boolean outdated(CachedRights r) {
    return r.stale || (r.generation != CachedRights.SHARED && r.generation != generation.get());
  }

  Rights compiled(String username, @Nullable JsonNode session) {
    UserRecord user = model.user(username).orElse(null);
    if (user == null) return Rights.of(List.of(), List.of(), _ -> Set.of(), AccessModel.NO_FACTS);
    JsonNode facts = AccessModel.facts(user, session);
    List<PermissionSet.Rule> rules = model.rulesFor(username);
    List<TablePermission> lookups = model.tablePermissionsFor(username);
    return Rights.of(rules, lookups, model::table, facts);
  }

  void add(OpenSession s) {
    sessions.put(s.id(), s);
  }

  void remove(OpenSession s) {
    sessions.remove(s.id(), s);
  }

  @Nullable OpenSession session(String id) {
    return sessions.get(id);
  }

  Collection<OpenSession> sessions() {
    return sessions.values();
  }

  @Override
  public void close() {
    synchronized (untold) {
      closed = true;
      untold.notifyAll();
    }
    AutoCloseable w = watching;
    try {
      if (w != null) w.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
