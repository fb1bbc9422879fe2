package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.muster.it.HappnClients.Client;
import io.muster.it.HappnClients.Refused;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.bson.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A cluster takes over what a happn-cluster kept in its collection, and has stores as one had.
class MovingInTest {
  private static final int RECORDS = 1500;
  private MongoServer server;
  private Cluster cluster;
  private HappnClients node;

  @AfterEach
  void stop() {
    if (node != null) node.close();
    if (cluster != null) cluster.close();
    if (server != null) server.shutdown();
  }

  private record Ran(int code, String out) {}

  private Ran muster(String... arguments) throws Exception {
    MemberProcess of = cluster.member(0);
    List<String> command = new ArrayList<>(Tools.muster());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-c", of.directory.resolve("muster.yaml").toString()));
    Path out = Files.createTempFile(of.directory, "command-", ".out");
    Process p =
        new ProcessBuilder(command)
            .directory(of.directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      if (!p.waitFor(120, TimeUnit.SECONDS)) throw new AssertionError(Files.readString(out));
      return new Ran(p.exitValue(), Files.readString(out));
    } finally {
      p.destroyForcibly();
    }
  }

  private static JsonNode report(Ran ran) {
    assertThat(ran.code).as(ran.out).isZero();
    return HappnClients.JSON.readTree(ran.out.substring(ran.out.indexOf('{'))).path("counts");
  }

  private static Document document(String path, Document data) {
    return new Document("_id", path)
        .append("path", path)
        .append("data", data)
        .append("created", 1_600_000_000_000L)
        .append("modified", 1_600_000_000_001L)
        .append("modifiedBy", "ada");
  }

  /// As the npm server hashes.
  private static String hash(String password) throws Exception {
    String salt = "cd".repeat(64);
    byte[] derived =
        SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
            .generateSecret(
                new PBEKeySpec(
                    password.toCharArray(), salt.getBytes(StandardCharsets.UTF_8), 10_000, 512))
            .getEncoded();
    return "pbkdf2$10000$" + HexFormat.of().formatHex(derived) + "$" + salt + "$sha512";
  }

  /// What a happn-cluster left behind.
  private Path left() throws Exception {
    server = new MongoServer(new MemoryBackend());
    String url = server.bindAndGetConnectionString();
    try (MongoClient mongo = MongoClients.create(url)) {
      var all = mongo.getDatabase("happn-cluster").getCollection("happn-cluster");
      List<Document> some = new ArrayList<>();
      for (int i = 0; i < RECORDS; i++) {
        some.add(document("/plant/%04d".formatted(i), new Document("n", i)));
      }
      some.add(document("/notes/1", new Document("value", "words")));
      String security = "/_SYSTEM/_SECURITY/";
      some.add(
          document(
              security + "_USER/bob",
              new Document("username", "bob")
                  .append("userid", "1")
                  .append("password", hash("pw"))));
      some.add(document(security + "_USER/bob/_USER_GROUP/readers", new Document()));
      some.add(document(security + "_GROUP/readers", new Document("name", "readers")));
      some.add(
          document(
              security + "_PERMISSIONS/readers/get//plant/{{w}}",
              new Document("action", "get").append("authorized", true).append("path", "/plant/*")));
      all.insertMany(some);
    }
    Path source = cluster.directory.resolve("old.yaml");
    Files.writeString(
        source,
        "provider: mongodb\nurl: "
            + url
            + "\ndatabase: happn-cluster\ncollection: happn-cluster\ntimeout: 20s\n");
    return source;
  }

