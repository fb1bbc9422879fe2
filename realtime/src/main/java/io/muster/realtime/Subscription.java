package io.muster.realtime;

/// A subscriber's wish: `pattern` in the language of subscriptions (`*` is exactly one segment, a
/// last `**` is up to `depth` levels, `*` alone is everything; a leading slash does not matter).
///
/// @param set whether sets are wanted
/// @param remove whether removals are wanted
/// @param depth levels a final `**` covers; ignored without one
public record Subscription(
    Subscriber subscriber,
    String pattern,
    boolean set,
    boolean remove,
    int depth,
    Delivery delivery) {}
