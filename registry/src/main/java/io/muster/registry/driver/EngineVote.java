package io.muster.registry.driver;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.EnumOutter.ErrorType;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import io.muster.registry.log.VoteFile;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A [VoteFile] as the engine wants one.
final class EngineVote implements RaftMetaStorage {
  private static final Logger log = LoggerFactory.getLogger(EngineVote.class);
  private final VoteFile file;
  private @Nullable NodeImpl node;

  EngineVote(VoteFile file) {
    this.file = file;
  }

  @Override
  public boolean init(RaftMetaStorageOptions options) {
    node = options.getNode();
    return true;
  }

  @Override
  public void shutdown() {}

  @Override
  public boolean setTerm(long term) {
    return set(term, file.votedFor());
  }

  @Override
  public long getTerm() {
    return file.term();
  }

  @Override
  public boolean setVotedFor(PeerId peer) {
    return set(file.term(), text(peer));
  }

  @Override
  public PeerId getVotedFor() {
    PeerId peer = new PeerId();
    return peer.parse(file.votedFor()) ? peer : PeerId.emptyPeer();
  }

  @Override
  public boolean setTermAndVotedFor(long term, PeerId peer) {
    return set(term, text(peer));
  }

  private static String text(PeerId peer) {
    return peer.isEmpty() ? "" : peer.toString();
  }

  private boolean set(long term, String votedFor) {
    try {
      file.set(term, votedFor);
      return true;
    } catch (IOException e) {
      log.error("vote_not_written term={} reason=\"{}\"", term, e.getMessage(), e);
      NodeImpl failed = node;
      // Whoever cannot remember its vote must not vote.
      if (failed != null) {
        failed.onError(
            new RaftException(
                ErrorType.ERROR_TYPE_META,
                new Status(RaftError.EIO, "cannot write the vote: %s", e.getMessage())));
      }
      return false;
    }
  }
}
