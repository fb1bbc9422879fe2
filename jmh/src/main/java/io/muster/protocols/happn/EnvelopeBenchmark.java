package io.muster.protocols.happn;

import io.muster.gateway.Frame;
import io.muster.gateway.Frames;
import io.muster.realtime.Action;
import io.muster.realtime.Publication;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Envelopes in and out: a `set` as the npm client sends it, the event that its subscribers get,
/// and the short answer to it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EnvelopeBenchmark {
  private static final String SESSION = "b3d42e1b-7f0c-4a58-9d6e-2f1f0c9a7d11";

  /// Bytes of text in `data`.
  @Param({"128", "4096"})
  public int size;

  private final JsonOut scratch = new JsonOut(1024);
  private final Answers answers = new Answers(scratch);
  private final Slab frames = new Slab();
  private final HappnDelivery delivery =
      new HappnDelivery("happn_4", "/ALL@/plant1/*", 0, false, false);
  private byte[] frame = {};
  private Request request = new Request();
  private Publication publication =
      new Publication(
          Action.SET, "", new byte[0], null, "", 0, 0, 0, 0, 2, null, null, null, null, false);

  /// The lane's buffer, reused for each frame.
  private static final class Slab implements Frames {
    private final ByteBuf buffer = Unpooled.directBuffer(1 << 16);

    @Override
    public ByteBuf begin(int payloadLength) {
      return buffer.clear();
    }

    @Override
    public Frame end() {
      return new Frame(buffer, 0, buffer.writerIndex());
    }
  }

  /// Makes the frames.
  @Setup
  public void fill() throws RequestParser.Unreadable {
    String data = "{\"m\":\"" + "x".repeat(size) + "\"}";
    frame =
        ("{\"action\":\"set\",\"eventId\":4711,\"path\":\"/plant1/sensor\",\"data\":"
                + data
                + ",\"sessionId\":\""
                + SESSION
                + "\",\"options\":{\"noStore\":true,\"noDataResponse\":true,\"timeout\":60000}}")
            .getBytes(StandardCharsets.US_ASCII);
    request = RequestParser.parse(frame);
    publication =
        new Publication(
            Action.SET,
            "/plant1/sensor",
            data.getBytes(StandardCharsets.US_ASCII),
            null,
            SESSION,
            4711,
            1_795_176_885_550L,
            1_795_176_975_871L,
            0,
            2,
            null,
            "_ADMIN",
            SESSION,
            null,
            false);
  }

  /// Bytes of a request to its parts.
  @Benchmark
  public Object parse() throws RequestParser.Unreadable {
    return RequestParser.parse(frame);
  }

  /// A publication to the frame that all of an audience get.
  @Benchmark
  public Object encodeEvent() {
    return delivery.encode(publication, scratch, frames);
  }

  /// The answer to a write with `noDataResponse`.
  @Benchmark
  public Object encodeAnswer() {
    return answers.brief(request, true);
  }
}
