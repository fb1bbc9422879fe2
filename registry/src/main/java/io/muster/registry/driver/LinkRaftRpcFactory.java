package io.muster.registry.driver;

import com.alipay.sofa.jraft.rpc.RaftRpcFactory;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.RpcServer;
import com.alipay.sofa.jraft.util.Endpoint;
import com.alipay.sofa.jraft.util.SPI;
import org.jspecify.annotations.Nullable;

/// Gives the engine links instead of its own network: our handshake, our TLS, one port.
///
/// Loaded by name from `META-INF/services`; the links of a node come with its [LinkNodeOptions].
@SPI(priority = 100)
public final class LinkRaftRpcFactory implements RaftRpcFactory {
  @Override
  public void registerProtobufSerializer(String className, Object... args) {
    RaftMessages.register(className, args[0]);
  }

  @Override
  public RpcClient createRpcClient(@Nullable ConfigHelper<RpcClient> helper) {
    return new LinkRpcClient();
  }

  @Override
  public RpcServer createRpcServer(Endpoint endpoint, @Nullable ConfigHelper<RpcServer> helper) {
    throw new UnsupportedOperationException("a LinkRpcServer is made with its links");
  }

  @Override
  public @Nullable ConfigHelper<RpcClient> defaultJRaftClientConfigHelper(
      com.alipay.sofa.jraft.option.RpcOptions options) {
    return null;
  }
}
