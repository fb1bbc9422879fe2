package io.muster.plugins.balancer.haproxy;

import io.muster.plugins.balancer.program.ManagedFile;
import io.muster.plugins.balancer.program.Waiting;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerException;
import io.muster.spi.balance.BalancerException.Step;
import io.muster.spi.balance.BalancerSetup.OnEmpty;
import io.muster.spi.balance.BalancerSetup.Place;
import io.muster.spi.balance.Pool;
import io.muster.spi.store.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Brings haproxy to a pool: files, check, rename, run-time commands or a new process, proof.
final class HaproxyBalancer implements Balancer {
  private static final String SORRY = "No server is available. Please try again later.";

  private final HaproxySettings settings;
  private final Place place;
  private final List<Path> files;
  private @Nullable HaproxyProcess process;

  /// Lines of servers that are to go and still have clients, by backend and name: haproxy knows
  /// them as they were.
  private final Map<String, Map<String, String>> leaving = new LinkedHashMap<>();

  private @Nullable Pool last;

  HaproxyBalancer(HaproxySettings settings, Place place) {
    this.settings = settings;
    this.place = place;
    files =
        settings.own()
            ? List.of(place.directory().resolve("haproxy.cfg"))
            : settings.configFiles().stream().map(this::resolved).toList();
  }

  private Path resolved(String path) {
    return place.configDirectory().resolve(path).toAbsolutePath().normalize();
  }

  /// Opened late: a socket's path may be wrong, which is not a matter of opening.
  private HaproxyProcess process() {
    HaproxyProcess p = process;
    if (p != null) return p;
    Path own = place.directory().toAbsolutePath();
    AdminSocket socket =
        new AdminSocket(
            settings.socket().map(this::resolved).orElse(own.resolve("admin.sock")),
            settings.within());
    Optional<Path> master = settings.masterSocket().map(this::resolved);
    if (master.isEmpty() && settings.own()) master = Optional.of(own.resolve("master.sock"));
    p =
        new HaproxyProcess(
            settings,
            files,
            socket,
            master.map(m -> new AdminSocket(m, settings.within())),
            settings.pidFile().map(this::resolved).orElse(own.resolve("haproxy.pid")),
            settings.stateFile().map(this::resolved));
    process = p;
    return p;
  }

  /// A file as it is and as it should be.
  private record Draft(Path path, Optional<String> before, TaggedFile after, String text) {
    boolean changed() {
      return !before.equals(Optional.of(text));
    }

    TaggedFile parsedBefore() {
      return TaggedFile.parse(path.toString(), before.orElse(""));
    }
  }

  private record Plan(List<Draft> drafts, List<Server> servers, List<String> notes, boolean kept) {
    List<Draft> changed() {
      return drafts.stream().filter(Draft::changed).toList();
    }
  }

  @Override
  public Rendered render(Pool pool) {
    Plan plan = plan(pool);
    return new Rendered(
        plan.drafts.stream().map(d -> new RenderedFile(d.path.toString(), d.text)).toList(),
        plan.notes);
  }

  private Plan plan(Pool pool) {
    List<String> notes = new ArrayList<>();
    List<Server> servers = Server.of(pool, notes);
    boolean empty = servers.isEmpty();
    if (!settings.own() && !settings.listen().isEmpty()) {
      notes.add("listen has no meaning beside config_file: its frontends say where clients come");
    }
    List<Draft> drafts = new ArrayList<>();
    boolean kept = empty && place.onEmpty() == OnEmpty.KEEP;
    boolean tagged = false;
    for (Path path : files) {
      Optional<String> before = new ManagedFile(path).text();
      if (before.isEmpty()) {
        if (!settings.own()) throw new BalancerException(Step.RENDER, path + ": there is no file");
        kept = false;
      }
      String template =
          settings.own() ? OwnFile.text(settings, process().socket().path()) : before.orElse("");
      TaggedFile file = TaggedFile.parse(path.toString(), template);
      tagged |= !file.places().isEmpty();
      String text = file.with(at -> content(at, servers));
      // Parsed again: places have other lines in it.
      drafts.add(new Draft(path, before, TaggedFile.parse(path.toString(), text), text));
    }
    if (!tagged) {
      throw new BalancerException(
          Step.RENDER,
          files + ": expected the tag #<servers/> in a backend or listen section, found none");
    }
    if (kept) {
      notes.add("the pool is empty; the last servers stay (on_empty: keep)");
      List<Draft> asTheyAre = new ArrayList<>();
      for (Draft d : drafts) {
        asTheyAre.add(new Draft(d.path, d.before, d.parsedBefore(), d.before.orElse("")));
      }
      drafts = asTheyAre;
    }
    return new Plan(List.copyOf(drafts), servers, notes, kept);
  }

