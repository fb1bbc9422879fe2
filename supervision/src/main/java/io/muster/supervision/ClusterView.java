package io.muster.supervision;

import io.muster.spi.store.JsonValue;
import io.muster.spi.watch.Health;
import io.muster.supervision.probe.CheckView;
import java.util.List;
import java.util.Map;

/// A cluster of services as one member sees it. Immutable.
///
/// @param type as the asked member's settings say; empty where they do not describe the cluster
/// @param initialized whether each target has had a verdict since it is there
/// @param revision of the node list in the file: grows with each reload that changed it
/// @param judge name of the member that decides; empty while nobody does
/// @param quorum whether it can be decided now, as far as this member knows
/// @param watchedBy members whose settings describe it, by name
/// @param differing those of them whose checks or votes differ from the asked member's
/// @param active addresses that should get traffic
public record ClusterView(
    String name,
    String type,
    boolean initialized,
    long revision,
    String judge,
    boolean quorum,
    List<String> watchedBy,
    List<String> differing,
    List<Node> nodes,
    List<String> active) {
  /// One target.
  ///
  /// @param addr its identity
  /// @param endpoint where it is reached
  /// @param availableChanged when `state` became so, in milliseconds since 1970; 0 for never
  /// @param index of the log entry with the verdict; 0 before there is one
  /// @param ballot what counted for the verdict, by member name
  /// @param attributes what its definition says
  /// @param attrs what the asked member's checks learned
  /// @param opinions by member name
  /// @param checks of the asked member
  public record Node(
      String addr,
      String endpoint,
      Health state,
      boolean available,
      boolean active,
      boolean checked,
      boolean disabled,
      boolean spare,
      boolean contested,
      boolean stale,
      boolean damped,
      Interval drain,
      Interval maintenance,
      long availableChanged,
      long index,
      long term,
      Map<String, Health> ballot,
      List<String> errors,
      List<String> warnings,
      Map<String, JsonValue> attributes,
      Map<String, JsonValue> attrs,
      Map<String, Opinion> opinions,
      List<CheckView> checks) {}

  /// Something an operator began, with its end.
  ///
  /// @param on whether it is so
  /// @param since in milliseconds since 1970
  /// @param until likewise; 0 for as long as nobody ends it
  public record Interval(boolean on, String reason, String by, long since, long until) {
    public static final Interval OFF = new Interval(false, "", "", 0, 0);
  }

  /// What one member says.
  ///
  /// @param since by its own clock, in milliseconds since 1970
  /// @param present whether the member is here
  public record Opinion(
      Health state, List<String> errors, List<String> warnings, long since, boolean present) {}
}
