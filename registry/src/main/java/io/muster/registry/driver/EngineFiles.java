package io.muster.registry.driver;

import com.alipay.sofa.jraft.core.DefaultJRaftServiceFactory;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import io.muster.registry.log.SegmentLog;
import io.muster.registry.log.VoteFile;

/// What the engine keeps of one group, in files of ours but for snapshots. They are opened before
/// it is started, so that what is wrong with them is said in their words.
final class EngineFiles extends DefaultJRaftServiceFactory {
  private final SegmentLog log;
  private final VoteFile vote;

  EngineFiles(SegmentLog log, VoteFile vote) {
    this.log = log;
    this.vote = vote;
  }

  @Override
  public LogStorage createLogStorage(String uri, RaftOptions options) {
    return new EngineLog(log);
  }

  @Override
  public RaftMetaStorage createRaftMetaStorage(String uri, RaftOptions options) {
    return new EngineVote(vote);
  }
}
