package io.muster.kernel;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a listener shows of itself over TLS, and its replacement while the member runs.
///
/// Texts are compared by what they say, not by the times of files: whatever puts them there (a
/// copy, a rename, another target of a link) is seen. A pair that cannot be used is said once, and
/// the one before it stays. Connections that are open go on with what they began with; [#current]
/// is for those to come. Accessors may be called on any thread.
///
/// @param <T> what connections are made of
public final class TlsReload<T> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TlsReload.class);

  /// PEM texts as they were read together.
  ///
  /// @param certificates the own chain
  /// @param trusted certificates of those that peers must be signed by; empty where none is asked
  public record Texts(String certificates, Secret key, String trusted) {}

  /// Where the texts come from.
  @FunctionalInterface
  public interface Source {
    /// Reads them; blocks.
    ///
    /// @throws MusterException `tls_material` when one cannot be read
    Texts read();
  }

  /// Makes of texts what connections need.
  @FunctionalInterface
  public interface Maker<T> {
    /// @throws MusterException `tls_material` when they cannot be used
    T make(TlsMaterial material, Texts texts);
  }

  /// What became of a listener's certificates, for metrics.
  ///
  /// @param expires when the certificate that is shown ends
  /// @param reloads pairs that took the place of another one
  /// @param failures new pairs that could not be used
  public record View(String listener, Instant expires, long reloads, long failures) {}

  /// Both parts of one reading, so that nobody sees a new one with the end of an old one.
  private record Made<T>(T value, Instant expires) {}

  private final String listener;
  private final String where;
  private final Source source;
  private final Maker<T> maker;
  private volatile Made<T> made;
  private volatile long reloads;
  private volatile long failures;
  private @Nullable ScheduledExecutorService watcher;

  // Of the watcher: the texts that are used, those tried last, and why none could be read.
  private Texts shown;
  private Texts tried;
  private String unreadable = "";

  /// Reads the texts.
  ///
  /// @param listener a word for logs and metrics: `client`, `link`, `admin`
  /// @param where begins messages: the settings or files that the texts come from
  /// @throws MusterException `tls_material`
  public TlsReload(String listener, String where, Source source, Maker<T> maker) {
    this.listener = listener;
    this.where = where;
    this.source = source;
    this.maker = maker;
    shown = source.read();
    tried = shown;
    made = make(shown);
  }

  /// For new connections.
  public T current() {
    return made.value;
  }

  public View view() {
    return new View(listener, made.expires, reloads, failures);
  }

  /// Looks at the texts again and again from now on, on a thread of its own; a second call does
  /// nothing.
  public void watch(Duration every) {
    if (watcher != null) return;
    ScheduledExecutorService w =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name(listener + "-tls").daemon(true).factory());
    w.scheduleWithFixedDelay(this::look, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    watcher = w;
  }

  private void look() {
    try {
      Texts now = source.read();
      unreadable = "";
      if (now.equals(tried)) return;
      tried = now;
      if (!now.equals(shown)) use(now);
    } catch (MusterException e) {
      // A file that is not there is looked for again and again; it is said and counted once.
      String why = String.valueOf(e.getMessage());
      if (!why.equals(unreadable)) refused(e);
      unreadable = why;
    } catch (RuntimeException e) {
      failures++;
      log.error("{}_tls_watch_failed", listener, e);
    }
  }

  private void use(Texts now) {
    try {
      made = make(now);
    } catch (MusterException e) {
      refused(e);
      return;
    }
    shown = now;
    reloads++;
    log.info("{}_tls_reloaded expires={}", listener, made.expires);
  }

  private Made<T> make(Texts texts) {
    TlsMaterial material = TlsMaterial.of(where, texts.certificates, texts.key);
    return new Made<>(maker.make(material, texts), material.expires());
  }

  private void refused(MusterException e) {
    failures++;
    log.warn(
        "{}_tls_not_reloaded reason=\"{}\": the pair before it stays", listener, e.getMessage());
  }

  @Override
  public void close() {
    ScheduledExecutorService w = watcher;
    if (w != null) w.shutdownNow();
  }
}
