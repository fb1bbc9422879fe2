package io.muster.it;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// Who published what and who saw what, judged: each subscriber sees each acknowledged publication
/// exactly once and in the order of its publisher.
final class Deliveries {
  private final Map<String, List<Integer>> published = new ConcurrentHashMap<>();
  private final Map<String, List<Seen>> seen = new ConcurrentHashMap<>();

  private record Seen(String publisher, int number) {}

  /// An acknowledged publication; numbers of one publisher grow.
  void published(String publisher, int number) {
    published.computeIfAbsent(publisher, _ -> new CopyOnWriteArrayList<>()).add(number);
  }

  /// The listener of `subscriber` for events whose data is `{"p": publisher, "i": number}`.
  java.util.function.Consumer<HappnClients.Event> listener(String subscriber) {
    List<Seen> list =
        seen.computeIfAbsent(
            subscriber, _ -> java.util.Collections.synchronizedList(new ArrayList<>()));
    return e -> list.add(new Seen(e.data().path("p").asString(""), e.data().path("i").asInt(-1)));
  }

  long seenBy(String subscriber) {
    return seen.getOrDefault(subscriber, List.of()).size();
  }

  /// @throws AssertionError naming subscriber, publisher and numbers
  void check() {
    seen.forEach(
        (subscriber, list) -> {
          Map<String, List<Integer>> byPublisher = new LinkedHashMap<>();
          for (Seen s : List.copyOf(list)) {
            byPublisher.computeIfAbsent(s.publisher, _ -> new ArrayList<>()).add(s.number);
          }
          published.forEach(
              (publisher, numbers) ->
                  check(
                      subscriber,
                      publisher,
                      numbers,
                      byPublisher.getOrDefault(publisher, List.of())));
        });
  }

  private static void check(
      String subscriber, String publisher, List<Integer> sent, List<Integer> got) {
    int last = Integer.MIN_VALUE;
    Map<Integer, Integer> times = new HashMap<>();
    for (int n : got) {
      if (n <= last) {
        throw new AssertionError(subscriber + " saw " + publisher + "'s " + n + " after " + last);
      }
      last = n;
      times.merge(n, 1, Integer::sum);
    }
    List<Integer> missing = sent.stream().filter(n -> !times.containsKey(n)).toList();
    if (!missing.isEmpty()) {
      throw new AssertionError(
          subscriber
              + " never saw "
              + missing.size()
              + " of "
              + publisher
              + "'s "
              + sent.size()
              + ": "
              + missing);
    }
  }
}
