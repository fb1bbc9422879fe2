package io.muster.registry.driver;

import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.InvokeTimeoutException;
import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.option.RpcOptions;
import com.alipay.sofa.jraft.rpc.InvokeCallback;
import com.alipay.sofa.jraft.rpc.InvokeContext;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.util.Endpoint;
import io.muster.kernel.Address;
import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.link.LinkChannel;
import io.muster.link.LinkPeer;
import io.muster.link.Links;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The engine's outgoing calls, as calls on links.
final class LinkRpcClient implements RpcClient {
  private @Nullable Links links;
  private @Nullable ReplicatorGroup replicators;
  private @Nullable AutoCloseable observing;

  @Override
  public boolean init(RpcOptions options) {
    Links l = ((LinkNodeOptions) options).links();
    links = l;
    ReplicatorGroup group = replicators;
    if (group != null) observing = l.observe(new Reconnected(group));
    return true;
  }

  private Links links() {
    Links l = links;
    if (l == null) throw new IllegalStateException("not initialised");
    return l;
  }

  static Address address(Endpoint endpoint) {
    return new Address(endpoint.getIp(), endpoint.getPort());
  }

  @Override
  public boolean checkConnection(Endpoint endpoint) {
    return links().linked(address(endpoint));
  }

  @Override
  public boolean checkConnection(Endpoint endpoint, boolean createIfAbsent) {
    if (checkConnection(endpoint)) return true;
    if (createIfAbsent) links().keep(address(endpoint));
    return false;
  }

  @Override
  public void closeConnection(Endpoint endpoint) {
    // The link serves others, too.
  }

  @Override
  public void registerConnectEventListener(ReplicatorGroup group) {
    // Called before init, when the links are not known yet.
    replicators = group;
  }

  /// Tells the engine of links that came back.
  private record Reconnected(ReplicatorGroup group) implements Links.LinkObserver {
    @Override
    public void up(LinkPeer peer) {
      PeerId id = new PeerId(peer.address().host(), peer.address().port());
      Thread.startVirtualThread(() -> group.checkReplicator(id, true));
    }

    @Override
    public void down(LinkPeer peer, String reason) {}
  }

  @Override
  public Object invokeSync(
      Endpoint endpoint, Object request, @Nullable InvokeContext context, long timeoutMs)
      throws InterruptedException, RemotingException {
    try {
      byte[] answer =
          links()
              .call(
                  address(endpoint),
                  LinkChannel.RAFT,
                  RaftMessages.encode(request),
                  Duration.ofMillis(timeoutMs))
              .get(timeoutMs + 100, TimeUnit.MILLISECONDS);
      return RaftMessages.decode(answer);
    } catch (ExecutionException e) {
      throw new RemotingException(String.valueOf(e.getCause()), e);
    } catch (TimeoutException e) {
      throw new InvokeTimeoutException(e);
    }
  }

  @Override
  public void invokeAsync(
      Endpoint endpoint,
      Object request,
      @Nullable InvokeContext context,
      InvokeCallback callback,
      long timeoutMs) {
    links()
        .call(
            address(endpoint),
            LinkChannel.RAFT,
            RaftMessages.encode(request),
            Duration.ofMillis(timeoutMs))
        .whenComplete(
            (answer, failure) -> {
              Executor executor = callback.executor();
              Runnable done = () -> complete(callback, answer, failure);
              if (executor == null) done.run();
              else executor.execute(done);
            });
  }

  private static void complete(
      InvokeCallback callback, byte @Nullable [] answer, @Nullable Throwable failure) {
    if (failure == null && answer != null) {
      callback.complete(RaftMessages.decode(answer), null);
      return;
    }
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    boolean timeout = cause instanceof MusterException m && m.code() == ErrorCode.LINK_TIMEOUT;
    callback.complete(
        null,
        timeout ? new InvokeTimeoutException(cause) : new RemotingException(String.valueOf(cause)));
  }

  @Override
  public void shutdown() {
    try {
      if (observing != null) observing.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
