package io.muster.realtime.driver;

import io.muster.kernel.Address;
import io.muster.kernel.ControlLoop;
import io.muster.kernel.Lane;
import io.muster.kernel.MemberId;
import io.muster.kernel.Role;
import io.muster.kernel.Secret;
import io.muster.link.LinkIdentity;
import io.muster.link.LinkSettings;
import io.muster.link.driver.LinkNetwork;
import io.muster.membership.KnownMembers;
import io.muster.membership.Member;
import io.muster.membership.MemberState;
import io.muster.realtime.Action;
import io.muster.realtime.Delivery;
import io.muster.realtime.HistoryRule;
import io.muster.realtime.Publication;
import io.muster.realtime.Realtime;
import io.muster.realtime.RealtimeSettings;
import io.muster.realtime.Receipt;
import io.muster.realtime.Subscriber;
import io.muster.realtime.Subscription;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The realtime part of one member: real lanes and links, and a member list that the test writes.
final class Instance implements AutoCloseable {
  static final String PROXIED = "127.0.0.2";
  private static final Duration SOON = Duration.ofSeconds(5);

  /// A lane on a thread of its own.
  private static final class ThreadLane implements Lane {
    final int index;
    final ControlLoop loop;

    ThreadLane(String name, int index) {
      this.index = index;
      this.loop = new ControlLoop(name + "-lane-" + index);
    }

    @Override
    public int index() {
      return index;
    }

    @Override
    public boolean inLane() {
      return loop.inLoop();
    }

    @Override
    public boolean offer(Runnable task) {
      loop.execute(task);
      return true;
    }
  }

  /// A session that keeps what it gets.
  final class Listener implements Subscriber {
    final String name;
    final Lane on;
    final boolean peer;
    final List<String> got = new CopyOnWriteArrayList<>();
    volatile String position = "";

    Listener(String name, int lane, boolean peer) {
      this.name = name;
      this.on = lanes.get(lane);
      this.peer = peer;
    }

    @Override
    public String session() {
      return name;
    }

    @Override
    public Lane lane() {
      return on;
    }

    @Override
    public boolean peer() {
      return peer;
    }

    /// Waits until members that can be reached know, five seconds at most.
    Subscription listen(String pattern) {
      Subscription s = new Subscription(this, pattern, true, true, 5, new Keeping("frames"));
      CompletableFuture<Void> effective =
          call(() -> Optional.ofNullable(realtime.subscribe(s)))
              .orElse(CompletableFuture.completedFuture(null));
      effective.orTimeout(5, TimeUnit.SECONDS).join();
      return s;
    }

    /// Subscribes from a position on, null for now; what it missed comes first.
    Seat resume(String pattern, @Nullable String since) {
      Subscription s = new Subscription(this, pattern, true, true, 5, new Keeping("frames"));
      boolean caughtUp = realtime.catchUp().orTimeout(10, TimeUnit.SECONDS).join();
      Realtime.Resumed how =
          call(
              () -> {
                Realtime.Resumed r = realtime.resume(s, since, caughtUp);
                position = r.position();
                for (Publication p : r.missed()) {
                  s.delivery().deliver(p, new Subscriber[] {this}, 1);
                }
                return r;
              });
      CompletableFuture<Void> effective = how.effective();
      if (effective != null) effective.orTimeout(5, TimeUnit.SECONDS).join();
      return new Seat(s, how);
    }

    void forget(Subscription s) {
      call(
          () -> {
            realtime.unsubscribe(s);
            return true;
          });
    }

    private <T> T call(Supplier<T> work) {
      return CompletableFuture.supplyAsync(work, on).join();
    }
  }

  record Seat(Subscription subscription, Realtime.Resumed how) {}

  /// @param name equal names share frames
  record Keeping(String name) implements Delivery {
    @Override
    public int deliver(Publication p, Subscriber[] subscribers, int count) {
      String text = new String(p.data(), StandardCharsets.UTF_8);
      for (int i = 0; i < count; i++) {
        Listener l = (Listener) subscribers[i];
        if (p.position() != null) l.position = p.position().text();
        l.got.add(text);
      }
      return count;
    }
  }

  final String name;
  final LinkNetwork links;
  final Realtime realtime;
  private final Member self;
  private final KnownMembers membership;
  private final List<ThreadLane> lanes = new ArrayList<>();
  private final ControlLoop loop;
  private final List<Address> kept = new ArrayList<>();

