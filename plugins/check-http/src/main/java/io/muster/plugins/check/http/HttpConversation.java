package io.muster.plugins.check.http;

import io.muster.plugins.check.net.Conversation;
import io.muster.spi.check.Finding;
import io.muster.spi.watch.Endpoint;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One request and its answer.
final class HttpConversation extends Conversation {
  private static final HttpDecoderConfig LIMITS =
      new HttpDecoderConfig().setMaxInitialLineLength(4096).setMaxHeaderSize(32_768);

  private final HttpSetup setup;
  private final Endpoint to;
  private final String path;
  private final int redirects;
  private final Function<HttpConversation, CompletableFuture<Finding>> dial;

  /// An answer that only announces the next one, such as `100 Continue`.
  private boolean interim;

  private @Nullable Bytes body;
  private long bodyBytes;

  /// @param redirects how many may still be followed
  /// @param dial how a further conversation begins
  HttpConversation(
      HttpSetup setup,
      Endpoint to,
      String path,
      int redirects,
      Function<HttpConversation, CompletableFuture<Finding>> dial) {
    this.setup = setup;
    this.to = to;
    this.path = path;
    this.redirects = redirects;
    this.dial = dial;
  }

  @Override
  protected void prepare(ChannelPipeline pipeline) {
    boolean head = setup.method().equals("HEAD");
    pipeline.addLast(
        new HttpResponseDecoder(LIMITS) {
          @Override
          protected boolean isContentAlwaysEmpty(HttpMessage message) {
            return head || super.isContentAlwaysEmpty(message);
          }
        });
  }

  @Override
  protected void begin(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(bytes(setup.request(to, path)));
  }

  @Override
  protected void read(ChannelHandlerContext ctx, Object message) {
    if (message instanceof HttpResponse response) answered(ctx, response);
    if (!answer().isDone() && message instanceof HttpContent content) content(ctx, content);
  }

  private void answered(ChannelHandlerContext ctx, HttpResponse response) {
    if (response.decoderResult().isFailure()) {
      end(ctx, Finding.critical("The answer is no HTTP"));
      return;
    }
    int code = response.status().code();
    interim = code < 200 && code != 101;
    if (interim) return;
    String location = response.headers().get(HttpHeaderNames.LOCATION);
    if (redirects > 0 && location != null && (code / 100 == 3 && code != 304)) {
      follow(ctx, location);
      return;
    }
    if (!setup.status().has(code)) {
      end(ctx, Finding.critical("HTTP " + code + ", expected " + setup.status()));
      return;
    }
    if (setup.looks()) body = new Bytes(setup.bodyMax());
  }

  private void content(ChannelHandlerContext ctx, HttpContent content) {
    boolean last = content instanceof LastHttpContent;
    if (interim) {
      interim = !last;
      return;
    }
    if (content.decoderResult().isFailure()) {
      end(ctx, Finding.critical("The answer broke off, or is no HTTP"));
      return;
    }
    bodyBytes += content.content().readableBytes();
    if (body != null) body.add(content.content());
    if (last || bodyBytes > setup.bodyMax()) end(ctx, judge());
  }

  private Finding judge() {
    Bytes all = body;
    if (all == null) return Finding.PASSED;
    if (setup.match().isPresent() && !setup.match().get().matcher(all.text()).find()) {
      String where = all.cut() ? "the first " + setup.bodyMax() + " bytes of the body" : "the body";
      return Finding.critical("No match in " + where + ": '" + Bytes.excerpt(all.text()) + "'");
    }
    if (setup.json().isEmpty()) return Finding.PASSED;
    if (all.cut()) {
      return Finding.critical("The body is longer than " + setup.bodyMax() + " bytes");
    }
    Optional<String> problem = setup.json().get().problem(all.all());
    return problem.map(p -> Finding.critical("JSON: " + p)).orElse(Finding.PASSED);
  }

  /// Only to the same target: where else an answer points to is not what is watched, and nothing
  /// that a target says makes this member connect to others.
  private void follow(ChannelHandlerContext ctx, String location) {
    String next;
    try {
      URI here = new URI((setup.secure(to) ? "https://" : "http://") + setup.host(to) + path);
      URI there = here.resolve(new URI(location));
      String authority = there.getRawAuthority();
      if (!here.getScheme().equalsIgnoreCase(there.getScheme())
          || authority == null
          || !authority.equalsIgnoreCase(here.getRawAuthority())) {
        end(ctx, Finding.critical("Redirected elsewhere: " + Bytes.excerpt(location)));
        return;
      }
      String query = there.getRawQuery() == null ? "" : "?" + there.getRawQuery();
      next = (there.getRawPath().isEmpty() ? "/" : there.getRawPath()) + query;
    } catch (URISyntaxException | IllegalArgumentException e) {
      end(ctx, Finding.critical("Redirected to what is no URL: " + Bytes.excerpt(location)));
      return;
    }
    if (!next.matches("/[!-~]*")) {
      end(ctx, Finding.critical("Redirected to what is no URL: " + Bytes.excerpt(location)));
      return;
    }
    CompletableFuture<Finding> further =
        dial.apply(new HttpConversation(setup, to, next, redirects - 1, dial));
    // Whoever cancels the first connection cancels the one that took over.
    answer()
        .whenComplete(
            (_, _) -> {
              if (answer().isCancelled()) further.cancel(true);
            });
    further.whenComplete(
        (finding, e) -> {
          if (e == null) answer().complete(finding);
          else answer().completeExceptionally(e);
        });
    leave(ctx);
  }
}
