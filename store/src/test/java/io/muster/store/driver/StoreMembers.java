package io.muster.store.driver;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import io.muster.kernel.Role;
import io.muster.kernel.Secret;
import io.muster.kernel.Settings;
import io.muster.kernel.TimeSource;
import io.muster.link.LinkIdentity;
import io.muster.link.LinkSettings;
import io.muster.link.driver.LinkNetwork;
import io.muster.membership.KnownMembers;
import io.muster.membership.Member;
import io.muster.membership.MemberState;
import io.muster.membership.Membership;
import io.muster.registry.RegistrySettings;
import io.muster.registry.driver.RaftGroups;
import io.muster.spi.store.RecordStore;
import io.muster.spi.store.StoreContext;
import io.muster.store.StoreProviders;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;

/// Members as far as stores need them: links and groups are real, everybody sees everybody. Their
/// stores are found and opened as a member does it.
///
/// They can be closed and started again with what they had written.
final class StoreMembers {
  private final List<Member> all = new ArrayList<>();
  private final List<Member> present = new CopyOnWriteArrayList<>();
  private final List<LinkNetwork> links = new ArrayList<>();
  private final List<RaftGroups> groups = new ArrayList<>();
  private final List<RecordStore> stores = new ArrayList<>();
  private final int control;

  /// @param control members that hold records
  /// @param others members that do not
  StoreMembers(int control, int others) {
    this.control = control;
    for (int i = 0; i < control + others; i++) {
      all.add(
          new Member(
              new MemberId(String.format("%032x", i + 1)),
              "m" + i,
              1,
              Set.of(i < control ? Role.CONTROL : Role.GATEWAY),
              "s",
              new Address("127.0.0.1", freePort()),
              Map.of(),
              MemberState.ALIVE));
    }
  }

  private static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(12_000, 32_000);
      try (ServerSocket _ = new ServerSocket(port)) {
        return port;
      } catch (IOException e) {
        // Taken: another one.
      }
    }
  }

  /// Starts them all, each with a directory of its own below `directory`.
  void start(Path directory) {
    present.addAll(all);
    for (Member m : all) {
      LinkNetwork network =
          new LinkNetwork(
              new LinkSettings(
                  "127.0.0.1",
                  m.address().port(),
                  Optional.empty(),
                  Optional.empty(),
                  32 << 20,
                  64 << 20,
                  Duration.ofSeconds(3),
                  Duration.ofSeconds(1),
                  Duration.ofSeconds(10),
                  10_000),
              new LinkIdentity("blue", m.id(), m.name(), System.currentTimeMillis()),
              List.of(new Secret("a secret for tests")));
      links.add(network);
      network.start();
    }
    for (LinkNetwork network : links) {
      for (Member m : all) {
        if (!m.address().equals(network.listening())) network.keep(m.address());
      }
    }
    for (int i = 0; i < all.size(); i++) open(i, directory.resolve("m" + i));
  }

  private void open(int i, Path directory) {
    Membership membership = new KnownMembers(all.get(i), present);
    RegistrySettings registry =
        new RegistrySettings(
            control == 1 && i == 0,
            i < control && control > 1 ? control : 0,
            List.of(),
            5,
            Duration.ofMinutes(1),
            Duration.ofMillis(500),
            Duration.ofSeconds(10),
            Duration.ofMinutes(1),
            Duration.ofMinutes(10),
            256L << 20);
    List<Object> parts = new ArrayList<>();
    parts.addAll(List.of(links.get(i), membership, registry, TimeSource.system()));
    if (i < control) {
      RaftGroups own =
          new RaftGroups(registry, directory.resolve("raft"), links.get(i), membership);
      groups.add(own);
      parts.add(own);
    }
    Settings settings =
        Settings.of("store: { record_bytes_max: 2MiB }", "test.yaml", Map.of(), Map.of());
    stores.add(
        StoreProviders.installed()
            .read(settings.root().section("store", "records"))
            .open(new Context(directory.resolve("store"), parts)));
  }

  RecordStore store(int i) {
    return stores.get(i);
  }

  /// Stops one whose disk and address stay.
  void stop(int i) {
    present.remove(all.get(i));
    stores.get(i).close();
    if (i < control) groups.get(i).close();
    links.get(i).close();
  }

  void close() {
    stores.forEach(RecordStore::close);
    groups.forEach(RaftGroups::close);
    links.forEach(LinkNetwork::close);
    stores.clear();
    groups.clear();
    links.clear();
    present.clear();
  }

  private record Context(Path directory, List<Object> parts) implements StoreContext {
    @Override
    public String cluster() {
      return "blue";
    }

    @Override
    public String member() {
      return "m";
    }

    @Override
    public <T> Optional<T> part(Class<T> type) {
      return parts.stream().filter(type::isInstance).map(type::cast).findFirst();
    }
  }
}