  /// @param advertise the host told to others, for a [Wire] before it
  Instance(String name, Random random, Optional<String> advertise, long repairBytesMax) {
    this(name, random, advertise, repairBytesMax, 32 << 20);
  }

  Instance(
      String name,
      Random random,
      Optional<String> advertise,
      long repairBytesMax,
      long laneBytesMax) {
    this(name, random, advertise, repairBytesMax, laneBytesMax, List.of("*"), List.of());
  }

  Instance(
      String name,
      Random random,
      Optional<String> advertise,
      long repairBytesMax,
      long laneBytesMax,
      List<String> replicate,
      List<HistoryRule> history) {
    this.name = name;
    this.loop = new ControlLoop(name + "-control");
    MemberId id = MemberId.random(random);
    LinkSettings settings =
        new LinkSettings(
            "127.0.0.1",
            0,
            advertise,
            Optional.empty(),
            8 << 20,
            4 << 20,
            SOON,
            Duration.ofMillis(200),
            Duration.ofSeconds(3),
            10_000);
    links =
        new LinkNetwork(
            settings,
            new LinkIdentity("blue", id, name, 1),
            List.of(new Secret("secret secret secret")));
    links.start();
    self =
        new Member(
            id,
            name,
            1,
            EnumSet.allOf(Role.class),
            "service",
            links.listening(),
            Map.of(),
            MemberState.ALIVE);
    membership = new KnownMembers(self);
    for (int i = 0; i < 2; i++) lanes.add(new ThreadLane(name, i));
    realtime =
        new ClusterRealtime(
            lanes,
            membership,
            links,
            loop,
            random.nextLong(),
            new RealtimeSettings(
                repairBytesMax,
                Duration.ofSeconds(3),
                16,
                laneBytesMax,
                Duration.ofSeconds(2),
                replicate,
                history,
                8 << 20));
  }

  MemberId id() {
    return self.id();
  }

  Lane lane(int index) {
    return lanes.get(index);
  }

  Listener listener(String session, int lane) {
    return new Listener(session, lane, false);
  }

  Listener peer(String session, int lane) {
    return new Listener(session, lane, true);
  }

  /// Has this one meet the other, over a link that it dials.
  void meets(Instance other) {
    told(other, true);
    other.told(this, true);
    kept.add(other.links.listening());
    links.keep(other.links.listening());
  }

  /// The member list says that the other has come or has failed.
  void told(Instance other, boolean here) {
    if (here) membership.joined(other.self);
    else membership.failed(other.self);
  }

  Realtime.Published publish(String session, long number, String path, String data) {
    return publish(session, number, path, data, null, false);
  }

  Realtime.Published publish(
      String session,
      long number,
      String path,
      String data,
      @Nullable List<String> targets,
      boolean local) {
    Realtime.Published done = publishNow(session, number, path, data, targets, local);
    if (done.rest() != null) done.rest().orTimeout(5, TimeUnit.SECONDS).join();
    return done;
  }

  /// Does not wait for other lanes.
  Realtime.Published publishNow(String session, long number, String path, String data) {
    return publishNow(session, number, path, data, null, false);
  }

  private Realtime.Published publishNow(
      String session,
      long number,
      String path,
      String data,
      @Nullable List<String> targets,
      boolean local) {
    Publication p = publication(session, number, path, data, 2, targets, local);
    return CompletableFuture.supplyAsync(() -> realtime.publish(p), lanes.getFirst()).join();
  }

  /// Publishes what recipients have to confirm, within two seconds.
  CompletableFuture<Receipt> publishAcknowledged(
      String session, long number, String path, String data) {
    Publication p = publication(session, number, path, data, 3, null, false);
    return CompletableFuture.supplyAsync(() -> realtime.publishAcknowledged(p), lanes.getFirst())
        .join();
  }

  private static Publication publication(
      String session,
      long number,
      String path,
      String data,
      int consistency,
      @Nullable List<String> targets,
      boolean local) {
    return new Publication(
        Action.SET,
        path,
        data.getBytes(StandardCharsets.UTF_8),
        null,
        session,
        number,
        0,
        0,
        0,
        consistency,
        null,
        null,
        null,
        targets,
        local);
  }

  @Override
  public void close() {
    realtime.close();
    for (Address a : kept) links.forget(a, "test over");
    links.close();
    loop.close();
    lanes.forEach(l -> l.loop.close());
  }
}
