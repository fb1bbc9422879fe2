package io.muster.link;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Bytes both ways between two members, of any length, on their link.
///
/// Who reads slowly slows down who writes, on this stream alone: the other end may send 128 KiB
/// beyond what was read, and up to 64 KiB more wait with it. Calls, messages and pings go before a
/// stream's bytes.
///
/// **Threads.** One thread may read while another writes; both block, so neither may be a lane or
/// an I/O thread. **Failures** are a MusterException, once and for all: `link_lost` when the link
/// broke, else the code and text with which either side reset the stream (`link_stream_reset` when
/// the code is not known here, or when the other end was left before its end). Bytes that came
/// before a failure and were not read are lost. **Lifetime.** Close it: an open stream counts
/// against the 64 that a member may have open to a peer.
public interface LinkStream extends AutoCloseable {
  /// The other end.
  LinkPeer peer();

  String service();

  /// What the opener asked; a copy.
  byte[] head();

  /// The next bytes, 1 to 32 KiB; null when the other end has said all.
  ///
  /// @param limit longest wait
  /// @throws MusterException also `link_timeout` when nothing came in time; may be tried again
  byte @Nullable [] read(Duration limit);

  /// Hands all of `bytes` to the link, in pieces, as the other end takes them.
  ///
  /// @param limit longest wait without any progress
  /// @throws MusterException also `link_timeout`: an unknown part was handed over; and
  ///     `link_stream_reset` when the other end takes no more
  /// @throws IllegalStateException after [#end]
  void write(byte[] bytes, Duration limit);

  /// Says that this end has said all; reading goes on. Does not wait; twice is once.
  void end();

  /// Gives up both directions; the other end fails with `code` and `text`.
  void reset(ErrorCode code, String text);

  /// Gives the stream back. What was written before [#end] still goes; a stream that was not ended
  /// is reset; what is not read is dropped. Does not wait; twice is once.
  @Override
  void close();

  /// [#read] as a Java stream, for one thread. A failure is thrown as it is.
  default InputStream input(Duration limit) {
    return new LinkStreamInput(this, limit);
  }

  /// [#write] as a Java stream, for one thread; its `close` is [#end]. Buffers nothing.
  default OutputStream output(Duration limit) {
    return new LinkStreamOutput(this, limit);
  }
}
