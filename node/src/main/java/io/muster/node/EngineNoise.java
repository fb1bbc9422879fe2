package io.muster.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/// Keeps what is no error out of the log: the consensus engine reports, at ERROR and twice a second
/// for each group, every member that it cannot reach, one that was stopped in order included. What
/// has happened is said once by `link_down`, `member_failed` and `member_left`, and where too many
/// are away by the gate. Whoever wants the engine's own words sets `MUSTER_LOG_RAFT` to `WARN` or
/// lower.
///
/// Named in `logback.xml`. Called on every thread that logs.
public final class EngineNoise extends TurboFilter {
  private static final String ENGINE = "com.alipay.sofa.jraft.";

  /// How the lines begin, as the engine formats them.
  private static final List<String> BEGINNINGS =
      List.of(
          "Fail to connect {}",
          "Fail to check replicator connection",
          "Fail to start replicator to peer",
          "Fail to add a replicator",
          "Fail to add a learner replicator",
          "Fail to init sending channel",
          // A leader that steps down leaves the confirmation of its own election behind.
          "Fail to run ConfigurationChangeDone");

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] arguments,
      @Nullable Throwable thrown) {
    if (level != Level.ERROR || format == null || !logger.getName().startsWith(ENGINE)) {
      return FilterReply.NEUTRAL;
    }
    if (logger.getEffectiveLevel().toInt() < Level.ERROR_INT) return FilterReply.NEUTRAL;
    for (String b : BEGINNINGS) if (format.startsWith(b)) return FilterReply.DENY;
    return FilterReply.NEUTRAL;
  }
}
