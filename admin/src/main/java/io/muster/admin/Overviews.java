package io.muster.admin;

import com.sun.management.OperatingSystemMXBean;
import io.muster.gateway.GatewayView;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.link.Links;
import io.muster.membership.Member;
import io.muster.membership.Membership;
import io.muster.realtime.Realtime;
import io.muster.registry.Consensus;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// All members at one glance: what each of them counts, and how each of them sees another. Asks the
/// others over links, on the stream `admin.overview`; what does not answer is named.
public final class Overviews {
  private static final String SERVICE = "admin.overview";
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final AdminFaces faces;
  private final Links links;
  private final Membership membership;
  private final Questions questions;

  private Overviews(AdminFaces faces, Links links, Membership membership) {
    this.faces = faces;
    this.links = links;
    this.membership = membership;
    this.questions = Questions.serve(SERVICE, links, membership, this::answer);
  }

  /// Begins to answer the other members.
  public static Overviews serve(AdminFaces faces, Links links, Membership membership) {
    return new Overviews(faces, links, membership);
  }

  /// What one member has counted since its start, and its sizes now; rates are the difference of
  /// two samples by that of `atMillis`.
  ///
  /// @param atMillis on the member's own clock, which only goes forward
  /// @param raftLag entries that are committed and not applied, of the group with the most
  /// @param streamBytes of publications that other members have not acknowledged
  /// @param leads groups that it leads
  /// @param heapMax zero where there is no bound
  record Sample(
      String member,
      boolean ready,
      String state,
      long uptimeMillis,
      long atMillis,
      long connections,
      long framesIn,
      long framesOut,
      long bytesIn,
      long bytesOut,
      long publications,
      long deliveries,
      long received,
      long lost,
      long waitingBytes,
      long streamBytes,
      long raftLag,
      List<String> leads,
      long heapUsed,
      long heapMax,
      long cpuNanos,
      int cpus) {
    Sample {
      leads = List.copyOf(leads);
    }
  }

  /// @param missing members that are here and did not answer: a name and why
  record Top(List<JsonNode> members, List<String> missing) {}

  /// How one member sees another.
  ///
  /// @param by whose view it is
  /// @param known whether it knows a member of that name at all
  /// @param linked whether it has a link to it now
  record Sight(
      String by,
      boolean known,
      String state,
      long inStateMillis,
      String address,
      boolean linked,
      boolean self,
      List<Views.DoubtView> doubts) {}

  /// The counters of all members that are here; blocks, three seconds at most.
  Top top() {
    Questions.Answers answers =
        questions.ask(membership.present(), Questions.question("top"), PATIENCE);
    return new Top(List.copyOf(answers.told().values()), words(answers.untold()));
  }

  /// What the members say of one of them; blocks, three seconds at most.
  ///
  /// @throws MusterException `not_found` when no member that answers knows it
  MemberExplanation.View explain(String name) {
    Questions.Answers answers =
        questions.ask(
            membership.present(), Questions.question("member").put("name", name), PATIENCE);
    List<Sight> sights = new ArrayList<>();
    for (JsonNode a : answers.told().values()) {
      sights.add(Exchange.JSON.treeToValue(a, Sight.class));
    }
    if (sights.stream().noneMatch(Sight::known)) {
      throw new MusterException(
          ErrorCode.NOT_FOUND, "no member is called '" + name + "'; see GET /v1/members");
    }
    return MemberExplanation.of(name, sights, words(answers.untold()));
  }

  private static List<String> words(Map<String, String> untold) {
    return untold.entrySet().stream().map(e -> e.getKey() + ": " + e.getValue()).toList();
  }

  // --- answering

  private ObjectNode answer(JsonNode question) {
    return switch (question.path("do").asString("")) {
      case "top" -> (ObjectNode) Questions.tree(sample());
      case "member" -> (ObjectNode) Questions.tree(sight(question.path("name").asString("")));
      default ->
          throw new MusterException(
              ErrorCode.LINK_REFUSED, "this release cannot " + question.path("do"));
    };
  }

  private Sample sample() {
    AdminFaces.Status s = faces.status();
    GatewayView g = faces.gateway().orElse(new GatewayView(0, 0, 0, 0, 0, 0, 0));
    Realtime.RealtimeView r =
        faces.realtime().map(Realtime::view).orElse(Realtime.RealtimeView.NONE);
    List<Consensus.View> groups = faces.groups();
    Runtime heap = Runtime.getRuntime();
    long max = heap.maxMemory();
    return new Sample(
        s.name(),
        s.ready(),
        s.state(),
        s.uptimeMillis(),
        System.nanoTime() / 1_000_000,
        g.connections(),
        g.framesIn(),
        g.framesOut(),
        g.bytesIn(),
        g.bytesOut(),
        r.publications(),
        r.deliveries(),
        r.received(),
        r.lost(),
        r.waiting(),
        faces.realtime().map(Realtime::streams).orElse(List.of()).stream()
            .mapToLong(Realtime.StreamView::keptBytes)
            .sum(),
        groups.stream().mapToLong(v -> Math.max(0, v.committed() - v.applied())).max().orElse(0),
        groups.stream()
            .filter(v -> v.role() == Consensus.View.Role.LEADER)
            .map(Consensus.View::group)
            .toList(),
        heap.totalMemory() - heap.freeMemory(),
        max == Long.MAX_VALUE ? 0 : max,
        cpuNanos(),
        heap.availableProcessors());
  }

  /// Zero where the platform does not tell.
  private static long cpuNanos() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean os
        ? Math.max(0, os.getProcessCpuTime())
        : 0;
  }

  private Sight sight(String name) {
    Member me = membership.self();
    // A name may have been another member's before, which is listed for a while.
    Optional<Membership.View> found =
        faces.members().stream()
            .filter(v -> v.member().name().equals(name) || v.member().id().hex().equals(name))
            .min(
                Comparator.comparing((Membership.View v) -> !v.member().state().here())
                    .thenComparing(Membership.View::inState));
    if (found.isEmpty()) {
      return new Sight(me.name(), false, "", 0, "", false, false, List.of());
    }
    Views.MemberView v = Views.members(List.of(found.get())).getFirst();
    boolean self = found.get().member().id().equals(me.id());
    return new Sight(
        me.name(),
        true,
        v.state(),
        v.inStateMillis(),
        v.address(),
        self || links.linked(found.get().member().address()),
        self,
        v.suspectedBy());
  }
}
