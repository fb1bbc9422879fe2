package io.muster.gateway.driver;

import io.muster.gateway.Frame;
import io.muster.gateway.Frames;
import io.muster.gateway.GatewaySettings;
import io.muster.kernel.Lane;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// One event loop as a lane, with its turn buffer.
///
/// Frames are appended to a slab, one behind the other; a connection that gets neighbouring frames
/// keeps one growing range. When the loop has served all ready sockets, each connection that got
/// something is written once: a thousand small frames to one client cost one system call.
final class NettyLane implements Lane, Frames {
  static final int SLAB = 256 << 10;
  private final int index;
  private final EventLoop loop;
  private final ByteBufAllocator allocator;
  private final List<WebSocketConnection> dirty = new ArrayList<>();
  private @Nullable ByteBuf slab;
  private int begun;
  private boolean turnEnding;

  // Counters: written by the lane, read by anybody who can bear a stale value.
  volatile int connections;
  long accepted;
  long framesIn;
  long framesOut;
  long bytesIn;
  long bytesOut;
  long slowClosed;
  long rateClosed;

  // Limits, which may change while the gateway is open: written and read by the lane.
  int connectionsMax;
  long queueBytesMax;

  NettyLane(int index, EventLoop loop, ByteBufAllocator allocator, GatewaySettings settings) {
    connectionsMax = share(settings.connectionsMax(), settings);
    queueBytesMax = settings.queueBytesMax();
    this.index = index;
    this.loop = loop;
    this.allocator = allocator;
  }

  /// What one lane may have of the connections that all have together, rounded up.
  static int share(int connectionsMax, GatewaySettings settings) {
    return (connectionsMax + settings.lanes() - 1) / settings.lanes();
  }

  EventLoop loop() {
    return loop;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public boolean inLane() {
    return loop.inEventLoop();
  }

  @Override
  public boolean offer(Runnable task) {
    try {
      loop.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  @Override
  public ByteBuf begin(int payloadLength) {
    int header = payloadLength < 126 ? 2 : payloadLength < 65536 ? 4 : 10;
    ByteBuf s = slab;
    if (s == null || s.writableBytes() < header + payloadLength) {
      if (s != null) s.release();
      int capacity = Math.max(SLAB, header + payloadLength);
      s = allocator.directBuffer(capacity, capacity);
      slab = s;
    }
    begun = s.writerIndex();
    s.writeByte(0x81);
    if (payloadLength < 126) {
      s.writeByte(payloadLength);
    } else if (payloadLength < 65536) {
      s.writeByte(126).writeShort(payloadLength);
    } else {
      s.writeByte(127).writeLong(payloadLength);
    }
    return s;
  }

  @Override
  public Frame end() {
    ByteBuf s = slab;
    if (s == null) throw new IllegalStateException("no frame was begun");
    return new Frame(s, begun, s.writerIndex());
  }

  /// The connection has something to write at the end of this turn.
  void dirty(WebSocketConnection c) {
    dirty.add(c);
    if (turnEnding) return;
    turnEnding = true;
    loop.execute(this::endTurn);
  }

  private void endTurn() {
    turnEnding = false;
    // A write may end a connection, which may tell others: what they get belongs to the next turn.
    int n = dirty.size();
    for (int i = 0; i < n; i++) dirty.get(i).flushTurn();
    if (n == dirty.size()) dirty.clear();
    else dirty.subList(0, n).clear();
    if (dirty.isEmpty()) return;
    turnEnding = true;
    loop.execute(this::endTurn);
  }
}
