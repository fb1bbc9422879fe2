package io.muster.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreException;
import io.muster.spi.store.StoreException.Kind;
import io.muster.spi.store.Write;
import io.muster.testing.Eventually;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// How the tests of a [RecordStore] open it and speak of it; [StoreContract] is for authors.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StoreTests {
  /// Every operation has an answer within this time, however loaded the machine is.
  static final long ANSWER_SECONDS = 30;

  private @Nullable Path directory;
  private @Nullable RecordStore opened;

  /// Opens the store. What was written before a close must be there again after it, unless the
  /// store says in [#keeps] that it keeps nothing.
  ///
  /// @param directory the same one for all tests of a class, empty at first; for a store elsewhere
  ///     it may serve as a name
  protected abstract RecordStore open(Path directory) throws Exception;

  /// Closes what [#open] opened beside the store; called after the store was closed.
  protected void closeRest() throws Exception {}

  /// Whether records outlive the store that they were written to.
  protected boolean keeps() {
    return true;
  }

  /// The largest data that the store takes as it is opened here, or 0 when the test should not ask
  /// for more.
  protected int recordBytesMax() {
    return 0;
  }

  @BeforeAll
  void openTheStore(@TempDir Path own) throws Exception {
    directory = own;
    openTheStore();
  }

  void openTheStore() throws Exception {
    RecordStore store = open(Objects.requireNonNull(directory));
    opened = store;
    answer(store.ready());
    Eventually.within(Duration.ofSeconds(30), "a healthy store", () -> store.health().good());
  }

  @AfterAll
  void closeTheStore() throws Exception {
    RecordStore store = opened;
    opened = null;
    if (store != null) store.close();
    closeRest();
  }

  @BeforeEach
  void emptyTheStore() throws Exception {
    if (opened == null) openTheStore();
    answer(store().remove("*"));
  }

  RecordStore store() {
    RecordStore store = opened;
    if (store == null) throw new IllegalStateException("not open");
    return store;
  }

  // --- how the tests speak

  static <T> T answer(CompletableFuture<T> asked) {
    try {
      return asked.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("no answer within " + ANSWER_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof RuntimeException r) throw r;
      throw new AssertionError(e.getCause());
    }
  }

  static byte[] json(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// The data as text, without white space between tokens.
  static String text(PathRecord r) {
    String data = new String(r.data(), StandardCharsets.UTF_8);
    StringBuilder out = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < data.length(); i++) {
      char c = data.charAt(i);
      if (quoted && c == '\\') out.append(c).append(data.charAt(++i));
      else if (quoted || c > ' ') out.append(c);
      if (c == '"') quoted = !quoted;
    }
    return out.toString();
  }

  PathRecord put(String path, String data) {
    return answer(store().write(new Write.Put(path, json(data), null))).record();
  }

  PathRecord merge(String path, String data) {
    return answer(store().write(new Write.Merge(path, json(data), null))).record();
  }

  @Nullable String got(String path) {
    return answer(store().get(path)).map(StoreTests::text).orElse(null);
  }

  List<String> paths(ListQuery query) {
    return answer(store().list(query)).stream().map(PathRecord::path).toList();
  }

  static Kind failure(CompletableFuture<?> asked) {
    try {
      Object answer = answer(asked);
      throw new AssertionError("answered: " + answer);
    } catch (StoreException e) {
      assertThat(e.getMessage()).as("why").isNotBlank();
      return e.kind();
    } catch (CompletionException e) {
      if (e.getCause() instanceof StoreException s) return s.kind();
      throw new AssertionError("not a StoreException: " + e, e);
    }
  }
}