  private List<String> content(TaggedFile.Place at, List<Server> servers) {
    if (!servers.isEmpty()) return servers.stream().map(Server::line).toList();
    if (place.onEmpty() != OnEmpty.MAINTENANCE_BACKEND) return List.of();
    return at.http()
        ? List.of(
            "http-request return status 503 content-type text/plain"
                + " hdr Retry-After 5 string \""
                + SORRY
                + "\"")
        : List.of("tcp-request content reject");
  }

  @Override
  public Applied apply(Pool pool) {
    Plan plan = plan(pool);
    HaproxyProcess haproxy = process();
    boolean runs = haproxy.runs();
    if (plan.kept) {
      if (!runs) haproxy.start();
      last = pool;
      return runs ? Applied.UNCHANGED : Applied.STARTED;
    }
    boolean loaded = !settings.own() || marker().equals(skeleton(plan));
    List<Draft> changed = plan.changed();
    if (changed.isEmpty() && runs && loaded && differences(plan).isEmpty()) {
      tidy(plan);
      last = pool;
      return Applied.UNCHANGED;
    }
    List<ManagedFile> written = write(changed);
    try {
      Applied how = bring(plan, runs, loaded);
      if (settings.own()) mark(plan);
      written.forEach(ManagedFile::keep);
      last = pool;
      return how;
    } catch (BalancerException e) {
      try {
        written.forEach(ManagedFile::takeBack);
      } catch (BalancerException f) {
        e.addSuppressed(f);
      }
      throw e;
    }
  }

  /// Candidates, checked together, then renamed.
  private List<ManagedFile> write(List<Draft> changed) {
    List<ManagedFile> written = new ArrayList<>();
    Map<Path, Path> instead = new LinkedHashMap<>();
    try {
      if (settings.own()) Files.createDirectories(place.directory());
      for (Draft draft : changed) {
        ManagedFile file = new ManagedFile(draft.path);
        written.add(file);
        instead.put(draft.path, file.candidate(draft.text));
      }
      if (!changed.isEmpty()) process().check(instead);
      written.forEach(ManagedFile::commit);
      return written;
    } catch (IOException e) {
      throw new BalancerException(
          Step.WRITE, "could not make the directory " + place.directory() + ": " + e, e);
    } finally {
      written.forEach(ManagedFile::discard);
    }
  }

  private Applied bring(Plan plan, boolean runs, boolean loaded) {
    HaproxyProcess haproxy = process();
    Applied how = Applied.STARTED;
    if (!runs) {
      haproxy.start();
      leaving.clear();
    } else if (loaded && sameSkeleton(plan) && told(plan, false)) {
      how = Applied.RUNTIME;
    } else {
      haproxy.reload();
      leaving.clear();
      how = Applied.RELOADED;
      // What a state file brought over from the old process may not be what is wanted now.
      told(plan, true);
    }
    boolean used = Waiting.until(settings.within(), () -> differences(plan).isEmpty());
    if (!used) {
      throw new BalancerException(
          Step.VERIFY,
          "haproxy took the configuration, but "
              + String.join("; ", differences(plan).stream().limit(5).toList()));
    }
    return how;
  }

  private static boolean sameSkeleton(Plan plan) {
    for (Draft draft : plan.drafts) {
      if (draft.changed() && !draft.parsedBefore().skeleton().equals(draft.after.skeleton())) {
        return false;
      }
    }
    return true;
  }

