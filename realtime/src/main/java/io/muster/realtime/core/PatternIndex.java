package io.muster.realtime.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Values under subscription patterns, found by topic: a trie by segment with a cache of whole
/// topics before it.
///
/// The pattern language: `*` as a whole segment stands for exactly one segment (a `*` beside other
/// characters is an ordinary character); a last segment `**` stands for one to `depth` segments;
/// the pattern `*` alone meets everything. A leading slash is ignored on both sides.
///
/// Readers take no lock: nodes are concurrent maps, values are arrays replaced whole. Writers share
/// one lock. The cache is invalidated by the first segment of the changed pattern, and as a whole
/// by patterns that begin with a wildcard.
///
/// For each value under each pattern readers see some order of the changes: what one reader has
/// found, a later one does not miss. That is why an epoch is odd while a change is under way, and
/// the cache is passed by then: else a cached topic would still be without a value that another
/// topic has already shown. Of two values a reader may find the later one alone.
public final class PatternIndex<V> {
  private static final int EPOCHS = 1024;

  private static final class Node<V> {
    volatile @Nullable Map<String, Node<V>> children;
    volatile @Nullable Object @Nullable [] here;
    volatile @Nullable Object @Nullable [] deep;

    boolean empty() {
      Map<String, Node<V>> c = children;
      return (c == null || c.isEmpty()) && here == null && deep == null;
    }
  }

  private record Deep<V>(V value, int depth) {}

  private record Cached<V>(V[] match, long epoch, long wildEpoch) {}

  private final Node<V> root = new Node<>();
  private volatile @Nullable Object @Nullable [] everything;
  private final AtomicLongArray epochs = new AtomicLongArray(EPOCHS + 1);
  private final ConcurrentHashMap<String, Cached<V>> cache = new ConcurrentHashMap<>();
  private final int cacheMax;
  private final IntFunction<V[]> array;
  private final ReentrantLock writing = new ReentrantLock();

  /// @param cacheMax topics to keep ready; the cache is emptied when it is full
  /// @param array makes arrays of V
  public PatternIndex(int cacheMax, IntFunction<V[]> array) {
    this.cacheMax = cacheMax;
    this.array = array;
  }

  /// Adds a value under a pattern; the same value may be added once per pattern and depth.
  public void add(String pattern, int depth, V value) {
    change(pattern, depth, value, true);
  }

  /// Removes what [#add] added.
  public void remove(String pattern, int depth, V value) {
    change(pattern, depth, value, false);
  }

  private void change(String pattern, int depth, V value, boolean add) {
    int slot = slot(pattern);
    writing.lock();
    epochs.incrementAndGet(slot);
    try {
      if (pattern.equals("*")) {
        everything = with(everything, value, add);
      } else {
        String[] segments = split(pattern);
        change(root, segments, 0, depth, value, add);
      }
    } finally {
      epochs.incrementAndGet(slot);
      writing.unlock();
    }
  }

  private void change(Node<V> n, String[] segments, int at, int depth, V value, boolean add) {
    boolean last = at == segments.length - 1;
    if (last && segments[at].equals("**")) {
      n.deep = with(n.deep, new Deep<>(value, depth), add);
      return;
    }
    if (at == segments.length) {
      n.here = with(n.here, value, add);
      return;
    }
    Map<String, Node<V>> children = n.children;
    if (children == null) {
      if (!add) return;
      children = new ConcurrentHashMap<>(2);
      n.children = children;
    }
    Node<V> child = children.get(segments[at]);
    if (child == null) {
      if (!add) return;
      child = new Node<>();
      // Filled before it can be seen, so that a reader meets it whole.
      change(child, segments, at + 1, depth, value, true);
      children.put(segments[at], child);
      return;
    }
    change(child, segments, at + 1, depth, value, add);
    if (child.empty()) children.remove(segments[at]);
  }

