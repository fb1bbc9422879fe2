package io.muster.plugins.check.net;

import io.muster.spi.check.Finding;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.CompletableFuture;

/// One connection to one target, from its beginning to a finding; used once, on the event loop.
/// Must not block, and bounds what it keeps of what comes.
public abstract class Conversation extends ChannelInboundHandlerAdapter {
  private final CompletableFuture<Finding> answer = new CompletableFuture<>();
  private boolean tls;
  private boolean begun;
  private boolean left;

  /// Completed by [#end]; whoever cancels it ends the connection.
  public final CompletableFuture<Finding> answer() {
    return answer;
  }

  /// Puts codecs before this handler; the connection is not there yet.
  protected void prepare(ChannelPipeline pipeline) {}

  /// The connection is there, TLS included. The first to speak may speak now.
  protected abstract void begin(ChannelHandlerContext ctx);

  /// Something has come; it is released afterwards.
  protected abstract void read(ChannelHandlerContext ctx, Object message);

  /// The other side closed before [#end].
  protected Finding closed() {
    return Finding.critical("Connection closed before an answer");
  }

  /// Says what was found and closes; what comes later is not looked at.
  protected final void end(ChannelHandlerContext ctx, Finding finding) {
    // Closed first: whoever learns the finding may count open connections.
    ctx.close();
    answer.complete(finding);
  }

  /// Says what was found after a last word.
  protected final void endAfter(ChannelHandlerContext ctx, Object last, Finding finding) {
    ctx.writeAndFlush(last).addListener(_ -> ctx.close());
    answer.complete(finding);
  }

  /// Closes without a finding: another conversation will give the answer.
  protected final void leave(ChannelHandlerContext ctx) {
    left = true;
    ctx.close();
  }

  private boolean over() {
    return left || answer.isDone();
  }

  /// Bytes to send that are kept by the caller for the next probe.
  protected static ByteBuf bytes(byte[] kept) {
    return Unpooled.wrappedBuffer(kept);
  }

  /// Of a name with several addresses each is tried with a pipeline of its own, one after the
  /// other, and this handler is in all of them.
  @Override
  public final boolean isSharable() {
    return true;
  }

  final void expectTls() {
    tls = true;
  }

  @Override
  public final void channelActive(ChannelHandlerContext ctx) {
    if (!tls) start(ctx);
  }

  private void start(ChannelHandlerContext ctx) {
    if (begun || over()) return;
    begun = true;
    begin(ctx);
  }

  @Override
  public final void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) start(ctx);
      else end(ctx, Failures.finding(handshake.cause()));
      return;
    }
    event(ctx, event);
  }

  /// An event of a codec that [#prepare] put there.
  protected void event(ChannelHandlerContext ctx, Object event) {}

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (!over()) read(ctx, message);
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public final void channelInactive(ChannelHandlerContext ctx) {
    if (!over()) end(ctx, closed());
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable e) {
    if (over()) ctx.close();
    else end(ctx, Failures.finding(e));
  }
}
