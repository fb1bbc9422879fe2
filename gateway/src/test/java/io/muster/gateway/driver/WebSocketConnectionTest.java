package io.muster.gateway.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The decoder by the sections of RFC 6455.
class WebSocketConnectionTest {
  private final EmbeddedClient client = new EmbeddedClient();

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  private static byte[] utf8(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void theExampleOfTheStandardIsUnderstood() {
    client.write(hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"));

    assertThat(client.told).containsExactly("text Hello");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 125, 126, 127, 65_535, 65_536, 300_000})
  void everyFormOfTheLengthIsRead(int length) {
    String text = "x".repeat(length);

    client.write(new ClientFrames().text(text).text("next"));

    assertThat(client.told).containsExactly("text " + text, "text next");
  }

  @Test
  void controlFramesMayStandBetweenFragments() {
    client.write(
        new ClientFrames()
            .frame(ClientFrames.TEXT, false, utf8("one "))
            .frame(ClientFrames.PING, true, new byte[] {1, 2})
            .frame(ClientFrames.CONTINUATION, false, new byte[0])
            .frame(ClientFrames.PONG, true, new byte[] {3})
            .frame(ClientFrames.CONTINUATION, true, utf8("message"))
            .frame(ClientFrames.BINARY, true, new byte[] {9}));

    assertThat(client.told).containsExactly("text one message", "binary 09");
    assertThat(client.answers()).containsExactly("pong 0102");
  }

  @Test
  void aCharacterMayBeSplitBetweenFragments() {
    byte[] euro = utf8("€");

    client.write(
        new ClientFrames()
            .frame(ClientFrames.TEXT, false, new byte[] {euro[0]})
            .frame(ClientFrames.CONTINUATION, true, new byte[] {euro[1], euro[2]}));

    assertThat(client.told).containsExactly("text €");
  }

  @ParameterizedTest
  @CsvSource({
    "c1 80 00000000, a reserved bit",
    "a1 80 00000000, another",
    "91 80 00000000, the third",
    "81 00, no mask",
    "83 80 00000000, a reserved data opcode",
    "03 80 00000000, a reserved opcode that goes on",
    "8b 80 00000000, a reserved control opcode",
    "09 80 00000000, a control frame that goes on",
    "89 fe 007e 00000000, a control frame of 126 bytes",
    "80 80 00000000, a continuation of nothing",
    "01 80 00000000 81 80 00000000, a new message within a message",
  })
  void whatTheStandardForbidsEndsTheConnection(String bytes, String what) {
    client.write(hex(bytes)).write(new ClientFrames().text("after"));

    assertThat(client.answers()).as(what).containsExactly("close 1002");
    assertThat(client.told).as(what).containsExactly("closed");
  }

  @ParameterizedTest
  @CsvSource({
    "80, a continuation byte alone",
    "c3, half a character",
    "c0af, an overlong slash",
    "e080af, a longer one",
    "f08080af, the longest",
    "eda080, a surrogate",
    "f4908080, beyond the last character",
    "f880808080, five bytes",
    "41424344454647e282, half a character at the end of a word",
    "ff, no first byte at all"
  })
  void aTextThatIsNotUtf8EndsTheConnection(String bytes, String what) {
    client.write(new ClientFrames().frame(ClientFrames.TEXT, true, hex(bytes)));

    assertThat(client.answers()).as(what).containsExactly("close 1007");
    assertThat(client.told).containsExactly("closed");
  }

  @Test
  void binaryMessagesNeedNotBeUtf8() {
    client.write(new ClientFrames().frame(ClientFrames.BINARY, true, hex("ff80")));

    assertThat(client.told).containsExactly("binary ff80");
  }

  @Test
  void anOversizedMessageIsRefusedByItsHeader() {
    byte[] header = ByteBuffer.allocate(14).put(hex("81 ff")).putLong(1L << 40).putInt(0).array();

    client.write(header);

    assertThat(client.answers()).containsExactly("close 1009");
  }

  @Test
  void aNegativeLengthIsRefused() {
    client.write(hex("81 ff ffffffffffffffff 00000000"));

    assertThat(client.answers()).containsExactly("close 1009");
  }

  @Test
  void fragmentsTogetherMayNotBeLargerThanAMessage() {
    ClientFrames frames =
        new ClientFrames()
            .frame(ClientFrames.TEXT, false, new byte[EmbeddedClient.FRAME_BYTES_MAX - 10])
            .frame(ClientFrames.PING, true, new byte[100])
            .frame(ClientFrames.CONTINUATION, true, new byte[11]);

    client.write(frames);

    assertThat(client.answers()).containsExactly("pong " + "00".repeat(100), "close 1009");
    assertThat(client.told).containsExactly("closed");
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 1000",
    "1001, 1001",
    "1011, 1011",
    "3000, 3000",
    "4999, 4999",
    "0, 1002",
    "999, 1002",
    "1004, 1002",
    "1005, 1002",
    "1006, 1002",
    "1015, 1002",
    "1100, 1002",
    "2999, 1002",
    "5000, 1002",
    "65535, 1002"
  })
  void aCloseIsAnsweredWithItsStatusOrWithWhatIsWrongAboutIt(int status, int answer) {
    client.write(new ClientFrames().close(status, "bye").text("after"));

    assertThat(client.answers()).containsExactly("close " + answer);
    assertThat(client.told).containsExactly("closed");
    assertThat(client.channel.isOpen()).isFalse();
  }