  private static @Nullable Object @Nullable [] with(
      @Nullable Object @Nullable [] old, Object value, boolean add) {
    int n = old == null ? 0 : old.length;
    if (add) {
      Object[] more = new Object[n + 1];
      if (old != null) System.arraycopy(old, 0, more, 0, n);
      more[n] = value;
      return more;
    }
    for (int i = 0; i < n; i++) {
      if (!Objects.equals(Objects.requireNonNull(old)[i], value)) continue;
      if (n == 1) return null;
      Object[] less = new Object[n - 1];
      System.arraycopy(old, 0, less, 0, i);
      System.arraycopy(old, i + 1, less, i, n - 1 - i);
      return less;
    }
    return old;
  }

  /// All values whose pattern meets the topic, each (value, pattern) once; do not change the array.
  public V[] match(String topic) {
    int slot = slot(topic);
    long epoch = epochs.get(slot);
    long wildEpoch = epochs.get(EPOCHS);
    if (((epoch | wildEpoch) & 1) != 0) return search(topic);
    Cached<V> cached = cache.get(topic);
    if (cached != null && cached.epoch == epoch && cached.wildEpoch == wildEpoch) {
      return cached.match;
    }
    V[] match = search(topic);
    if (cache.size() >= cacheMax) cache.clear();
    cache.put(topic, new Cached<>(match, epoch, wildEpoch));
    return match;
  }

  @SuppressWarnings("unchecked")
  private V[] search(String topic) {
    List<V> found = new ArrayList<>();
    Object[] all = everything;
    if (all != null) for (Object v : all) found.add((V) v);
    search(root, split(topic), 0, found);
    return found.toArray(array);
  }

  @SuppressWarnings("unchecked")
  private void search(Node<V> n, String[] segments, int at, List<V> found) {
    int left = segments.length - at;
    Object[] deep = n.deep;
    if (deep != null && left > 0) {
      for (Object o : deep) {
        Deep<V> d = (Deep<V>) o;
        if (left <= d.depth) found.add(d.value);
      }
    }
    if (left == 0) {
      Object[] here = n.here;
      if (here != null) for (Object v : here) found.add((V) v);
      return;
    }
    Map<String, Node<V>> children = n.children;
    if (children == null) return;
    Node<V> exact = children.get(segments[at]);
    if (exact != null) search(exact, segments, at + 1, found);
    if (segments[at].equals("*")) return;
    Node<V> any = children.get("*");
    if (any != null) search(any, segments, at + 1, found);
  }

  private static int slot(String path) {
    int from = path.startsWith("/") ? 1 : 0;
    int to = path.indexOf('/', from);
    String first = to < 0 ? path.substring(from) : path.substring(from, to);
    if (first.equals("*") || first.equals("**")) return EPOCHS;
    return first.hashCode() & (EPOCHS - 1);
  }

  static String[] split(String path) {
    int from = path.startsWith("/") ? 1 : 0;
    int n = 1;
    for (int i = from; i < path.length(); i++) if (path.charAt(i) == '/') n++;
    String[] segments = new String[n];
    for (int k = 0; k < n; k++) {
      int to = path.indexOf('/', from);
      if (to < 0) to = path.length();
      segments[k] = path.substring(from, to);
      from = to + 1;
    }
    return segments;
  }

  /// Whether a pattern meets a topic, by the definition; the yardstick of the index.
  static boolean meets(String pattern, int depth, String topic) {
    if (pattern.equals("*")) return true;
    String[] p = split(pattern);
    String[] t = split(topic);
    boolean deep = p[p.length - 1].equals("**");
    int fixed = deep ? p.length - 1 : p.length;
    if (deep ? t.length <= fixed || t.length > fixed + depth : t.length != fixed) return false;
    for (int i = 0; i < fixed; i++) {
      if (!p[i].equals("*") && !p[i].equals(t[i])) return false;
    }
    return true;
  }
}