  @Test
  void recordsAndUsersOfAHappnClusterAreTakenOver() throws Exception {
    cluster = Cluster.start("moving", 1, "a password of the tests");
    String source = left().toString();
    node = new HappnClients(HappnClients.CURRENT);
    Client admin = node.connect("admin", cluster.member(0));
    admin.set("/plant/0007", Map.of("mine", 1));
    BlockingQueue<HappnClients.Event> events = new LinkedBlockingQueue<>();
    admin.on("/plant/*", events::add);

    String[] records = {"import", "records", "--json", "--source", source};
    JsonNode dry = report(muster(with(records, "--dry-run")));
    assertThat(admin.get("/plant/*").size()).as("after a dry run").isEqualTo(1);
    JsonNode some = report(muster(with(records, "--path", "/plant/*")));
    JsonNode all = report(muster(records));
    JsonNode users = report(muster("import", "happn", "--json", "--source", source));

    assertThat(dry.path("imported").asInt()).isEqualTo(RECORDS);
    assertThat(some.path("imported").asInt()).isEqualTo(RECORDS - 1);
    assertThat(some.path("there").asInt()).isEqualTo(1);
    assertThat(all.path("imported").asInt()).isEqualTo(1);
    assertThat(all.path("there").asInt()).isEqualTo(RECORDS);
    assertThat(all.path("leftOut").asInt()).isEqualTo(4);
    assertThat(users.path("users").path("imported").asInt()).isEqualTo(1);
    assertThat(admin.call("count", Map.of("path", "/plant/*")).path("value").asInt())
        .isEqualTo(RECORDS);
    assertThat(admin.get("/plant/0007").path("mine").asInt()).isEqualTo(1);
    assertThat(admin.get("/notes/1").path("value").asString()).isEqualTo("words");
    assertThat(admin.get("/plant/0008").path("_meta").path("modifiedBy").asString())
        .isEqualTo("ada");
    assertThat(events).as("nobody is told").isEmpty();

    MemberProcess m = cluster.member(0);
    Client bob = node.connect("bob", m.host(), m.clientPort(), "bob", "pw");
    assertThat(bob.get("/plant/1499").path("n").asInt()).isEqualTo(1499);
    assertThatThrownBy(() -> bob.get("/notes/1")).isInstanceOf(Refused.class);
  }

  private static String[] with(String[] some, String... more) {
    List<String> all = new ArrayList<>(List.of(some));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void aStoreThatIsNotThereIsNamed() throws Exception {
    cluster = Cluster.start("alone", 1, null);
    Path source = cluster.directory.resolve("old.yaml");
    int nobody = Cluster.freePorts(1).getFirst();
    Files.writeString(
        source, "provider: mongodb\nurl: mongodb://127.0.0.1:" + nobody + "\ntimeout: 1s\n");

    Ran away = muster("import", "records", "--source", source.toString());
    Files.writeString(source, "provider: mongodb\nurll: x\n");
    Ran unknown = muster("import", "records", "--source", source.toString());

    assertThat(away.code).isEqualTo(1);
    assertThat(away.out).contains("the store to copy from").contains("127.0.0.1:" + nobody);
    assertThat(unknown.code).isNotZero();
    assertThat(unknown.out).contains("source:").contains("url");
  }

  @Test
  void recordsInMemoryAreEachMembersOwnAndTheirEventsEverybodys() throws Exception {
    cluster = Cluster.prepare("memory", 2, null);
    for (MemberProcess m : cluster.members) {
      Path yaml = m.directory.resolve("muster.yaml");
      Files.writeString(
          yaml,
          Files.readString(yaml).stripTrailing()
              + "\nstore:\n  stores:\n    presence: { provider: memory, patterns: [/presence/*],"
              + " per_member: true, bytes_max: 1MiB }\n");
      m.start();
    }
    cluster.members.forEach(m -> m.awaitReady(Cluster.READY));
    node = new HappnClients(HappnClients.CURRENT);
    Client a = node.connect("a", cluster.member(0));
    Client b = node.connect("b", cluster.member(1));
    BlockingQueue<HappnClients.Event> events = new LinkedBlockingQueue<>();
    b.on("/presence/*", events::add);

    a.set("/presence/ada", Map.of("here", true));
    a.set("/kept", Map.of("v", 1));

    HappnClients.Event event = events.poll(20, TimeUnit.SECONDS);
    assertThat(event).isNotNull();
    assertThat(event.data().path("here").asBoolean()).isTrue();
    assertThat(a.get("/presence/ada").path("here").asBoolean()).isTrue();
    assertThat(b.get("/presence/ada").isNull()).isTrue();
    assertThat(b.get("/kept").path("v").asInt()).isEqualTo(1);
    assertThatThrownBy(() -> a.set("/presence/much", Map.of("x", "y".repeat(1 << 20))))
        .hasMessageContaining("memory is full");
    assertThat(a.remove("/presence/*").path("removed").asInt()).isEqualTo(1);
  }
}
