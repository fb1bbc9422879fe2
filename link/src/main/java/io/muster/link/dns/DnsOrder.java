package io.muster.link.dns;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// The order in which records of name servers are used. Pure, but for the dice it is given.
final class DnsOrder {
  private DnsOrder() {}

  /// RFC 3403.
  record Naptr(
      int order, int preference, String flags, String service, String regexp, String replacement) {}

  /// RFC 2782.
  record Srv(int priority, int weight, int port, String target) {}

  /// Where a service is found and how it is spoken to.
  record Service(String transport, String name) {}

  /// The names of SRV records that NAPTR records lead to, by order and preference. Only those with
  /// the flag `s` and no regular expression count, whose service we speak.
  static List<Service> services(List<Naptr> records) {
    return records.stream()
        .filter(n -> n.flags.equalsIgnoreCase("s") && n.regexp.isEmpty())
        .sorted(Comparator.comparingInt(Naptr::order).thenComparingInt(Naptr::preference))
        .flatMap(n -> transport(n.service).map(t -> new Service(t, n.replacement)).stream())
        .toList();
  }

  private static Optional<String> transport(String service) {
    return switch (service.toUpperCase(Locale.ROOT)) {
      case "MUSTER+D2T", "NK+D2T" -> Optional.of("tcp");
      case "MUSTERS+D2T", "NKS+D2T" -> Optional.of("tls");
      case "NK+D2W" -> Optional.of("ws");
      case "NKS+D2W" -> Optional.of("wss");
      case "NK+D2S" -> Optional.of("sctp");
      default -> Optional.empty();
    };
  }

  /// Records by priority; of one priority drawn by lot, each with the chance its weight gives it,
  /// as RFC 2782 says: those of weight 0 come first to the draw.
  static List<Srv> srv(List<Srv> records, RandomGenerator dice) {
    TreeMap<Integer, List<Srv>> byPriority = new TreeMap<>();
    for (Srv r : records) byPriority.computeIfAbsent(r.priority, _ -> new ArrayList<>()).add(r);
    List<Srv> ordered = new ArrayList<>();
    for (List<Srv> left : byPriority.values()) {
      shuffle(left, dice);
      left.sort(Comparator.comparing(r -> r.weight > 0));
      while (!left.isEmpty()) ordered.add(left.remove(drawn(left, dice)));
    }
    return ordered;
  }

  private static int drawn(List<Srv> left, RandomGenerator dice) {
    int sum = left.stream().mapToInt(Srv::weight).sum();
    int draw = dice.nextInt(sum + 1);
    int running = 0;
    for (int i = 0; i < left.size(); i++) {
      running += left.get(i).weight;
      if (running >= draw) return i;
    }
    return left.size() - 1;
  }

  /// Addresses of both families in turn, IPv6 first, each family shuffled.
  static <T> List<T> interleaved(List<T> six, List<T> four, RandomGenerator dice) {
    List<T> a = new ArrayList<>(six);
    List<T> b = new ArrayList<>(four);
    shuffle(a, dice);
    shuffle(b, dice);
    List<T> all = new ArrayList<>();
    for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
      if (i < a.size()) all.add(a.get(i));
      if (i < b.size()) all.add(b.get(i));
    }
    return all;
  }

  private static <T> void shuffle(List<T> list, RandomGenerator dice) {
    for (int i = list.size() - 1; i > 0; i--) {
      int j = dice.nextInt(i + 1);
      T x = list.get(i);
      list.set(i, list.get(j));
      list.set(j, x);
    }
  }
}
