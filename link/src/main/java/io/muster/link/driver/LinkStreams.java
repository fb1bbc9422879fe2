package io.muster.link.driver;

import io.muster.kernel.ErrorCode;
import io.muster.kernel.MusterException;
import io.muster.link.LinkPeer;
import io.muster.link.LinkStream;
import io.muster.link.core.FrameType;
import io.muster.link.core.StreamFrame;
import io.muster.link.core.Streams;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The streams of one link: threads that read and write on one side, frames on the other, and
/// [Streams] between them under one lock, which is held for the time of a copy at most.
final class LinkStreams {
  private final ReentrantLock lock = new ReentrantLock();
  private final Streams core;
  private final Map<Long, Handle> handles = new HashMap<>();
  private final LinkPeer peer;
  private final Runnable wake;
  private final Consumer<LinkStream> serve;
  private final Runnable mayBlock;

  /// @param dialled whether this side dialled
  /// @param wake tells, on any thread, that [#next] may have something
  /// @param serve takes a stream that the peer opened; must not block
  /// @param mayBlock throws where waiting would stop an I/O thread
  LinkStreams(
      boolean dialled,
      LinkPeer peer,
      Runnable wake,
      Consumer<LinkStream> serve,
      Runnable mayBlock) {
    this.core = new Streams(dialled, Streams.Limits.VERSION_2);
    this.peer = peer;
    this.wake = wake;
    this.serve = serve;
    this.mayBlock = mayBlock;
  }

  /// Opens a stream.
  ///
  /// @throws MusterException `overloaded` when as many as may be are open
  LinkStream open(String service, byte[] head) {
    lock.lock();
    try {
      OptionalLong id = core.open(service, head);
      if (id.isEmpty()) {
        throw new MusterException(
            ErrorCode.OVERLOADED,
            Streams.Limits.VERSION_2.streamsMax()
                + " streams to "
                + peer.name()
                + " are open, no more are allowed; close some or try later");
      }
      Handle handle = new Handle(id.getAsLong(), service, head.clone());
      handles.put(handle.id, handle);
      return handle;
    } finally {
      lock.unlock();
      wake.run();
    }
  }

  /// Takes a frame of the peer; on the I/O thread.
  ///
  /// @return why the link must end, null when all is well
  @Nullable String received(FrameType type, byte[] body) {
    StreamFrame frame;
    try {
      frame = StreamFrame.decode(type, body);
    } catch (IllegalArgumentException e) {
      return e.getMessage();
    }
    Handle opened = null;
    lock.lock();
    try {
      for (Streams.Effect effect : core.receive(frame)) {
        switch (effect) {
          case Streams.Effect.Opened o -> {
            opened = new Handle(o.stream(), o.service(), o.head());
            handles.put(o.stream(), opened);
          }
          case Streams.Effect.Changed c -> {
            Handle changed = handles.get(c.stream());
            if (changed != null) changed.news.signalAll();
          }
          case Streams.Effect.Violated v -> {
            return v.reason();
          }
        }
      }
      // Room to write comes by frames that leave, not by those that arrive.
      if (core.waiting()) wake.run();
    } finally {
      lock.unlock();
    }
    if (opened != null) serve.accept(opened);
    return null;
  }

  /// The next frame to send that goes before data, null when none waits; on the I/O thread.
  @Nullable StreamFrame control() {
    lock.lock();
    try {
      return core.control();
    } finally {
      lock.unlock();
    }
  }

  /// The next frame to send, null when none can go; on the I/O thread.
  @Nullable StreamFrame next() {
    lock.lock();
    try {
      StreamFrame frame = core.next();
      if (frame instanceof StreamFrame.Data d) {
        Handle sent = handles.get(d.stream());
        if (sent != null) sent.news.signalAll();
      }
      return frame;
    } finally {
      lock.unlock();
    }
  }

  /// The link has gone; every stream fails.
  void lost(String text) {
    lock.lock();
    try {
      core.lost(ErrorCode.LINK_LOST.number(), text);
      handles.values().forEach(h -> h.news.signalAll());
    } finally {
      lock.unlock();
    }
  }

  boolean idle() {
    lock.lock();
    try {
      return core.size() == 0;
    } finally {
      lock.unlock();
    }
  }

  private final class Handle implements LinkStream {
    final long id;
    final String service;
    final byte[] head;
    final Condition news = lock.newCondition();
    boolean closed;
    boolean ended;

    Handle(long id, String service, byte[] head) {
      this.id = id;
      this.service = service;
      this.head = head;
    }

    @Override
    public LinkPeer peer() {
      return peer;
    }

    @Override
    public String service() {
      return service;
    }

    @Override
    public byte[] head() {
      return head.clone();
    }

    private void check() {
      if (closed) throw new IllegalStateException(this + " is closed");
      Streams.Failure f = core.failure(id);
      if (f == null) return;
      ErrorCode code = ErrorCode.LINK_STREAM_RESET;
      for (ErrorCode c : ErrorCode.values()) if (c.number() == f.code()) code = c;
      throw new MusterException(code, this + (f.ours() ? ": " : " was reset there: ") + f.text());
    }

    /// Waits for news.
    ///
    /// @return the rest of `nanos`
    @SuppressWarnings("WaitNotInLoop") // its callers loop, and look at what they wait for
    private long await(long nanos, String what) {
      try {
        long left = nanos > 0 ? news.awaitNanos(nanos) : 0;
        if (left > 0) return left;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        core.reset(id, ErrorCode.LINK_STREAM_RESET.number(), "interrupted");
        wake.run();
        check();
      }
      throw new MusterException(ErrorCode.LINK_TIMEOUT, this + ": " + what);
    }

    @Override
    public byte @Nullable [] read(Duration limit) {
      mayBlock.run();
      lock.lock();
      try {
        long nanos = limit.toNanos();
        while (true) {
          check();
          byte[] bytes = core.take(id, StreamFrame.DATA_BYTES_MAX);
          if (bytes.length > 0) {
            if (core.controlWaiting()) wake.run();
            return bytes;
          }
          if (core.ended(id)) return null;
          nanos = await(nanos, "nothing came in " + limit.toMillis() + " ms");
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void write(byte[] bytes, Duration limit) {
      mayBlock.run();
      lock.lock();
      try {
        long nanos = limit.toNanos();
        for (int at = 0; at < bytes.length; ) {
          check();
          if (ended) throw new IllegalStateException(this + " was ended here");
          if (core.shut(id)) {
            throw new MusterException(
                ErrorCode.LINK_STREAM_RESET, this + ": the other end takes no more");
          }
          int n = core.write(id, bytes, at, bytes.length - at);
          if (n > 0) {
            at += n;
            nanos = limit.toNanos();
            wake.run();
          } else {
            nanos = await(nanos, "no room to write in " + limit.toMillis() + " ms");
          }
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void end() {
      change(
          () -> {
            ended = true;
            core.end(id);
          });
    }

    @Override
    public void reset(ErrorCode code, String text) {
      change(() -> core.reset(id, code.number(), text));
    }

    @Override
    public void close() {
      change(
          () -> {
            closed = true;
            handles.remove(id);
            core.release(id);
          });
    }

    private void change(Runnable change) {
      lock.lock();
      try {
        if (closed) return;
        change.run();
        news.signalAll();
      } finally {
        lock.unlock();
        wake.run();
      }
    }

    @Override
    public String toString() {
      return "stream " + id + " '" + service + "' with " + peer.name();
    }
  }
}
