package io.muster.plugins.check.redis;

import io.muster.plugins.check.net.Conversation;
import io.muster.plugins.check.redis.RespReader.BadReplyException;
import io.muster.spi.check.Finding;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Commands and their replies on one connection.
final class RedisConversation extends Conversation {
  /// What the replies mean.
  interface Judge {
    /// @param replies to the check's own commands, in their order, none of them an error of the
    ///     greeting
    Finding judge(List<Reply> replies);
  }

  private final byte[] request;
  private final int greetings;
  private final int wanted;
  private final RespReader reader;
  private final Judge judge;
  private final List<Reply> replies = new ArrayList<>();
  private int greeted;

  /// @param request all commands, as [#encode] writes them
  /// @param greetings how many of them come before the check's own
  /// @param wanted replies to the check's own
  RedisConversation(byte[] request, int greetings, int wanted, int replyMax, Judge judge) {
    this.request = request;
    this.greetings = greetings;
    this.wanted = wanted;
    this.reader = new RespReader(replyMax);
    this.judge = judge;
  }

  static byte[] encode(List<List<String>> commands) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (List<String> command : commands) {
      out.writeBytes(("*" + command.size() + "\r\n").getBytes(StandardCharsets.US_ASCII));
      for (String word : command) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(bytes);
        out.writeBytes(new byte[] {'\r', '\n'});
      }
    }
    return out.toByteArray();
  }

  @Override
  protected void begin(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(bytes(request));
  }

  @Override
  protected void read(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf in)) return;
    try {
      reader.add(in);
      while (!answer().isDone()) {
        Optional<Reply> reply = reader.next();
        if (reply.isEmpty()) return;
        take(ctx, reply.get());
      }
    } catch (BadReplyException e) {
      end(ctx, Finding.critical(String.valueOf(e.getMessage())));
    }
  }

  private void take(ChannelHandlerContext ctx, Reply reply) {
    if (greeted < greetings) {
      greeted++;
      if (reply instanceof Reply.Failure f) end(ctx, failed(f));
      return;
    }
    replies.add(reply);
    if (replies.size() == wanted) end(ctx, judge.judge(replies));
  }

  /// An error as a finding.
  static Finding failed(Reply.Failure failure) {
    if (failure.message().startsWith("LOADING")) {
      return Finding.critical("Redis is still loading");
    }
    return Finding.critical(failure.message().isEmpty() ? "An error" : failure.message());
  }
}
