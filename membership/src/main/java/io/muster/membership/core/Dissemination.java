package io.muster.membership.core;

import io.muster.kernel.MemberId;
import io.muster.membership.MemberState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// News that still ride on datagrams, each a bounded number of times, the least told first.
///
/// Fresh news of a member replace older ones; voices of one suspicion are kept apart, since their
/// number counts.
final class Dissemination {
  private record Key(MemberId about, MemberId voice) {}

  private record Riding(News news, int told) {}

  private final LinkedHashMap<Key, Riding> riding = new LinkedHashMap<>();

  void add(News news) {
    MemberId about = news.member().id();
    if (news.member().state() == MemberState.SUSPECT) {
      riding.remove(new Key(about, about));
      Key key = new Key(about, news.from());
      riding.remove(key);
      riding.put(key, new Riding(news, 0));
      return;
    }
    riding.keySet().removeIf(k -> k.about.equals(about));
    riding.put(new Key(about, about), new Riding(news, 0));
  }

  /// The next news that fit into `bytes`, counted as told once.
  ///
  /// @param tellingsMax after so many tellings news are dropped
  List<News> take(int bytes, int tellingsMax) {
    if (riding.isEmpty()) return List.of();
    List<News> taken = new ArrayList<>();
    List<Map.Entry<Key, Riding>> again = new ArrayList<>();
    int left = bytes;
    var i = riding.entrySet().iterator();
    while (i.hasNext() && left > 80) {
      Map.Entry<Key, Riding> e = i.next();
      int length = GossipCodec.length(e.getValue().news);
      if (length > left) continue;
      left -= length;
      taken.add(e.getValue().news);
      i.remove();
      int told = e.getValue().told + 1;
      if (told < tellingsMax) again.add(Map.entry(e.getKey(), new Riding(e.getValue().news, told)));
    }
    for (Map.Entry<Key, Riding> e : again) riding.putIfAbsent(e.getKey(), e.getValue());
    return taken;
  }

  int size() {
    return riding.size();
  }
}
