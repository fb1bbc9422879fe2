package io.muster.registry.driver;

import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcProcessor;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequestHeader;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.rpc.impl.ConnectionClosedEventListener;
import com.google.protobuf.Message;
import io.muster.kernel.MemberId;
import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.Links;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// The engine's incoming calls, from links to its processors; one for all groups of a member.
final class LinkRpcServer implements RpcServer {
  private final Links links;
  private final Executor fallback;
  private final Map<String, RpcProcessor<?>> processors = new ConcurrentHashMap<>();
  private final List<ConnectionClosedEventListener> closedListeners = new CopyOnWriteArrayList<>();
  private final Map<MemberId, Attributes> connections = new ConcurrentHashMap<>();

  /// What the engine remembers of a peer while its link lives.
  private static final class Attributes implements Connection {
    private final Map<String, Object> values = new ConcurrentHashMap<>();

    @Override
    public @Nullable Object getAttribute(String key) {
      return values.get(key);
    }

    @Override
    public void setAttribute(String key, Object value) {
      values.put(key, value);
    }

    @Override
    public @Nullable Object setAttributeIfAbsent(String key, Object value) {
      return values.putIfAbsent(key, value);
    }

    @Override
    public void close() {
      // The link serves others, too; the engine forgets its own context.
    }
  }

  LinkRpcServer(Links links, Executor fallback) {
    this.links = links;
    this.fallback = fallback;
    links.onCall(LinkChannel.RAFT, this::handle);
    links.observe(
        new Links.LinkObserver() {
          @Override
          public void up(LinkPeer peer) {}

          @Override
          public void down(LinkPeer peer, String reason) {
            Attributes gone = connections.remove(peer.id());
            if (gone == null) return;
            for (ConnectionClosedEventListener l : closedListeners) {
              l.onClosed(peer.address().toString(), gone);
            }
          }
        });
  }

  @SuppressWarnings("unchecked")
  private CompletableFuture<byte[]> handle(LinkPeer from, byte[] bytes) {
    Message request = RaftMessages.decode(bytes);
    RpcProcessor<Message> processor =
        (RpcProcessor<Message>) processors.get(request.getClass().getName());
    if (processor == null) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("no raft group serves this here yet"));
    }
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    RpcContext context =
        new RpcContext() {
          @Override
          public void sendResponse(Object response) {
            answer.complete(RaftMessages.encode(response));
          }

          @Override
          public Connection getConnection() {
            return connections.computeIfAbsent(from.id(), _ -> new Attributes());
          }

          @Override
          public String getRemoteAddress() {
            return from.address().toString();
          }
        };
    try {
      executor(processor, request)
          .execute(
              () -> {
                try {
                  processor.handleRequest(context, request);
                } catch (RuntimeException e) {
                  answer.completeExceptionally(e);
                }
              });
    } catch (RejectedExecutionException e) {
      // Others may ask until the links end, which is after the groups have.
      return CompletableFuture.failedFuture(RaftGroups.stopping());
    }
    return answer;
  }

  private Executor executor(RpcProcessor<Message> processor, Message request) {
    RpcProcessor.ExecutorSelector selector = processor.executorSelector();
    Executor chosen = null;
    if (selector != null && request instanceof AppendEntriesRequest append) {
      AppendEntriesRequestHeader header =
          AppendEntriesRequestHeader.newBuilder()
              .setGroupId(append.getGroupId())
              .setServerId(append.getServerId())
              .setPeerId(append.getPeerId())
              .build();
      chosen = selector.select(request.getClass().getName(), header);
    }
    if (chosen == null) chosen = processor.executor();
    return chosen == null ? fallback : chosen;
  }

  @Override
  public void registerConnectionClosedEventListener(ConnectionClosedEventListener listener) {
    closedListeners.add(listener);
  }

  @Override
  public void registerProcessor(RpcProcessor<?> processor) {
    processors.put(processor.interest(), processor);
  }

  @Override
  public int boundPort() {
    return links.listening().port();
  }

  @Override
  public boolean init(@Nullable Void options) {
    return true;
  }

  @Override
  public void shutdown() {
    processors.clear();
  }
}