  @Test
  void aCloseMayBeEmptyButNotOneByteLongNorSayNonsense() {
    EmbeddedClient half = new EmbeddedClient();
    EmbeddedClient nonsense = new EmbeddedClient();

    client.write(new ClientFrames().frame(ClientFrames.CLOSE, true, new byte[0]));
    half.write(new ClientFrames().frame(ClientFrames.CLOSE, true, new byte[1]));
    nonsense.write(new ClientFrames().frame(ClientFrames.CLOSE, true, hex("03e8 ff")));

    assertThat(client.answers()).containsExactly("close 1000");
    assertThat(half.answers()).containsExactly("close 1002");
    assertThat(nonsense.answers()).containsExactly("close 1007");
  }

  @Test
  void aLongReasonIsCutBetweenCharacters() {
    Objects.requireNonNull(client.connection).close(1001, "ä".repeat(100) + "x");

    io.netty.buffer.ByteBuf close = client.channel.readOutbound();
    byte[] reason = new byte[close.readableBytes() - 4];
    close.getBytes(4, reason);
    assertThat(reason.length).isLessThanOrEqualTo(123);
    assertThat(new String(reason, StandardCharsets.UTF_8)).matches("ä{60}");
  }

  /// A stranger with many connections would else make the member reserve gigabytes.
  @Test
  void anAnnouncedFrameCostsNothingBeforeItsBytesCome() {
    byte[] whole = new ClientFrames().text("x".repeat(190_000)).bytes();

    client.write(java.util.Arrays.copyOf(whole, 20));

    assertThat(client.held()).isLessThanOrEqualTo(64 << 10);
    client.write(java.util.Arrays.copyOfRange(whole, 20, whole.length));
    assertThat(client.told).hasSize(1);
    assertThat(client.held()).isZero();
  }

  /// Each read ends within a frame: what was decoded has to be let go all the same.
  @Test
  void aClientThatNeverPausesBetweenFramesIsNotKeptInMemory() {
    byte[] frame = new ClientFrames().text("y".repeat(994)).bytes();
    client.write(java.util.Arrays.copyOf(frame, 500));
    byte[] read = new byte[frame.length];
    System.arraycopy(frame, 500, read, 0, frame.length - 500);
    System.arraycopy(frame, 0, read, frame.length - 500, 500);

    for (int i = 0; i < 1000; i++) {
      client.write(read);
      assertThat(client.held()).isLessThan(4096);
    }

    assertThat(client.told).hasSize(1000);
  }

  @Test
  void theSmallestFrameLimitWorks() {
    EmbeddedClient small = new EmbeddedClient(1024);
    byte[] frame = new ClientFrames().text("z".repeat(1024)).bytes();

    small.write(java.util.Arrays.copyOf(frame, frame.length - 1));
    small.write(new byte[] {frame[frame.length - 1]});

    assertThat(small.told).containsExactly("text " + "z".repeat(1024));
  }

  @Test
  void whoPingsAndNeverReadsIsClosedAtTheBound() {
    byte[] ping = new ClientFrames().frame(ClientFrames.PING, true, new byte[125]).bytes();
    // Nothing leaves an embedded channel whose outbound buffer is told not to be writable.
    client.channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
    client.channel.pipeline().addFirst(new HeldWrites());

    for (int i = 0; i < 20_000 && client.channel.isOpen(); i++) {
      client.channel.writeInbound(io.netty.buffer.Unpooled.wrappedBuffer(ping));
    }

    assertThat(client.channel.isOpen()).isFalse();
    assertThat(client.lane.slowClosed).isOne();
  }

  /// Writes reach the outbound buffer and are never flushed, as towards a peer that does not read.
  private static final class HeldWrites extends io.netty.channel.ChannelOutboundHandlerAdapter {
    @Override
    public void flush(io.netty.channel.ChannelHandlerContext ctx) {
      // Held.
    }
  }

  @Test
  void theEndOfTheSocketIsToldOnceAndLeavesNothing() {
    client.write(java.util.Arrays.copyOf(new ClientFrames().text("never whole").bytes(), 9));

    client.end();

    assertThat(client.told).containsExactly("closed");
    assertThat(client.held()).isZero();
    assertThat(client.lane.connections).isZero();
  }
}
