package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.kernel.Settings;
import io.muster.spi.store.ListQuery;
import io.muster.spi.store.PathRecord;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreContext;
import io.muster.spi.store.Write;
import io.muster.store.StoreProviders;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Copies of the records of another store.
class RecordsImportTest {
  @TempDir Path directory;
  private final RecordStore from = store("");
  private final RecordStore to = store("");

  private static RecordStore store(String more) {
    Settings settings =
        Settings.of("provider: memory\nper_member: true\n" + more, "test", Map.of(), Map.of());
    return StoreProviders.installed().read(settings.root()).open(new Nobody());
  }

  private record Nobody() implements StoreContext {
    @Override
    public String cluster() {
      return "c";
    }

    @Override
    public String member() {
      return "a";
    }

    @Override
    public Path directory() {
      throw new IllegalStateException("nothing is kept");
    }

    @Override
    public <T> Optional<T> part(Class<T> type) {
      return Optional.empty();
    }
  }

  @AfterEach
  void close() {
    from.close();
    to.close();
  }

  private static void put(RecordStore store, String path, String json, String by) {
    store.write(new Write.Put(path, json.getBytes(StandardCharsets.UTF_8), by)).join();
  }

  private static String data(RecordStore store, String path) {
    return store
        .get(path)
        .join()
        .map(r -> new String(r.data(), StandardCharsets.UTF_8))
        .orElse("none");
  }

  private void plant() {
    for (int i = 0; i < 1200; i++) {
      put(from, "/plant/%04d".formatted(i), "{\"n\":" + i + "}", i % 2 == 0 ? "ada" : null);
    }
    put(from, "/other/ä😀", "{\"o\":1}", null);
    put(from, "/_SYSTEM/_SECURITY/_USER/bob", "{\"username\":\"bob\"}", null);
    put(from, "/SYSTEM/DEPLOYMENT/d/s/1.2.3.4:1", "{}", null);
  }

  private RecordsImport.Report copy(RecordsImport.Ask ask) throws IOException {
    return new RecordsImport(from, to, ask).run((_, _) -> {});
  }

  private static RecordsImport.Ask all() {
    return new RecordsImport.Ask(List.of("*"), "", false, false);
  }

  private static String told(RecordsImport.Report r) {
    RecordsImport.Counts c = r.counts();
    return "%d found, %d imported, %d there, %d failed, %d left out"
        .formatted(c.found, c.imported, c.there, c.failed, c.leftOut);
  }

  @Test
  void allAreCopiedButWhatClustersKeepForThemselves() throws Exception {
    plant();
    List<Long> steps = new ArrayList<>();

    RecordsImport.Report report =
        new RecordsImport(from, to, all()).run((counts, _) -> steps.add(counts.imported));

    assertThat(told(report)).isEqualTo("1201 found, 1201 imported, 0 there, 0 failed, 2 left out");
    assertThat(report.after()).isEqualTo("/plant/1199");
    assertThat(steps).hasSize(3).isSorted();
    assertThat(to.count("*").join()).isEqualTo(1201);
    assertThat(data(to, "/plant/0077")).isEqualTo("{\"n\":77}");
    assertThat(data(to, "/other/ä😀")).isEqualTo("{\"o\":1}");
    PathRecord by = to.get("/plant/0002").join().orElseThrow();
    assertThat(by.modifiedBy()).isEqualTo("ada");
  }

  @Test
  void repeatingKeepsWhatIsThereUnlessItIsToBeReplaced() throws Exception {
    plant();
    put(to, "/plant/0003", "{\"mine\":1}", null);

    assertThat(told(copy(all())))
        .isEqualTo("1201 found, 1200 imported, 1 there, 0 failed, 2 left out");
    assertThat(told(copy(all())))
        .isEqualTo("1201 found, 0 imported, 1201 there, 0 failed, 2 left out");
    assertThat(data(to, "/plant/0003")).isEqualTo("{\"mine\":1}");
    RecordsImport.Ask replace = new RecordsImport.Ask(List.of("/plant/000*"), "", true, false);
    assertThat(told(copy(replace)))
        .isEqualTo("10 found, 10 imported, 0 there, 0 failed, 0 left out");
    assertThat(data(to, "/plant/0003")).isEqualTo("{\"n\":3}");
  }

