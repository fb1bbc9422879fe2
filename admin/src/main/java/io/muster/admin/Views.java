package io.muster.admin;

import io.muster.kernel.ClusterSetting;
import io.muster.membership.Membership;
import io.muster.registry.ClusterSettings;
import io.muster.registry.Consensus;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The output types of `/v1`: their member names are stable while the inside moves.
final class Views {
  private Views() {}

  record MemberView(
      String name,
      String id,
      String state,
      long inStateMillis,
      String address,
      List<String> roles,
      String service,
      long incarnation,
      Map<String, String> labels,
      List<DoubtView> suspectedBy) {
    /// The same without what changes while nothing happens.
    MemberView withoutAge() {
      return new MemberView(
          name, id, state, 0, address, roles, service, incarnation, labels, suspectedBy);
    }
  }

  record DoubtView(String name, String id, long silentMillis, boolean refused) {}

  record GroupView(
      String group,
      String role,
      long term,
      String leader,
      boolean quorum,
      long committed,
      long applied,
      List<String> voters,
      List<String> learners,
      String failure) {}

  record SettingView(
      String name,
      String value,
      String source,
      String memberValue,
      String fallback,
      String range,
      String change,
      String meaning) {}

  static SettingView setting(ClusterSettings.View v) {
    ClusterSetting<?> s = v.setting();
    return new SettingView(
        s.name(),
        v.value(),
        v.cluster().isPresent() ? "cluster" : "member",
        v.own(),
        fallback(s),
        s.shape().range(),
        s.change().name().toLowerCase(Locale.ROOT),
        s.meaning());
  }

  private static <T> String fallback(ClusterSetting<T> setting) {
    return setting.shape().text(setting.fallback());
  }

  static List<MemberView> members(List<Membership.View> members) {
    return members.stream()
        .map(
            v ->
                new MemberView(
                    v.member().name(),
                    v.member().id().hex(),
                    lower(v.member().state()),
                    v.inState().toMillis(),
                    v.member().address().toString(),
                    v.member().roles().stream().map(Views::lower).sorted().toList(),
                    v.member().service(),
                    v.member().incarnation(),
                    v.member().labels(),
                    v.doubts().stream()
                        .map(
                            d ->
                                new DoubtView(
                                    d.byName(), d.by().hex(), d.silent().toMillis(), d.refused()))
                        .toList()))
        .toList();
  }

  static List<GroupView> groups(List<Consensus.View> groups) {
    return groups.stream()
        .map(
            g ->
                new GroupView(
                    g.group(),
                    lower(g.role()),
                    g.term(),
                    g.leader().map(Object::toString).orElse(""),
                    g.quorum(),
                    g.committed(),
                    g.applied(),
                    g.voters().stream().map(Object::toString).toList(),
                    g.learners().stream().map(Object::toString).toList(),
                    g.failure()))
        .toList();
  }

  private static String lower(Enum<?> e) {
    return e.name().toLowerCase(Locale.ROOT);
  }
}
