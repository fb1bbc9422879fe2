package io.muster.admin;

import io.muster.gateway.GatewayView;
import io.muster.link.LinkView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// What can be followed on every member.
///
/// Parts say since when something is so, not for how long: what only grows older is not sent again.
final class LiveTopics {
  /// Two readings of a duration differ by how long the reading took; less is no news.
  private static final long JITTER_MILLIS = 2000;

  private final AdminFaces faces;
  private final Map<String, Long> since = new ConcurrentHashMap<>();

  LiveTopics(AdminFaces faces) {
    this.faces = faces;
  }

  private record Topic(String name, Duration every, Supplier<Map<String, ?>> from)
      implements LiveTopic {
    @Override
    public Map<String, ?> state() {
      return from.get();
    }
  }

  /// @param name of the member at the other end
  record Link(String name, String id, String address, boolean dialled, long roundTripMicros) {}

  /// As [Views.MemberView], with the time since which it is in its state.
  record Seen(Views.MemberView member, long since) {}

  List<LiveTopic> all(Rates rates, Audit audit) {
    Duration second = Duration.ofSeconds(1);
    List<LiveTopic> all = new ArrayList<>();
    all.add(new Topic("member", second, this::member));
    all.add(new Topic("members", second, this::members));
    all.add(new Topic("registry", second, this::registry));
    all.add(new Topic("links", second, this::links));
    all.add(new Topic("streams", second, this::streams));
    all.add(new Topic("rates", second, rates::all));
    all.add(new Topic("logs", second, () -> faces.logs().all()));
    all.add(new Topic("audit", second, audit::all));
    all.addAll(faces.liveTopics());
    return all;
  }

  /// The time since which something lasts, steady from one reading to the next.
  private long since(String what, long millis) {
    long now = System.currentTimeMillis() - millis;
    long steady =
        since.merge(what, now, (was, is) -> Math.abs(is - was) < JITTER_MILLIS ? was : is);
    return steady;
  }

  private Map<String, ?> member() {
    AdminFaces.Status s = faces.status();
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("name", s.name());
    status.put("id", s.id());
    status.put("cluster", s.cluster());
    status.put("version", s.version());
    status.put("pid", s.pid());
    status.put("ready", s.ready());
    status.put("state", s.state());
    status.put("clientPorts", s.clientPorts());
    status.put("peers", s.peers());
    status.put("since", since("up", s.uptimeMillis()));
    Map<String, Object> parts = new LinkedHashMap<>();
    parts.put("status", status);
    parts.put("clients", faces.gateway().orElse(new GatewayView(0, 0, 0, 0, 0, 0, 0)));
    faces.door().ifPresent(d -> parts.put("gate", d.view()));
    return parts;
  }

  private Map<String, ?> members() {
    Map<String, Object> all = new LinkedHashMap<>();
    List<String> keys = new ArrayList<>();
    for (Views.MemberView m : Views.members(faces.members())) {
      // Its doubts say for how long, and are what one looks at then.
      String key = m.id() + " " + m.state();
      keys.add(key);
      all.put(m.id(), new Seen(m.withoutAge(), since(key, m.inStateMillis())));
    }
    since.keySet().removeIf(k -> !k.equals("up") && !keys.contains(k));
    return all;
  }

  private Map<String, ?> registry() {
    Map<String, Object> all = new LinkedHashMap<>();
    for (Views.GroupView g : Views.groups(faces.groups())) all.put(g.group(), g);
    return all;
  }

  private Map<String, ?> links() {
    Map<String, Object> all = new LinkedHashMap<>();
    for (Link l : links(faces)) all.put(l.address(), l);
    return all;
  }

  /// The links of a member that are up.
  static List<Link> links(AdminFaces faces) {
    List<Link> all = new ArrayList<>();
    for (LinkView v : faces.links()) {
      all.add(
          new Link(
              v.peer().name(),
              v.peer().id().hex(),
              v.peer().address().toString(),
              v.dialled(),
              v.roundTrip().toNanos() / 1000));
    }
    return all;
  }

  private Map<String, ?> streams() {
    Map<String, Object> all = new LinkedHashMap<>();
    for (StreamRoutes.View v : new StreamRoutes(faces).views()) all.put(v.id(), v);
    return all;
  }
}