  @Test
  void aDryRunChangesNothing() throws Exception {
    plant();
    put(to, "/plant/0003", "{}", null);

    RecordsImport.Report report =
        copy(new RecordsImport.Ask(List.of("/plant/*", "/other/*"), "", false, true));

    assertThat(told(report)).isEqualTo("1201 found, 1200 imported, 1 there, 0 failed, 0 left out");
    assertThat(to.list(ListQuery.all("*")).join()).hasSize(1);
  }

  @Test
  void whereItStoppedItGoesOn() throws Exception {
    plant();
    try (RecordStore small = store("bytes_max: 1048576\n")) {
      put(small, "/filling", "{\"x\":\"" + "y".repeat(950_000) + "\"}", null);

      assertThatThrownBy(() -> new RecordsImport(from, small, all()).run((_, _) -> {}))
          .hasMessageContaining("cannot be written: the store in this member's memory is full")
          .hasMessageContaining("go on with --after '/plant/");
    }

    RecordsImport.Report rest =
        copy(new RecordsImport.Ask(List.of("*"), "/plant/1189", false, false));
    assertThat(told(rest)).isEqualTo("10 found, 10 imported, 0 there, 0 failed, 0 left out");
  }

  @Test
  void largeRecordsComeFewAtOnce() throws Exception {
    try (RecordStore large = store("list_bytes_max: 1048576\n")) {
      String text = "y".repeat(400_000);
      for (int i = 0; i < 7; i++) put(large, "/l/" + i, "{\"x\":\"" + text + "\"}", null);

      RecordsImport.Report report = new RecordsImport(large, to, all()).run((_, _) -> {});

      assertThat(told(report)).isEqualTo("7 found, 7 imported, 0 there, 0 failed, 0 left out");
      assertThat(report.counts().bytes).isEqualTo(7 * 400_008L);
    }
  }

  @Test
  void whatCannotBeWrittenIsReported() throws Exception {
    put(from, "/a", "{\"x\":\"" + "y".repeat(5000) + "\"}", null);
    put(from, "/b", "{}", null);
    try (RecordStore narrow = store("record_bytes_max: 1024\n")) {
      RecordsImport.Report report = new RecordsImport(from, narrow, all()).run((_, _) -> {});

      assertThat(told(report)).isEqualTo("2 found, 1 imported, 0 there, 1 failed, 0 left out");
      assertThat(report.problems().getFirst().get("path")).isEqualTo("/a");
      assertThat(report.problems().getFirst().get("reason")).contains("at most 1024");
    }
  }

  private JsonNode asked(String body, int status) throws Exception {
    try (AdminFixture admin = new AdminFixture(directory)) {
      HttpResponse<String> answer = admin.send("POST", "/v1/import/records", body);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
      return AdminFixture.json(answer);
    }
  }

  @Test
  void whatIsAskedWronglyIsSaid() throws Exception {
    Map<String, String> wrong =
        Map.of(
            "{}", "source: expected the settings of the store to copy from",
            "[]", "expected a JSON object",
            "{\"source\":\"provider: embedded\"}", "found 'embedded'",
            "{\"source\":\"url: x\"}", "expected a database such as mongodb",
            "{\"source\":\"provider: none\"}", "source:1",
            "{\"source\":\"x\",\"paths\":[]}", "paths: expected 1 to 100 patterns",
            "{\"source\":\"x\",\"replace\":1}", "replace: expected true or false",
            "{\"sauce\":1}", "unknown member 'sauce'");
    for (Map.Entry<String, String> w : wrong.entrySet()) {
      assertThat(asked(w.getKey(), 400).path("detail").asString())
          .as(w.getKey())
          .contains(w.getValue());
    }
  }
}
