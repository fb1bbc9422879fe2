package io.muster.node;

import io.muster.kernel.TimeSource;
import io.muster.link.Links;
import io.muster.membership.Membership;
import io.muster.registry.Registration;
import io.muster.registry.driver.GroupRegistry;
import io.muster.registry.driver.Registrations;
import io.muster.supervision.driver.ClusterSupervision;
import java.util.stream.Collectors;

/// Puts supervision on what it stands on.
final class MemberSupervision {
  private MemberSupervision() {}

  static ClusterSupervision start(
      MusterSettings settings,
      SettingsOrigin origin,
      GroupRegistry registry,
      Registrations members,
      Links links,
      Membership membership,
      Announcer announcer,
      TimeSource time) {
    return ClusterSupervision.start(
        new ClusterSupervision.Parts(
            registry,
            registry.consensus(),
            links,
            membership,
            address -> members.at(address).map(Registration::id),
            () -> members.all().stream().map(r -> r.id().hex()).collect(Collectors.toSet()),
            time,
            () -> origin.anew().get().supervision(),
            origin.file(),
            settings.member().dataDir().resolve("supervision"),
            announcer::publish),
        settings.supervision());
  }
}
