package io.muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Bytes of a member's files are other than they were written: it says which file and what to do,
/// and that brings it back.
class DamagedDiskTest {
  private final RegisterLoad load = new RegisterLoad();
  private Cluster cluster;
  private HappnClients node;

  @AfterEach
  void stop() {
    load.close();
    if (node != null) node.close();
    if (cluster != null) cluster.close();
  }

  private static List<Path> files(Path below, String name) throws IOException {
    try (Stream<Path> all = Files.walk(below)) {
      return all.filter(Files::isRegularFile)
          .filter(p -> p.getFileName().toString().matches(name))
          .sorted()
          .toList();
    }
  }

  private static void damage(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int i = bytes.length / 3; i < bytes.length * 2 / 3 + 1 && i < bytes.length; i++) {
      bytes[i] ^= 0x55;
    }
    Files.write(file, bytes);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(p);
    }
  }

  @Test
  void aDamagedMemberSaysWhatIsDamagedAndIsBroughtBackByItsPath() throws Exception {
    Tools.clients();
    cluster = Cluster.start("damaged", 3, null);
    node = new HappnClients(HappnClients.CURRENT);
    MemberProcess leader = cluster.leader("data-0");
    MemberProcess bad = cluster.members.stream().filter(m -> m != leader).findFirst().get();
    load.add(node.connect("w0", leader));
    load.awaitWrites(200);
    bad.stop();
    Path data = bad.directory.resolve("data");

    // The store alone: moved away, it comes back from the log.
    for (Path f : files(data.resolve("store/data-0"), "MANIFEST-.*")) damage(f);
    bad.start();
    assertThat(bad.awaitEnd()).isEqualTo(1);
    assertThat(bad.output()).contains(data.resolve("store/data-0").toString());
    assertThat(bad.output()).contains("move it away");
    Files.move(data.resolve("store"), data.resolve("store-bad"));
    bad.start().awaitReady(Cluster.READY);
    load.awaitWrites(100);
    bad.stop();

    // Who it voted for: it may not go on as if it had not.
    for (Path f : files(data.resolve("raft/data-0"), "vote")) damage(f);
    bad.start();
    assertThat(bad.awaitEnd()).isEqualTo(1);
    assertThat(bad.output()).contains(data.resolve("raft/data-0").toString());
    assertThat(bad.output()).contains("muster members forget");
    MusterCommand.done(leader, "members", "forget", bad.name);
    delete(data);
    bad.start().awaitReady(Cluster.READY);
    load.awaitWrites(100);
    load.finish();
    for (MemberProcess m : cluster.members) load.check(node.connect("r-" + m.name, m));
  }
}
