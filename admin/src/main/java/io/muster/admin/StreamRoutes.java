package io.muster.admin;

import io.muster.kernel.MemberId;
import io.muster.membership.Membership;
import io.muster.realtime.Realtime;
import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/v1/streams`: the streams of events to and from the other members, for `muster streams`.
final class StreamRoutes {
  private final AdminFaces faces;

  StreamRoutes(AdminFaces faces) {
    this.faces = faces;
  }

  /// Names are stable while the inside moves; what they mean is told at [Realtime.StreamView].
  ///
  /// @param name of the member, its id where nobody knows one
  record View(
      String name,
      String id,
      String address,
      boolean live,
      int interests,
      long next,
      long acknowledged,
      long keptBytes,
      long givenUp,
      long sentAgain,
      long resynchronised,
      long expected,
      long received,
      long lost,
      long deferred,
      boolean putOff) {}

  /// By the name of the member at the other end.
  List<View> views() {
    return faces.realtime().map(Realtime::streams).orElse(List.of()).stream()
        .map(this::view)
        .sorted(Comparator.comparing(View::name))
        .toList();
  }

  void all(Exchange x) throws IOException {
    Realtime.RealtimeView v =
        faces.realtime().map(Realtime::view).orElse(Realtime.RealtimeView.NONE);
    Map<String, Object> history = new LinkedHashMap<>();
    history.put("kept", v.kept());
    history.put("keptBytes", v.keptBytes());
    history.put("resumed", v.resumed());
    history.put("refused", v.refused());
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("streams", views());
    answer.put("history", history);
    x.json(200, answer);
  }

  private View view(Realtime.StreamView s) {
    return new View(
        name(s.member()),
        s.member().hex(),
        s.address().toString(),
        s.live(),
        s.interests(),
        s.next(),
        s.acknowledged(),
        s.keptBytes(),
        s.givenUp(),
        s.sentAgain(),
        s.resynchronised(),
        s.expected(),
        s.received(),
        s.lost(),
        s.deferred(),
        s.putOff());
  }

  private String name(MemberId id) {
    for (Membership.View v : faces.members()) {
      if (v.member().id().equals(id)) return v.member().name();
    }
    return id.hex();
  }
}
