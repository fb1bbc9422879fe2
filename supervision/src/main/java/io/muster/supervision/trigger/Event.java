package io.muster.supervision.trigger;

import io.muster.spi.store.JsonValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What may be named in `on:` of a trigger: a collection and what happens in it.
public enum Event {
  /// A target came, went, or any of its attributes changed but what probes learned.
  NODES_CHANGED("nodes", "changed", true),
  /// A member's opinion of a target changed.
  NODES_CHANGED_SHARED_STATE("nodes", "changed_shared_state", false),
  NODES_INSERTED("nodes", "inserted", true),
  NODES_DELETED("nodes", "deleted", true),
  /// The ordered list of active addresses is another one; also once when all have been checked.
  NODES_ACTIVE("nodes", "active", true),
  /// Any of the above but opinions.
  NODES_ALL("nodes", "all", true),
  /// The members agreed that a target is passing, warning or critical, which it was not before.
  NODES_STATE("nodes", "state", true),
  /// The members do not agree any more how a target is.
  NODES_CONTESTED("nodes", "contested", true),
  /// A target that was drained has no clients left, or its time is over.
  NODES_DRAINED("nodes", "drained", true),
  /// A target's maintenance began or ended.
  NODES_MAINTENANCE("nodes", "maintenance", true),
  /// A round of this member's own probes of a target ended well.
  NODES_PASSED("nodes", "passed", false),
  /// A round of this member's own probes of a target failed.
  NODES_FAILED("nodes", "failed", false),
  /// This member shall start an instance.
  NODES_START("nodes", "start", false),
  /// Somebody wants to know how many instances this member could start.
  NODES_START_CAPACITY("nodes", "start-capacity", false),
  /// What a balancer of this member is told changed.
  BALANCERS_CHANGE("balancers", "change", false),
  /// This member's part in the group of members changed, or who leads it.
  RAFT_STATE("raft", "state", false),
  RAFT_LEADER("raft", "leader", false),
  RAFT_CANDIDATE("raft", "candidate", false),
  RAFT_FOLLOWER("raft", "follower", false),
  /// This member leads, and another began to follow.
  RAFT_NEW_FOLLOWER("raft", "new-follower", false),
  /// This member is without a majority: what it decided last holds on.
  QUORUM_LOST("raft", "quorum_lost", false),
  QUORUM_REGAINED("raft", "quorum_regained", false);

  private static final String EXPECTED = "[collection, event] such as [nodes, active]";

  /// Names of the original's documentation that its program does not know, and names that only its
  /// program used; each with what is meant, or why it is refused.
  private static final Map<String, Event> OTHER_NAMES =
      Map.of("nodes.nodes", NODES_CHANGED, "balancers.changed", BALANCERS_CHANGE);

  private static final Map<String, String> REFUSED =
      Map.of(
          "req:start-capacity", "start-capacity",
          "rep:start-capacity", "start-capacity",
          "initialized", "active",
          "available", "state",
          "down", "state",
          "up", "state");

  private final String collection;
  private final String label;
  private final boolean shared;

  Event(String collection, String label, boolean shared) {
    this.collection = collection;
    this.label = label;
    this.shared = shared;
  }

  /// `nodes`, `balancers` or `raft`.
  public String collection() {
    return collection;
  }

  /// What happened, as users write it.
  public String label() {
    return label;
  }

  /// `nodes.active`
  public String text() {
    return collection + "." + label;
  }

  /// Whether the log made it: then it is one event that all members see, otherwise each member has
  /// its own.
  public boolean shared() {
    return shared;
  }

  /// Reads `on` in all its forms: `[nodes, active]`, `[active]`, `nodes.active`, `[nodes.active]`,
  /// `active`, and the names of the documentation, `[nodes]` and `[state]`. An event without its
  /// collection is one of `nodes` where there is such, otherwise the only one of that name.
  ///
  /// @throws IllegalArgumentException with what was expected and found, and a suggestion
  public static Event parse(JsonValue on) {
    List<String> words = new ArrayList<>();
    switch (on) {
      case JsonValue.Text t -> words.addAll(Arrays.asList(t.value().strip().split("\\.", 2)));
      case JsonValue.Arr a when a.elements().size() == 1 -> {
        return parse(a.elements().getFirst() instanceof JsonValue.Text t ? t : JsonValue.NULL);
      }
      case JsonValue.Arr a when a.elements().size() == 2 -> {
        for (JsonValue e : a.elements()) {
          words.add(e instanceof JsonValue.Text t ? t.value().strip() : "");
        }
      }
      case JsonValue.Arr _,
          JsonValue.Null _,
          JsonValue.Bool _,
          JsonValue.Whole _,
          JsonValue.Fraction _,
          JsonValue.Obj _ -> {}
    }
    if (words.isEmpty() || words.contains("")) {
      throw new IllegalArgumentException(EXPECTED + ", or one name such as nodes.active");
    }
    String collection = words.size() == 2 ? words.getFirst() : "";
    String name = words.getLast();
    return find(collection, name)
        .orElseThrow(() -> new IllegalArgumentException(unknown(collection, name)));
  }

  private static Optional<Event> find(String collection, String name) {
    if (collection.isEmpty()) {
      Optional<Event> ofNodes = find("nodes", name);
      if (ofNodes.isPresent()) return ofNodes;
      return Arrays.stream(values()).filter(e -> e.label.equals(name)).findFirst();
    }
    Event other = OTHER_NAMES.get(collection + "." + name);
    if (other != null) return Optional.of(other);
    return Arrays.stream(values())
        .filter(e -> e.collection.equals(collection) && e.label.equals(name))
        .findFirst();
  }

  private static String unknown(String collection, String name) {
    List<String> collections =
        Arrays.stream(values()).map(e -> e.collection).distinct().sorted().toList();
    if (!collection.isEmpty() && !collections.contains(collection)) {
      return "a collection of "
          + String.join(", ", collections)
          + "; it has no '"
          + collection
          + "'"
          + Nearest.hint(collection, collections);
    }
    String within = collection.isEmpty() ? "nodes" : collection;
    List<String> names =
        Arrays.stream(values())
            .filter(e -> collection.isEmpty() || e.collection.equals(collection))
            .map(e -> e.label)
            .distinct()
            .toList();
    String meant = REFUSED.get(name.toLowerCase(Locale.ROOT));
    String hint =
        meant == null ? Nearest.hint(name, names) : " (write [" + within + ", " + meant + "])";
    return "an event of "
        + (collection.isEmpty() ? "nodes, balancers or raft" : collection)
        + " ("
        + names.stream().collect(Collectors.joining(", "))
        + "); there is no '"
        + name
        + "'"
        + hint;
  }
}
