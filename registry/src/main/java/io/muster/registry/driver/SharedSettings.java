package io.muster.registry.driver;

import io.muster.kernel.ClusterSetting;
import io.muster.kernel.ClusterSetting.Change;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.registry.ClusterSettings;
import io.muster.registry.Outcome;
import io.muster.registry.Registry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [ClusterSettings] in the registry, under `settings/<name>`: the value as text, in UTF-8.
///
/// What is there and not understood (a newer version's value) counts as absent while the member
/// runs, and as a disagreement when it starts.
public final class SharedSettings implements ClusterSettings {
  private static final Logger log = LoggerFactory.getLogger(SharedSettings.class);
  private static final String PREFIX = "settings/";
  private final Registry registry;
  private final Map<String, Own<?>> known = new TreeMap<>();

  /// What a member is configured with.
  ///
  /// @param place where, for messages: `muster.yaml:3:11`, a variable, a flag; empty when nowhere
  public record Own<T>(ClusterSetting<T> setting, T value, Optional<String> place) {
    String text() {
      return setting.shape().text(value);
    }
  }

  /// @param all settings that there are, each once
  public SharedSettings(Registry registry, List<Own<?>> all) {
    this.registry = registry;
    for (Own<?> o : all) {
      if (known.put(o.setting.name(), o) != null) {
        throw new IllegalArgumentException(o.setting.name() + " is there twice");
      }
    }
  }

  // --- for a member that starts

  /// Makes sure that this member is configured as the cluster is; the first member that asks
  /// decides for all. Blocks: call while the member starts.
  ///
  /// @throws MusterException `cluster_setting_mismatch`, `no_quorum`
  public void agree(ClusterSetting<?> setting) {
    Own<?> own = own(setting.name());
    String mine = own.text();
    byte[] there = registry.putIfAbsent(PREFIX + setting.name(), Registry.utf8(mine)).join();
    String found = new String(there, StandardCharsets.UTF_8);
    String expected = canonical(setting, there).orElse(found);
    if (expected.equals(mine)) return;
    throw new MusterException(
        ErrorCode.CLUSTER_SETTING_MISMATCH,
        own.place().map(p -> p + ": ").orElse("")
            + setting.name()
            + ": expected "
            + expected
            + ", which the whole cluster has, found "
            + mine
            + (own.place().isPresent() ? "" : " (its default: it is not set here)")
            + "; configure "
            + setting.name()
            + ": "
            + expected
            + " and start this member again, or let it found a cluster of its own");
  }

  /// Tells of what holds, now and whenever that changes, one value at a time.
  ///
  /// @param effect takes the cluster's value, or else this member's own; runs here at first and
  ///     later on the apply thread of the group: hand off at once what takes long
  public <T> void follow(ClusterSetting<T> setting, Consumer<T> effect) {
    @SuppressWarnings("unchecked") // Entered under the name of its setting.
    Own<T> own = (Own<T>) own(setting.name());
    Follower<T> follower = new Follower<>(own, effect);
    String key = PREFIX + setting.name();
    registry.watch(
        key,
        changes -> {
          if (changes.stream().anyMatch(c -> c.key().equals(key))) follower.look();
        });
    follower.look();
  }

  private final class Follower<T> {
    private final Own<T> own;
    private final Consumer<T> effect;
    private @Nullable T last;

    Follower(Own<T> own, Consumer<T> effect) {
      this.own = own;
      this.effect = effect;
    }

    /// Reads anew instead of believing the change: one that is told late must not undo a later one.
    synchronized void look() {
      String key = PREFIX + own.setting.name();
      byte[] there = registry.local(key).get(key);
      T value = there == null ? null : understood(own.setting, there);
      T now = value == null ? own.value : value;
      if (now.equals(last)) return;
      if (last != null || value != null) {
        log.info(
            "cluster_setting name={} value={} from={}",
            own.setting.name(),
            own.setting.shape().text(now),
            value == null ? "member" : "cluster");
      }
      last = now;
      try {
        effect.accept(now);
      } catch (RuntimeException e) {
        // This is the thread that applies the log, which must go on.
        log.error("cluster_setting_failed name={} value={}", own.setting.name(), now, e);
      }
    }
  }

