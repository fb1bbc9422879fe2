package io.muster.plugins.check.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.muster.plugins.check.redis.RespReader.BadReplyException;
import io.muster.testing.Seeds;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RespReaderTest {
  private static List<Reply> read(RespReader reader, byte[] bytes) throws BadReplyException {
    reader.add(Unpooled.wrappedBuffer(bytes));
    List<Reply> replies = new ArrayList<>();
    for (Optional<Reply> r = reader.next(); r.isPresent(); r = reader.next()) replies.add(r.get());
    return replies;
  }

  private static List<Reply> read(String text) throws BadReplyException {
    return read(new RespReader(10_000), text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void repliesOfAllSorts() throws BadReplyException {
    assertThat(
            read(
                "+OK\r\n"
                    + "-ERR no\r\n"
                    + ":-7\r\n"
                    + "$3\r\n"
                    + "a\n"
                    + "b\r\n"
                    + "$-1\r\n"
                    + "*-1\r\n"
                    + "*2\r\n"
                    + ":1\r\n"
                    + "*1\r\n"
                    + "$0\r\n\r\n"))
        .containsExactly(
            new Reply.Text("OK"),
            new Reply.Failure("ERR no"),
            new Reply.Whole(-7),
            new Reply.Text("a\nb"),
            new Reply.Nothing(),
            new Reply.Nothing(),
            new Reply.Many(
                List.of(new Reply.Whole(1), new Reply.Many(List.of(new Reply.Text(""))))));
  }

  @Test
  void whatIsNoRedisIsRefusedAtOnce() {
    for (String bad :
        List.of(
            "HTTP/1.1 200 OK\r\n",
            "+OK\n",
            ":x\r\n",
            "$99999\r\n",
            "$-2\r\n",
            "*99999\r\n",
            "$1\r\nabc",
            ":99999999999999999999\r\n",
            "*1\r\n".repeat(20))) {
      assertThatThrownBy(() -> read(bad)).as(bad).isInstanceOf(BadReplyException.class);
    }
    assertThatThrownBy(() -> read("+" + "x".repeat(70_000))).isInstanceOf(BadReplyException.class);
    assertThatThrownBy(() -> read("$9000\r\n" + "x".repeat(100_000)))
        .isInstanceOf(BadReplyException.class);
  }

  /// However the bytes are cut, the same replies come out.
  @Test
  void piecesMakeNoDifference() {
    Seeds.each(
        200,
        (_, random) -> {
          StringBuilder text = new StringBuilder();
          List<Reply> wanted = new ArrayList<>();
          for (int i = 0; i < 20; i++) wanted.add(write(text, random, 0));
          byte[] all = text.toString().getBytes(StandardCharsets.UTF_8);
          RespReader reader = new RespReader(10_000);
          List<Reply> found = new ArrayList<>();
          for (int at = 0; at < all.length; ) {
            int n = Math.min(all.length - at, 1 + random.nextInt(30));
            byte[] piece = new byte[n];
            System.arraycopy(all, at, piece, 0, n);
            found.addAll(read(reader, piece));
            at += n;
          }
          assertThat(found).isEqualTo(wanted);
        });
  }

  private static Reply write(StringBuilder out, Random random, int depth) {
    switch (random.nextInt(depth < 3 ? 5 : 4)) {
      case 0 -> {
        out.append("+abc\r\n");
        return new Reply.Text("abc");
      }
      case 1 -> {
        int n = random.nextInt();
        out.append(':').append(n).append("\r\n");
        return new Reply.Whole(n);
      }
      case 2 -> {
        String s = "x\r\n".repeat(random.nextInt(20));
        out.append('$').append(s.length()).append("\r\n").append(s).append("\r\n");
        return new Reply.Text(s);
      }
      case 3 -> {
        out.append("-ERR x\r\n");
        return new Reply.Failure("ERR x");
      }
      default -> {
        int n = random.nextInt(4);
        out.append('*').append(n).append("\r\n");
        List<Reply> all = new ArrayList<>();
        for (int i = 0; i < n; i++) all.add(write(out, random, depth + 1));
        return new Reply.Many(all);
      }
    }
  }
}
