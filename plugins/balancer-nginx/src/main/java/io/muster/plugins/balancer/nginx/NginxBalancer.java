package io.muster.plugins.balancer.nginx;

import io.muster.plugins.balancer.program.ManagedFile;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerException;
import io.muster.spi.balance.BalancerException.Step;
import io.muster.spi.balance.BalancerSetup.OnEmpty;
import io.muster.spi.balance.BalancerSetup.Place;
import io.muster.spi.balance.Pool;
import io.muster.spi.store.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Brings nginx to a pool: file, rename, check, signal, proof.
final class NginxBalancer implements Balancer {
  private static final int SOCKET_BYTES_MAX = 107;

  private final NginxSettings settings;
  private final Place place;
  private final Path file;
  private final NginxProcess nginx;
  private @Nullable Pool last;

  NginxBalancer(NginxSettings settings, Place place) {
    this.settings = settings;
    this.place = place;
    file = resolved(settings.upstreamFile());
    nginx =
        new NginxProcess(
            settings, resolved(settings.conf()), settings.pidFile().map(this::resolved));
  }

  private Path resolved(String path) {
    return place.configDirectory().resolve(path).toAbsolutePath().normalize();
  }

  private record Plan(String text, List<String> notes, boolean changed) {}

  @Override
  public Rendered render(Pool pool) {
    Plan plan = plan(pool);
    return new Rendered(List.of(new RenderedFile(file.toString(), plan.text)), plan.notes);
  }

  private Plan plan(Pool pool) {
    List<String> notes = new ArrayList<>();
    List<String> servers = Upstream.servers(pool, notes);
    Optional<String> before = new ManagedFile(file).text();
    boolean kept = servers.isEmpty() && place.onEmpty() == OnEmpty.KEEP;
    if (kept && before.filter(t -> t.contains("upstream")).isPresent()) {
      notes.add("the pool is empty; the last servers stay (on_empty: keep)");
      return new Plan(before.get(), notes, false);
    }
    // Workers are another user, who may not enter a directory of the member's.
    Path socket = file.resolveSibling(".muster-" + settings.upstream() + ".sock");
    boolean page = servers.isEmpty() && place.onEmpty() == OnEmpty.MAINTENANCE_BACKEND;
    if (page && socket.toString().getBytes(StandardCharsets.UTF_8).length > SOCKET_BYTES_MAX) {
      throw new BalancerException(
          Step.RENDER,
          "expected a socket's path of at most "
              + SOCKET_BYTES_MAX
              + " bytes, found "
              + socket
              + "; shorten upstream_conf_path or upstream_name, or use another on_empty");
    }
    String text = Upstream.text(settings, servers, place.onEmpty(), socket);
    return new Plan(text, notes, !before.equals(Optional.of(text)));
  }

  @Override
  public Applied apply(Pool pool) {
    Plan plan = plan(pool);
    OptionalLong master = nginx.master();
    boolean used = master.isPresent() && marked(master.getAsLong(), plan.text);
    if (!plan.changed && used) {
      last = pool;
      return Applied.UNCHANGED;
    }
    ManagedFile managed = new ManagedFile(file);
    try {
      Files.createDirectories(place.directory());
      if (plan.changed) {
        managed.candidate(plan.text);
        managed.commit();
      }
      nginx.check();
      Applied how = bring(master);
      mark(nginx.master(), plan.text);
      managed.keep();
      last = pool;
      return how;
    } catch (IOException e) {
      throw new BalancerException(
          Step.WRITE, "could not make the directory " + place.directory() + ": " + e, e);
    } catch (BalancerException e) {
      try {
        managed.takeBack();
      } catch (BalancerException f) {
        e.addSuppressed(f);
      }
      throw e;
    }
  }

  private Applied bring(OptionalLong master) {
    if (master.isPresent()) {
      nginx.reload(master.getAsLong());
      return Applied.RELOADED;
    }
    if (settings.start()) {
      nginx.start();
      return Applied.STARTED;
    }
    throw new BalancerException(
        Step.UNREACHABLE,
        "expected a running nginx, "
            + nginx.pidFile()
            + " names none; start it, or say start: true, or where its pid_file is");
  }

  // --- which master has read which file: a crash between the rename and the signal, or somebody
  // who renews the file, would leave it with another one

  private Path markerFile() {
    return place.directory().resolve("loaded.conf");
  }

  private static String marker(long master, String text) {
    return "# read by process " + master + "\n" + text;
  }

  private boolean marked(long master, String text) {
    return new ManagedFile(markerFile()).text().equals(Optional.of(marker(master, text)));
  }

  private void mark(OptionalLong master, String text) {
    ManagedFile managed = new ManagedFile(markerFile());
    managed.candidate(marker(master.orElse(0), text));
    managed.commit();
  }

  @Override
  public Look look() {
    OptionalLong master = nginx.master();
    List<String> drift = new ArrayList<>();
    if (master.isEmpty()) drift.add("nginx does not run: " + nginx.pidFile() + " names none");
    Pool pool = last;
    if (pool != null) {
      Plan plan = plan(pool);
      if (plan.changed) drift.add(file + " is not as it was written");
      else if (master.isPresent() && !marked(master.getAsLong(), plan.text)) {
        drift.add("nginx (process " + master.getAsLong() + ") was started by somebody else");
      }
    }
    return new Look(master.isPresent(), drift, stats(master));
  }

  private JsonValue stats(OptionalLong master) {
    LinkedHashMap<String, JsonValue> stats = new LinkedHashMap<>();
    master.ifPresent(
        pid -> {
          stats.put("pid", new JsonValue.Whole(pid));
          stats.put("workers", new JsonValue.Whole(nginx.workers(pid)));
          stats.put("finishing", new JsonValue.Whole(nginx.finishing(pid)));
        });
    try {
      FileTime written = Files.getLastModifiedTime(file);
      stats.put("file_written", new JsonValue.Text(written.toInstant().toString()));
    } catch (IOException e) {
      // There is none yet.
    }
    return new JsonValue.Obj(stats);
  }

  @Override
  public void close() {
    // nginx goes on.
  }
}
