package io.muster.access.core;

import io.muster.spi.store.Wildcards;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Values by permission pattern, found by path.
///
/// A pattern without a star is that very path. Of one with stars, all segments but the last are
/// compared with the path's segment by segment: one without a star must be equal, a star matches
/// any run inside the segment. Then the whole pattern is compared with the whole path: a star
/// matches any run, `/` included, and case is ignored. So `/a/*` covers all below `/a`, and a star
/// in the middle stands for one segment while more segments follow.
///
/// Built by one thread, then read by any.
final class PermissionTree<V> {
  private record Starred<V>(String pattern, V value) {}

  private record Branch<V>(String segment, Node<V> node) {}

  private static final class Node<V> {
    final Map<String, Node<V>> plain = new HashMap<>(2);
    final List<Branch<V>> starred = new ArrayList<>(0);
    final List<Starred<V>> ending = new ArrayList<>(1);
  }

  private final Map<String, List<V>> exact = new HashMap<>();
  private final Node<V> root = new Node<>();

  void add(String pattern, V value) {
    if (pattern.indexOf('*') < 0) {
      exact.computeIfAbsent(pattern, _ -> new ArrayList<>(1)).add(value);
      return;
    }
    Node<V> node = root;
    String[] segments = pattern.split("/", -1);
    for (int i = 0; i < segments.length - 1; i++) node = child(node, segments[i]);
    node.ending.add(new Starred<>(pattern, value));
  }

  private static <V> Node<V> child(Node<V> node, String segment) {
    if (segment.indexOf('*') < 0) return node.plain.computeIfAbsent(segment, _ -> new Node<>());
    for (Branch<V> b : node.starred) if (b.segment.equals(segment)) return b.node;
    Node<V> made = new Node<>();
    node.starred.add(new Branch<>(segment, made));
    return made;
  }

  /// Hands over the value of every pattern that covers a path.
  void matching(String path, Consumer<V> found) {
    List<V> same = exact.get(path);
    if (same != null) same.forEach(found);
    walk(root, path, 0, found);
  }

  private void walk(Node<V> node, String path, int from, Consumer<V> found) {
    for (Starred<V> s : node.ending) {
      if (Wildcards.matches(s.pattern, path, true)) found.accept(s.value);
    }
    if (node.plain.isEmpty() && node.starred.isEmpty()) return;
    int slash = path.indexOf('/', from);
    // The last segment of a path can only meet the last one of a pattern.
    if (slash < 0) return;
    String segment = path.substring(from, slash);
    Node<V> next = node.plain.get(segment);
    if (next != null) walk(next, path, slash + 1, found);
    for (Branch<V> b : node.starred) {
      if (Wildcards.matches(b.segment, segment, false)) walk(b.node, path, slash + 1, found);
    }
  }
}
