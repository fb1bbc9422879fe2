package io.muster.plugins.balancer.envoy;

import io.muster.plugins.balancer.envoy.EnvoyConfig.Host;
import io.muster.plugins.balancer.program.Attributes;
import io.muster.plugins.balancer.program.Command;
import io.muster.plugins.balancer.program.ManagedFile;
import io.muster.plugins.balancer.program.Waiting;
import io.muster.spi.balance.Balancer;
import io.muster.spi.balance.BalancerException;
import io.muster.spi.balance.BalancerException.Step;
import io.muster.spi.balance.BalancerSetup.OnEmpty;
import io.muster.spi.balance.BalancerSetup.Place;
import io.muster.spi.balance.Pool;
import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Brings envoy to a pool: files that it watches, then proof from its admin port.
final class EnvoyBalancer implements Balancer {
  private final EnvoySettings settings;
  private final Place place;
  private final EnvoyConfig config;
  private final EnvoyAdmin admin;
  private @Nullable Pool last;

  EnvoyBalancer(EnvoySettings settings, Place place) {
    this.settings = settings;
    this.place = place;
    Path directory = place.directory().toAbsolutePath();
    config = new EnvoyConfig(settings, place.cluster() + "__" + place.name(), directory);
    admin = new EnvoyAdmin(settings.admin(), settings.within());
  }

  /// @param hosts empty for those of the files that are there (kept)
  private record Plan(
      Map<String, String> files, List<Host> hosts, List<String> notes, boolean kept) {}

  @Override
  public Rendered render(Pool pool) {
    Plan plan = plan(pool);
    return new Rendered(
        plan.files.entrySet().stream()
            .map(e -> new RenderedFile(file(e.getKey()).toString(), e.getValue()))
            .toList(),
        plan.notes);
  }

  private Path file(String name) {
    return config.directory().resolve(name);
  }

  private Plan plan(Pool pool) {
    List<String> notes = new ArrayList<>();
    for (String key : settings.hotRestart()) {
      notes.add(key + " has no meaning: envoy watches its files, nothing is restarted");
    }
    List<Host> hosts = EnvoyConfig.hosts(pool, notes);
    boolean page = hosts.isEmpty() && place.onEmpty() == OnEmpty.MAINTENANCE_BACKEND;
    Map<String, String> files = new LinkedHashMap<>(config.files(hosts, page));
    boolean kept = hosts.isEmpty() && place.onEmpty() == OnEmpty.KEEP;
    if (kept) {
      Optional<String> endpoints = new ManagedFile(file(EnvoyConfig.ENDPOINTS)).text();
      Optional<String> clusters = new ManagedFile(file(EnvoyConfig.CLUSTERS)).text();
      kept = endpoints.isPresent() && clusters.isPresent();
      if (kept) {
        notes.add("the pool is empty; the last servers stay (on_empty: keep)");
        files.put(EnvoyConfig.ENDPOINTS, endpoints.orElseThrow());
        files.put(EnvoyConfig.CLUSTERS, clusters.orElseThrow());
      }
    }
    return new Plan(files, hosts, notes, kept);
  }

  private List<String> changed(Plan plan) {
    return plan.files.entrySet().stream()
        .filter(e -> !new ManagedFile(file(e.getKey())).text().equals(Optional.of(e.getValue())))
        .map(Map.Entry::getKey)
        .toList();
  }

  @Override
  public Applied apply(Pool pool) {
    Plan plan = plan(pool);
    List<String> changed = changed(plan);
    boolean runs = admin.answers();
    if (runs && changed.isEmpty() && differences(plan).isEmpty()) {
      last = pool;
      return Applied.UNCHANGED;
    }
    List<ManagedFile> written = write(plan, changed);
    // Whoever starts envoy needs the files that are refused here for lack of one.
    if (!runs && settings.bin().isEmpty()) {
      throw new BalancerException(
          Step.UNREACHABLE,
          "expected envoy to answer at "
              + settings.admin().host()
              + ":"
              + settings.admin().port()
              + ", found nobody; the files are written: start envoy -c "
              + file(EnvoyConfig.BOOTSTRAP)
              + ", or name the program with envoy_bin");
    }
    try {
      if (!runs) start();
      if (!Waiting.until(settings.within(), () -> differences(plan).isEmpty())) {
        throw new BalancerException(
            Step.VERIFY,
            "envoy did not take the files within "
                + settings.within().toMillis()
                + " ms: "
                + String.join("; ", differences(plan)));
      }
      last = pool;
      return runs ? Applied.RUNTIME : Applied.STARTED;
    } catch (BalancerException e) {
      try {
        written.forEach(ManagedFile::takeBack);
      } catch (BalancerException f) {
        e.addSuppressed(f);
      }
      throw e;
    }
  }