  /// Tells the running process by its run-time interface.
  ///
  /// @param fresh it has just read the file as planned; else it knows the one before
  /// @return false when it takes a new process, or haproxy would not
  private boolean told(Plan plan, boolean fresh) {
    AdminSocket socket = process().socket();
    try {
      for (Map.Entry<String, TaggedFile.Place> e : backends(plan).entrySet()) {
        String backend = e.getKey();
        Map<String, RunningServer> running = RunningServer.of(socket, backend);
        Map<String, String> known = known(plan, backend, running, fresh);
        Optional<RuntimeChange> change =
            RuntimeChange.of(backend, e.getValue().plain(), plan.servers, running, known);
        if (change.isEmpty() || !change.get().give(socket)) return false;
        remember(backend, plan, known, RunningServer.of(socket, backend).keySet());
      }
      return true;
    } catch (BalancerException e) {
      if (e.step() != Step.UNREACHABLE) throw e;
      return false;
    }
  }

  /// The lines by which haproxy got to know its servers: those of the file before, of servers on
  /// their way out, and of the new file for a process that has just read it.
  private Map<String, String> known(
      Plan plan, String backend, Map<String, RunningServer> running, boolean fresh) {
    Map<String, String> known = new LinkedHashMap<>(leaving.getOrDefault(backend, Map.of()));
    for (Draft draft : plan.drafts) {
      TaggedFile read = fresh ? draft.after : draft.parsedBefore();
      known.putAll(read.servers().getOrDefault(backend, Map.of()));
    }
    known.keySet().retainAll(running.keySet());
    return known;
  }

  private void remember(String backend, Plan plan, Map<String, String> known, Set<String> running) {
    Map<String, String> still = new LinkedHashMap<>(known);
    still.keySet().retainAll(running);
    plan.servers.forEach(s -> still.remove(s.name()));
    leaving.put(backend, still);
  }

  private static Map<String, TaggedFile.Place> backends(Plan plan) {
    Map<String, TaggedFile.Place> all = new LinkedHashMap<>();
    for (Draft draft : plan.drafts) {
      for (TaggedFile.Place at : draft.after.places()) all.putIfAbsent(at.backend(), at);
    }
    return all;
  }

  private List<String> differences(Plan plan) {
    List<String> lines = new ArrayList<>();
    for (String backend : backends(plan).keySet()) {
      try {
        Map<String, RunningServer> running = RunningServer.of(process().socket(), backend);
        lines.addAll(RunningServer.differences(backend, plan.servers, running));
      } catch (BalancerException e) {
        lines.add(e.getMessage());
      }
    }
    return lines;
  }

  /// Deletes those that wait in maintenance and have lost their last client.
  private void tidy(Plan plan) {
    if (leaving.values().stream().anyMatch(m -> !m.isEmpty())) told(plan, true);
  }

  // --- what a process of Muster's own was started with: a crash between the file and the reload
  // would leave it with another one

  private Path markerFile() {
    return place.directory().resolve("loaded.cfg");
  }

  private String marker() {
    return new ManagedFile(markerFile()).text().orElse("");
  }

  private void mark(Plan plan) {
    String skeleton = skeleton(plan);
    if (marker().equals(skeleton)) return;
    ManagedFile file = new ManagedFile(markerFile());
    file.candidate(skeleton);
    file.commit();
  }

  private static String skeleton(Plan plan) {
    StringBuilder all = new StringBuilder();
    for (Draft draft : plan.drafts) all.append(draft.after.skeleton());
    return all.toString();
  }

  // --- how it is

  @Override
  public Look look() {
    HaproxyProcess haproxy = process();
    Optional<ShowStat> stat = ShowStat.of(haproxy.socket());
    List<String> drift = new ArrayList<>();
    Set<String> backends = new LinkedHashSet<>();
    Pool pool = last;
    if (pool != null) {
      Plan plan = plan(pool);
      backends.addAll(backends(plan).keySet());
      for (Draft d : plan.changed()) {
        drift.add(d.path + " has other servers than were written there");
      }
      if (!plan.kept && stat.isPresent()) drift.addAll(differences(plan));
    }
    if (stat.isEmpty()) {
      drift.addFirst("haproxy does not run: nothing answers at " + haproxy.socket().path());
    }
    JsonValue stats =
        stat.map(s -> s.of(backends)).orElse(new JsonValue.Obj(new LinkedHashMap<>()));
    return new Look(stat.isPresent(), drift, stats);
  }

  @Override
  public void close() {
    // The process goes on: clients are served while the member restarts.
  }
}
