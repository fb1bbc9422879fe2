package io.muster.plugins.check.http;

import com.google.re2j.Pattern;
import io.muster.plugins.check.net.Conversation;
import io.muster.plugins.check.net.Dialer;
import io.muster.plugins.check.net.TlsDialog;
import io.muster.plugins.check.net.TlsOptions;
import io.muster.spi.check.Check;
import io.muster.spi.check.CheckContext;
import io.muster.spi.check.CheckSetup;
import io.muster.spi.check.Finding;
import io.muster.spi.check.Probe;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Keys of a `tcp` check.
record TcpSetup(
    Optional<byte[]> send,
    Optional<byte[]> expect,
    Optional<Pattern> regex,
    int expectMax,
    TlsOptions tls)
    implements CheckSetup {
  @Override
  public Check open(CheckContext context) {
    TlsDialog dialog = tls.open(null);
    Dialer dialer = new Dialer();
    return new Check() {
      @Override
      public CompletableFuture<Finding> probe(Probe probe) {
        boolean secure = tls.on(probe.target().endpoint(), "tls", "ssl");
        return dialer.dial(probe.target().endpoint(), secure ? dialog : null, new Dialog());
      }

      @Override
      public void close() {
        dialer.close();
      }
    };
  }

  private boolean expects() {
    return expect.isPresent() || regex.isPresent();
  }

  private final class Dialog extends Conversation {
    private final Bytes come = new Bytes(expectMax);

    @Override
    protected void begin(ChannelHandlerContext ctx) {
      if (expects()) {
        send.ifPresent(s -> ctx.writeAndFlush(bytes(s)));
      } else if (send.isPresent()) {
        ctx.writeAndFlush(bytes(send.get()))
            .addListener(
                done -> {
                  if (done.isSuccess()) end(ctx, Finding.PASSED);
                  else exceptionCaught(ctx, done.cause());
                });
      } else {
        end(ctx, Finding.PASSED);
      }
    }

    @Override
    protected void read(ChannelHandlerContext ctx, Object message) {
      if (!expects() || !(message instanceof ByteBuf in)) return;
      come.add(in);
      if (found()) end(ctx, Finding.PASSED);
      else if (come.cut()) end(ctx, missing("in the first " + expectMax + " bytes"));
    }

    private boolean found() {
      if (expect.isPresent()) return Bytes.find(come.all(), expect.get()) >= 0;
      return regex.isPresent() && regex.get().matcher(come.raw()).find();
    }

    private Finding missing(String where) {
      return Finding.critical(
          "What is expected is not " + where + ": '" + Bytes.excerpt(come.raw()) + "'");
    }

    @Override
    protected Finding closed() {
      return come.all().length == 0 ? super.closed() : missing("in what came before the end");
    }
  }
}
