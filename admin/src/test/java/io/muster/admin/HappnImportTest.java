package io.muster.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.muster.access.Action;
import io.muster.access.Holder;
import io.muster.spi.store.Write;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Users and rights that happn kept as records.
class HappnImportTest {
  private static final String ROOT = "/_SYSTEM/_SECURITY/";

  @TempDir Path directory;
  private SecureFixture secure;

  @BeforeEach
  void start() {
    secure = new SecureFixture(directory);
  }

  @AfterEach
  void stop() {
    secure.close();
  }

  private void kept(String path, String json) {
    byte[] data = json.getBytes(StandardCharsets.UTF_8);
    secure.admin.member.store().orElseThrow().write(new Write.Put(ROOT + path, data, null)).join();
  }

  private JsonNode imported(String query) throws Exception {
    HttpResponse<String> answer = secure.admin.send("POST", "/v1/import/happn" + query, "");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return AdminFixture.json(answer);
  }

  private void everything() throws Exception {
    String hash = hash("secret");
    kept("SESSION_TOKEN_SECRET", "{\"secret\":\"s\"}");
    kept("_USER/_ADMIN", "{\"username\":\"_ADMIN\",\"password\":\"x\"}");
    kept(
        "_USER/bob",
        "{\"username\":\"bob\",\"userid\":\"1\",\"password\":\""
            + hash
            + "\",\"custom_data\":{\"area\":7},\"authType\":\"happn\"}");
    kept("_USER/bob/_USER_GROUP/readers", "{}");
    kept("_USER/bob/_USER_GROUP/none", "{}");
    kept("_USER/eve", "{\"username\":\"eve\",\"password\":\"md5$1$2\"}");
    kept("_GROUP/_ADMIN", "{\"name\":\"_ADMIN\"}");
    kept("_GROUP/readers", "{\"name\":\"readers\",\"custom_data\":{\"x\":1}}");
    kept(
        "_PERMISSIONS/readers/get//sensors/{{w}}",
        "{\"action\":\"get\",\"authorized\":true,\"path\":\"/sensors/*\"}");
    kept(
        "_PERMISSIONS/readers/set//sensors/1",
        "{\"action\":\"set\",\"authorized\":false,\"path\":\"/sensors/1\"}");
    kept(
        "_PERMISSIONS/_USER/bob/on//own/{{w}}",
        "{\"action\":\"on\",\"authorized\":true,\"path\":\"/own/{{w}}\"}");
    kept(
        "_PERMISSIONS/_ADMIN/{{w}}/{{w}}", "{\"action\":\"*\",\"authorized\":true,\"path\":\"*\"}");
    kept("_LOOKUP/cars/fleet/7", "{\"authorized\":true}");
    kept(
        "_PERMISSIONS/_LOOKUP/readers/cars",
        "{\"permissions\":[{\"regex\":\"^/cars/(.*)$\",\"actions\":[\"get\"],"
            + "\"table\":\"cars\",\"path\":\"/fleet/{{$1}}\"}]}");
    kept("_PERMISSIONS/_LOOKUP/cars/readers", "{}");
  }

  /// As the npm server hashes: 10,000 rounds, SHA-512, the salt as its hexadecimal text.
  private String hash(String password) throws Exception {
    SecretKeyFactory factory = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512");
    String salt = "ab".repeat(64);
    byte[] derived =
        factory
            .generateSecret(
                new PBEKeySpec(
                    password.toCharArray(), salt.getBytes(StandardCharsets.UTF_8), 10_000, 512))
            .getEncoded();
    return "pbkdf2$10000$" + HexFormat.of().formatHex(derived) + "$" + salt + "$sha512";
  }

  private static String counts(JsonNode report, String kind) {
    JsonNode c = report.path("counts").path(kind);
    return c.path("found").asInt()
        + " found, "
        + c.path("imported").asInt()
        + " imported, "
        + c.path("there").asInt()
        + " there, "
        + c.path("failed").asInt()
        + " failed";
  }

  @Test
  void usersLogInWithTheirOldPasswordsAndMayWhatTheyMight() throws Exception {
    everything();
    JsonNode report = imported("");

    assertThat(counts(report, "users")).isEqualTo("2 found, 1 imported, 0 there, 1 failed");
    assertThat(counts(report, "groups")).isEqualTo("1 found, 1 imported, 0 there, 0 failed");
    assertThat(counts(report, "links")).isEqualTo("2 found, 1 imported, 0 there, 1 failed");
    assertThat(counts(report, "permissions")).isEqualTo("3 found, 3 imported, 0 there, 0 failed");
    assertThat(counts(report, "tablePaths")).isEqualTo("1 found, 1 imported, 0 there, 0 failed");
    assertThat(counts(report, "tableRules")).isEqualTo("1 found, 1 imported, 0 there, 0 failed");
    assertThat(report.path("problems"))
        .extracting(p -> p.path("path").asString())
        .containsExactlyInAnyOrder(ROOT + "_USER/eve", ROOT + "_USER/bob/_USER_GROUP/none");
    var bob = secure.login("bob", "secret");
    assertThat(bob.check(Action.GET, "/sensors/2")).isNull();
    assertThat(bob.check(Action.SET, "/sensors/1")).isNotNull();
    assertThat(bob.check(Action.ON, "/own/1")).isNull();
    assertThat(bob.check(Action.GET, "/cars/7")).isNull();
    assertThat(bob.check(Action.GET, "/cars/8")).isNotNull();
  }

  @Test
  void repeatingLeavesWhatIsThere() throws Exception {
    everything();
    imported("");
    secure
        .access
        .directory()
        .upsertPermission(Holder.ofGroup("readers"), "/more", Action.GET, true)
        .join();
    JsonNode again = imported("");

    assertThat(counts(again, "users")).isEqualTo("2 found, 0 imported, 1 there, 1 failed");
    assertThat(counts(again, "groups")).isEqualTo("1 found, 0 imported, 1 there, 0 failed");
    assertThat(counts(again, "links")).isEqualTo("2 found, 0 imported, 1 there, 1 failed");
    assertThat(counts(again, "permissions")).isEqualTo("3 found, 0 imported, 3 there, 0 failed");
    assertThat(secure.login("bob", "secret").check(Action.GET, "/more")).isNull();
  }

  @Test
  void aDryRunOnlyTells() throws Exception {
    everything();
    JsonNode report = imported("?dry_run");

    assertThat(report.path("dryRun").asBoolean()).isTrue();
    assertThat(counts(report, "users")).isEqualTo("2 found, 1 imported, 0 there, 1 failed");
    assertThat(secure.access.directory().user("bob").join()).isEmpty();
    assertThat(secure.access.directory().group("readers").join()).isEmpty();
  }
}
