package io.muster.link.driver;

import io.muster.link.LinkChannel;
import io.muster.link.core.FrameType;
import io.muster.link.core.StreamFrame;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What waits to be sent on one link: pings and farewells first, then what steers streams, then a
/// queue per channel, served in turn, small frames copied into one batch per turn, large ones in
/// parts, so that no channel delays another by more than a part (60 KiB). The streams take one turn
/// together with one frame of data (16 KiB), and no more of it than 128 KiB is ahead of the socket
/// at a time: what comes later on a channel does not wait behind more.
///
/// Any thread offers; the link's I/O thread drains, one flush per turn.
final class Outbox {
  private static final int PART = 60 << 10;
  private static final int TURN = 256 << 10;
  private static final int STREAMED_MAX = 128 << 10;

  /// One frame to be: the head (channel, id) and the payload.
  private record Item(FrameType type, int channel, long id, byte[] payload) {
    int bodyLength() {
      return head() + payload.length;
    }

    int head() {
      return switch (type) {
        case CALL, RESULT, ERROR -> 9;
        case MESSAGE -> 1;
        default -> 0;
      };
    }

    void writeTo(ByteBuf out) {
      out.writeByte(type.id());
      if (head() > 0) out.writeByte(channel);
      if (head() > 1) out.writeLong(id);
      out.writeBytes(payload);
    }
  }

  /// A large frame on its way: what is left of it.
  private static final class Sending {
    private final int channel;
    private final ByteBuf rest;

    Sending(int channel, ByteBuf rest) {
      this.channel = channel;
      this.rest = rest;
    }
  }

  private final Channel channel;
  private final long bytesMax;
  private final Queue<Item> control = new ConcurrentLinkedQueue<>();
  /// By the channel's id; the streams have the turn of 0, which is no channel's.
  private final Queue<Item>[] queues;

  private final @Nullable Sending[] sending;
  private final AtomicLong waiting = new AtomicLong();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private volatile boolean closed;
  private @Nullable LinkStreams streams;
  private int streamed;
  private int turn;

  @SuppressWarnings({"unchecked", "rawtypes"})
  Outbox(Channel channel, long bytesMax) {
    this.channel = channel;
    this.bytesMax = bytesMax;
    int n = LinkChannel.values().length + 1;
    queues = new Queue[n];
    sending = new Sending[n];
    for (int i = 0; i < n; i++) queues[i] = new ConcurrentLinkedQueue<>();
  }

  /// Sends what the link's streams have, too; on the I/O thread.
  void carry(LinkStreams all) {
    streams = all;
  }

  /// Tells that streams may have something to send; any thread.
  void wake() {
    schedule();
  }

  /// Queues a frame that must not wait behind payloads: pings and farewells.
  void control(FrameType type, byte[] body) {
    control.add(new Item(type, 0, 0, body));
    schedule();
  }

  /// Queues a frame of a channel.
  ///
  /// @return false when the link is closed or its queue is full: nothing was queued
  boolean offer(FrameType type, int channelId, long id, byte[] payload) {
    if (closed) return false;
    long cost = payload.length + 64L;
    // A single payload larger than the bound may go when nothing else waits.
    if (waiting.addAndGet(cost) > bytesMax && waiting.get() > cost) {
      waiting.addAndGet(-cost);
      return false;
    }
    queues[channelId].add(new Item(type, channelId, id, payload));
    schedule();
    return true;
  }

  private void schedule() {
    // Streams are given back after their link has gone, too: its I/O thread may have ended.
    if (closed) return;
    if (scheduled.compareAndSet(false, true)) Transport.run(channel.eventLoop(), this::drain);
  }

  /// Writes what fits; called on the I/O thread, also when the channel becomes writable again.
  void drain() {
    scheduled.set(false);
    if (closed) return;
    boolean wrote = false;
    while (channel.isWritable()) {
      ByteBuf batch = channel.alloc().directBuffer(8 << 10);
      int data = fill(batch);
      if (!batch.isReadable()) {
        batch.release();
        break;
      }
      if (data == 0) {
        channel.write(batch, channel.voidPromise());
      } else {
        streamed += data;
        channel
            .write(batch)
            .addListener(
                _ -> {
                  streamed -= data;
                  schedule();
                });
      }
      wrote = true;
    }
    if (wrote) channel.flush();
  }

  /// @return how many bytes of streams are in the batch
  private int fill(ByteBuf batch) {
    for (Item item; (item = control.poll()) != null; ) frame(batch, item);
    LinkStreams all = streams;
    for (StreamFrame f; all != null && (f = all.control()) != null; ) frame(batch, f);
    int data = 0;
    int idle = 0;
    while (batch.readableBytes() < TURN && idle < queues.length) {
      turn = (turn + 1) % queues.length;
      int before = batch.readableBytes();
      if (turn == 0) {
        if (all != null && streamed + data < STREAMED_MAX) {
          StreamFrame f = all.next();
          if (f != null) frame(batch, f);
          data += batch.readableBytes() - before;
        }
      } else {
        one(batch, turn);
      }
      idle = batch.readableBytes() > before ? 0 : idle + 1;
    }
    return data;
  }

  /// Up to one part of one channel.
  private void one(ByteBuf batch, int q) {
    Sending large = sending[q];
    if (large != null) {
      part(batch, large);
      if (!large.rest.isReadable()) {
        large.rest.release();
        sending[q] = null;
      }
      return;
    }
    int before = batch.readableBytes();
    for (Item item; batch.readableBytes() - before < PART && (item = queues[q].poll()) != null; ) {
      waiting.addAndGet(-(item.payload.length + 64L));
      if (item.payload.length <= PART) {
        frame(batch, item);
      } else {
        ByteBuf inner = channel.alloc().directBuffer(item.bodyLength() + 1);
        item.writeTo(inner);
        waiting.addAndGet(inner.readableBytes());
        Sending first = new Sending(item.channel, inner);
        sending[q] = first;
        // More than a part, so something is left of it.
        if (batch.readableBytes() == before) part(batch, first);
        return;
      }
    }
  }

  private void part(ByteBuf batch, Sending large) {
    int n = Math.min(PART, large.rest.readableBytes());
    batch.writeInt(3 + n).writeByte(FrameType.PART.id()).writeByte(large.channel);
    batch.writeByte(n == large.rest.readableBytes() ? 1 : 0);
    batch.writeBytes(large.rest, n);
    waiting.addAndGet(-n);
  }

  private static void frame(ByteBuf batch, StreamFrame frame) {
    byte[] body = frame.body();
    batch.writeInt(1 + body.length).writeByte(frame.type().id()).writeBytes(body);
  }

  private static void frame(ByteBuf batch, Item item) {
    batch.writeInt(1 + item.bodyLength());
    item.writeTo(batch);
  }

  /// Drops what waits; on the I/O thread.
  void close() {
    closed = true;
    control.clear();
    for (int i = 0; i < queues.length; i++) {
      queues[i].clear();
      Sending large = sending[i];
      if (large != null) large.rest.release();
      sending[i] = null;
    }
  }

  /// Bytes that wait to be handed to the socket.
  long waiting() {
    return waiting.get();
  }
}
