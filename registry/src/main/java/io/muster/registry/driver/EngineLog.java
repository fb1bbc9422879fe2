package io.muster.registry.driver;

import static java.util.Objects.requireNonNull;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.codec.LogEntryDecoder;
import com.alipay.sofa.jraft.entity.codec.LogEntryEncoder;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import io.muster.registry.log.LogRecord;
import io.muster.registry.log.SegmentLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [SegmentLog] as the engine wants one. What the log cannot do is answered as the engine expects
/// (false, null, fewer entries), which stops the group with the reason logged here.
final class EngineLog implements LogStorage {
  private static final Logger logger = LoggerFactory.getLogger(EngineLog.class);

  /// Kinds of records: commands as they are, nothing, the engine's own encoding of who votes.
  private static final int COMMANDS = 0;

  private static final int NOTHING = 1;
  private static final int VOTERS = 2;

  private final SegmentLog log;
  private @Nullable LogEntryEncoder encoder;
  private @Nullable LogEntryDecoder decoder;

  /// @param log open; closed with the engine's node
  EngineLog(SegmentLog log) {
    this.log = log;
  }

  @Override
  public boolean init(LogStorageOptions options) {
    encoder = options.getLogEntryCodecFactory().encoder();
    decoder = options.getLogEntryCodecFactory().decoder();
    for (SegmentLog.Mark mark : log.marks()) {
      if (mark.kind() != VOTERS) continue;
      LogEntry entry = getEntry(mark.index());
      if (entry == null) return false;
      ConfigurationEntry voters = new ConfigurationEntry();
      voters.setId(entry.getId());
      voters.setConf(new Configuration(entry.getPeers(), entry.getLearners()));
      if (entry.getOldPeers() != null) {
        voters.setOldConf(new Configuration(entry.getOldPeers(), entry.getOldLearners()));
      }
      options.getConfigurationManager().add(voters);
    }
    return true;
  }

  @Override
  public void shutdown() {
    try {
      log.close();
    } catch (IOException e) {
      logger.warn("log_close_failed reason=\"{}\"", e.getMessage());
    }
  }

  @Override
  public long getFirstLogIndex() {
    return log.first();
  }

  @Override
  public long getLastLogIndex() {
    return log.last();
  }

  @Override
  public @Nullable LogEntry getEntry(long index) {
    try {
      LogRecord r = log.read(index);
      return r == null ? null : entry(r);
    } catch (IOException e) {
      logger.error("log_read_failed index={} reason=\"{}\"", index, e.getMessage());
      return null;
    }
  }

  /// The engine has given it up and asks for it still.
  @Override
  @SuppressWarnings("deprecation")
  public long getTerm(long index) {
    LogEntry entry = getEntry(index);
    return entry == null ? 0 : entry.getId().getTerm();
  }

  private @Nullable LogEntry entry(LogRecord r) throws IOException {
    if (r.kind() == VOTERS) {
      byte[] bytes = new byte[r.payload().remaining()];
      r.payload().get(bytes);
      return requireNonNull(decoder).decode(bytes);
    }
    LogEntry entry =
        new LogEntry(r.kind() == NOTHING ? EntryType.ENTRY_TYPE_NO_OP : EntryType.ENTRY_TYPE_DATA);
    entry.setId(new LogId(r.index(), r.term()));
    if (r.kind() == COMMANDS) entry.setData(r.payload());
    return entry;
  }

  private LogRecord record(LogEntry entry) {
    LogId id = entry.getId();
    return switch (entry.getType()) {
      case ENTRY_TYPE_DATA -> new LogRecord(id.getIndex(), id.getTerm(), COMMANDS, entry.getData());
      case ENTRY_TYPE_NO_OP ->
          new LogRecord(id.getIndex(), id.getTerm(), NOTHING, LogEntry.EMPTY_DATA);
      default ->
          new LogRecord(
              id.getIndex(),
              id.getTerm(),
              VOTERS,
              ByteBuffer.wrap(requireNonNull(encoder).encode(entry)));
    };
  }

  @Override
  public boolean appendEntry(LogEntry entry) {
    return appendEntries(List.of(entry)) == 1;
  }

  @Override
  public int appendEntries(@Nullable List<LogEntry> entries) {
    if (entries == null || entries.isEmpty()) return 0;
    List<LogRecord> records = new ArrayList<>(entries.size());
    for (LogEntry e : entries) records.add(record(e));
    return done("append", () -> log.append(records)) ? entries.size() : 0;
  }

  @Override
  public boolean truncatePrefix(long firstKept) {
    return done("truncate_prefix", () -> log.truncatePrefix(firstKept));
  }

  @Override
  public boolean truncateSuffix(long lastKept) {
    return done("truncate_suffix", () -> log.truncateSuffix(lastKept));
  }

  @Override
  public boolean reset(long next) {
    return done("reset", () -> log.reset(next));
  }

  @FunctionalInterface
  private interface Change {
    void run() throws IOException;
  }

  private static boolean done(String what, Change change) {
    try {
      change.run();
      return true;
    } catch (IOException | RuntimeException e) {
      logger.error("log_{}_failed reason=\"{}\"", what, e.getMessage(), e);
      return false;
    }
  }
}