  /// In the order of the plan: endpoints before the clusters that ask for them.
  private List<ManagedFile> write(Plan plan, List<String> changed) {
    List<ManagedFile> written = new ArrayList<>();
    try {
      Files.createDirectories(config.directory());
      for (String name : changed) {
        ManagedFile file = new ManagedFile(file(name));
        written.add(file);
        Path candidate = file.candidate(plan.files.getOrDefault(name, ""));
        if (name.equals(EnvoyConfig.BOOTSTRAP)) check(candidate);
      }
      written.forEach(ManagedFile::commit);
      return written;
    } catch (IOException e) {
      throw new BalancerException(
          Step.WRITE, "could not make the directory " + config.directory() + ": " + e, e);
    } finally {
      written.forEach(ManagedFile::discard);
    }
  }

  /// Only a program that Muster was told of can be asked.
  private void check(Path bootstrap) {
    if (settings.bin().isEmpty()) return;
    Command.Ended ended =
        Command.run(
            Step.VALIDATE,
            "envoy_bin",
            settings.within(),
            List.of(settings.bin().get(), "--mode", "validate", "-c", bootstrap.toString()));
    if (ended.exit() == 0) return;
    throw new BalancerException(
        Step.VALIDATE,
        "envoy refuses the configuration (exit " + ended.exit() + "): " + ended.output());
  }

  private void start() {
    Path log = file("envoy.log");
    // In a session of its own: what ends the member must not end it.
    List<String> command =
        List.of(
            "setsid",
            settings.bin().orElseThrow(),
            "-c",
            file(EnvoyConfig.BOOTSTRAP).toString(),
            "-l",
            "warning",
            "--use-dynamic-base-id");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(config.directory().toFile())
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(log.toFile())
              .start();
      ManagedFile pid =
          new ManagedFile(
              place
                  .configDirectory()
                  .resolve(settings.pidFile().orElse(file("envoy.pid").toString())));
      pid.candidate(process.pid() + "\n");
      pid.commit();
      boolean answers =
          Waiting.until(settings.within(), () -> admin.answers() || !process.isAlive());
      if (answers && process.isAlive()) return;
      process.destroyForcibly();
    } catch (IOException e) {
      throw new BalancerException(
          Step.APPLY, "could not start " + String.join(" ", command) + ": " + e.getMessage(), e);
    }
    throw new BalancerException(
        Step.APPLY,
        "envoy was started, but does not answer at "
            + settings.admin().host()
            + ":"
            + settings.admin().port()
            + " within "
            + settings.within().toMillis()
            + " ms; "
            + log
            + " says why");
  }

  private List<String> differences(Plan plan) {
    if (plan.kept) return List.of();
    Optional<Set<String>> is = admin.hosts(config.cluster());
    if (is.isEmpty()) return List.of("envoy knows no cluster " + config.cluster());
    // What names become only envoy knows.
    if (plan.hosts.stream().anyMatch(h -> Attributes.named(h.endpoint()))) return List.of();
    Set<String> wanted =
        plan.hosts.stream()
            .map(
                h ->
                    switch (h.endpoint()) {
                      case Endpoint.Net net -> net.authority();
                      case Endpoint.Unix unix -> unix.path();
                    })
            .collect(Collectors.toCollection(TreeSet::new));
    return is.get().equals(wanted)
        ? List.of()
        : List.of(config.cluster() + " has " + is.get() + " instead of " + wanted);
  }

  @Override
  public Look look() {
    boolean runs = admin.answers();
    List<String> drift = new ArrayList<>();
    if (!runs) {
      drift.add(
          "envoy does not answer at " + settings.admin().host() + ":" + settings.admin().port());
    }
    Pool pool = last;
    if (pool != null) {
      Plan plan = plan(pool);
      for (String name : changed(plan)) drift.add(file(name) + " is not as it was written");
      if (runs) drift.addAll(differences(plan));
    }
    JsonValue stats =
        runs
            ? admin.stats(
                List.of(
                    "cluster." + config.cluster() + ".",
                    "redis.egress_",
                    "tcp.egress_",
                    "http.egress_",
                    "listener_manager.",
                    "cluster_manager."))
            : new JsonValue.Obj(new LinkedHashMap<>());
    return new Look(runs, drift, stats);
  }

  @Override
  public void close() {
    // envoy goes on.
  }
}