  private static <T> @Nullable T understood(ClusterSetting<T> setting, byte[] there) {
    String text = new String(there, StandardCharsets.UTF_8);
    T value = setting.shape().parse(text);
    if (value == null) {
      log.warn("cluster_setting_unreadable name={} value=\"{}\"", setting.name(), text);
    }
    return value;
  }

  private static <T> Optional<String> canonical(ClusterSetting<T> setting, byte[] there) {
    T value = understood(setting, there);
    return value == null ? Optional.empty() : Optional.of(setting.shape().text(value));
  }

  // --- for administration

  @Override
  public CompletableFuture<List<View>> all() {
    // Any key will do: it is the barrier before the answer that counts.
    return registry
        .get(PREFIX)
        .thenApply(
            _ -> {
              Map<String, byte[]> there = registry.local(PREFIX);
              return known.values().stream()
                  .map(own -> view(own, Optional.ofNullable(there.get(key(own)))))
                  .toList();
            });
  }

  @Override
  public CompletableFuture<View> get(String name) {
    return attempt(
        () -> {
          Own<?> own = own(name);
          return registry.get(key(own)).thenApply(there -> view(own, there));
        });
  }

  @Override
  public CompletableFuture<View> set(String name, String value) {
    return attempt(
        () -> {
          Own<?> own = own(name);
          if (own.setting.change() == Change.NEVER) throw fixed(own, "changed");
          byte[] text = Registry.utf8(text(own.setting, value));
          return seen(own, Optional.of(text), registry.put(key(own), text));
        });
  }

  @Override
  public CompletableFuture<View> unset(String name) {
    return attempt(
        () -> {
          Own<?> own = own(name);
          if (own.setting.change() != Change.RUNNING) throw fixed(own, "taken back");
          return seen(own, Optional.empty(), registry.remove(key(own)));
        });
  }

  private static <T> String text(ClusterSetting<T> setting, String given) {
    return setting.shape().text(setting.value(given));
  }

  private interface Asking {
    CompletableFuture<View> ask();
  }

  private static CompletableFuture<View> attempt(Asking asking) {
    try {
      return asking.ask();
    } catch (MusterException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /// Answers when this replica has the change as well; that it cannot say so does not undo it.
  private CompletableFuture<View> seen(
      Own<?> own, Optional<byte[]> value, CompletableFuture<Outcome> proposed) {
    return proposed
        .thenAccept(outcome -> confirmed(own, outcome))
        .thenCompose(_ -> registry.get(key(own)).handle((_, _) -> view(own, value)));
  }

  private static void confirmed(Own<?> own, Outcome outcome) {
    String name = own.setting.name();
    switch (outcome) {
      case Outcome.Committed _ -> {}
      case Outcome.NotLeader _, Outcome.NoQuorum _ ->
          throw new MusterException(
              ErrorCode.NO_QUORUM, name + " was not changed: no majority of the members answers");
      case Outcome.Unknown u ->
          throw new MusterException(
              ErrorCode.LINK_TIMEOUT,
              name + " may have been changed or not (" + u.why() + "); repeating is harmless");
    }
  }

  private static MusterException fixed(Own<?> own, String what) {
    ClusterSetting<?> s = own.setting;
    String remedy =
        switch (s.change()) {
          case NEVER ->
              "a cluster keeps what it was founded with ("
                  + own.text()
                  + "); to have it otherwise found a new cluster, members with fresh data"
                  + " directories and the other value, and write the records there";
          case AT_START, RUNNING ->
              "all members have to agree on a value; set the one they shall have";
        };
    return new MusterException(
        ErrorCode.CLUSTER_SETTING_FIXED, s.name() + ": cannot be " + what + ": " + remedy);
  }

  private static View view(Own<?> own, Optional<byte[]> there) {
    return new View(own.setting, there.flatMap(v -> canonical(own.setting, v)), own.text());
  }

  private static String key(Own<?> own) {
    return PREFIX + own.setting.name();
  }

  private Own<?> own(String name) {
    Own<?> own = known.get(name);
    if (own != null) return own;
    throw new MusterException(
        ErrorCode.NOT_FOUND,
        "no setting of the cluster is called '"
            + name
            + "'; there are "
            + known.keySet().stream().collect(Collectors.joining(", ")));
  }
}
