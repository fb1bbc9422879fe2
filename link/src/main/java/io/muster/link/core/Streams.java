package io.muster.link.core;

import io.muster.kernel.ErrorCode;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All streams of one end of a link, as decisions: what the application and the peer do goes in,
/// frames for the peer and news for the application come out. Confined by its owner's lock.
///
/// **Credit.** Each end may send [Limits#window] bytes on a stream and [Limits#linkWindow] bytes on
/// all streams of the link beyond what it was granted since; a grant follows when the application
/// at the other end has *taken* bytes. Whoever sends more breaks the protocol and the link ends. A
/// stream whose bytes nobody takes stops by itself: the link's window is larger than those of all
/// possible streams together ([Limits] checks it), so that it cannot be used up by streams that
/// stand still. It binds where streams are opened and reset faster than their bytes are seen.
///
/// **Bounds.** Each end opens at most [Limits#streamsMax]; a stream counts until both directions
/// have ended (or it was reset) *and* the application has released it. A link thus keeps at most
/// `2 × streamsMax × window` bytes that came and were not taken, as many that wait to be sent
/// ([Limits#sendMax] each), and one small frame of each other kind per stream.
///
/// **Order.** Data of a stream stays in order, its end behind it; opening, credit, stops and resets
/// go first. Streams with data take turns, one frame each.
public final class Streams {
  /// Part of version 2 of links: both ends rely on them.
  ///
  /// @param streamsMax that each end may have open
  /// @param window bytes of a stream that may be under way or not taken
  /// @param linkWindow the same for all streams together
  /// @param sendMax bytes of a stream that may wait to be sent; this end's own affair
  /// @param frame most bytes in one DATA frame sent
  public record Limits(int streamsMax, int window, int linkWindow, int sendMax, int frame) {
    /// 64 streams of each side, 128 KiB each: 16 MiB for what nobody takes, 8 MiB to send.
    public static final Limits VERSION_2 = new Limits(64, 128 << 10, 20 << 20, 64 << 10, 16 << 10);

    public Limits {
      if (streamsMax < 1 || window < 2 || sendMax < 1) {
        throw new IllegalArgumentException("limits below their least values");
      }
      if (frame < 1 || frame > StreamFrame.DATA_BYTES_MAX) {
        throw new IllegalArgumentException("frames of " + frame + " bytes");
      }
      // Granted late (see #linkGrant), the link's window must still not bind those who read.
      if (linkWindow - linkWindow / 8 <= 2L * streamsMax * window) {
        throw new IllegalArgumentException("streams that stand still could block the others");
      }
    }

    /// Bytes taken before they are granted again: few frames, and a sender that never waits long.
    int grant() {
      return window / 2;
    }

    int linkGrant() {
      return Math.max(1, linkWindow / 8);
    }
  }

  /// News for the application.
  public sealed interface Effect {
    /// The peer opened a stream; to be served and then released.
    record Opened(long stream, String service, byte[] head) implements Effect {}

    /// There may be data, the end, a failure, or room to write.
    record Changed(long stream) implements Effect {}

    /// The peer broke the protocol: the link must end, and say why.
    record Violated(String reason) implements Effect {}
  }

  /// Why a stream failed.
  ///
  /// @param code number of an error of the catalogue
  /// @param ours whether this end reset it or lost the link
  public record Failure(int code, String text, boolean ours) {}

  private static final class Stream {
    final long id;
    final boolean ours;
    final ByteQueue out = new ByteQueue();
    final ByteQueue in = new ByteQueue();
    long sendCredit;
    int receiveWindow;
    int ungranted;
    boolean endAsked;
    boolean endSent;
    boolean endReceived;
    boolean stopped;
    boolean dropping;
    boolean released;
    boolean inTurn;
    @Nullable Failure failure;

    Stream(long id, boolean ours, int window) {
      this.id = id;
      this.ours = ours;
      this.sendCredit = window;
      this.receiveWindow = window;
    }
  }

  private final Limits limits;
  private final Map<Long, Stream> streams = new HashMap<>();
  private final Map<Long, StreamFrame.Open> opens = new LinkedHashMap<>();
  private final Map<Long, StreamFrame.Reset> resets = new LinkedHashMap<>();
  private final Set<Long> stops = new LinkedHashSet<>();
  private final Set<Long> grants = new LinkedHashSet<>();
  private final ArrayDeque<Stream> turns = new ArrayDeque<>();
  private long nextOurs;
  private long lastTheirs;
  private int openOurs;
  private int openTheirs;
  private long linkSendCredit;
  private int linkReceiveWindow;
  private int linkUngranted;
  private @Nullable Failure lost;

  /// @param dialled whether this end dialled: its numbers are odd
  public Streams(boolean dialled, Limits limits) {
    this.limits = limits;
    this.nextOurs = dialled ? 1 : 2;
    this.linkSendCredit = limits.linkWindow;
    this.linkReceiveWindow = limits.linkWindow;
  }

  // --- the application

  /// Opens a stream.
  ///
  /// @return its number; empty when as many as may be are open
  /// @throws IllegalArgumentException for a service or head that cannot be
  public OptionalLong open(String service, byte[] head) {
    if (openOurs >= limits.streamsMax) return OptionalLong.empty();
    long id = nextOurs;
    StreamFrame.Open open = new StreamFrame.Open(id, service, head);
    nextOurs += 2;
    openOurs++;
    Stream s = new Stream(id, true, limits.window);
    s.failure = lost;
    streams.put(id, s);
    if (lost == null) opens.put(id, open);
    return OptionalLong.of(id);
  }

  private Stream stream(long id) {
    Stream s = streams.get(id);
    if (s == null) throw new IllegalStateException("stream " + id + " was released");
    return s;
  }

  /// Why a stream failed; null while it did not.
  public @Nullable Failure failure(long id) {
    return stream(id).failure;
  }

  /// Whether nothing more can be written: it was ended here, or the peer takes no more.
  public boolean shut(long id) {
    Stream s = stream(id);
    return s.endAsked || s.stopped;
  }

  /// Adds bytes to be sent.
  ///
  /// @return how many were taken, 0 when there is no room now or never will be
  public int write(long id, byte[] bytes, int from, int length) {
    Stream s = stream(id);
    if (s.failure != null || shut(id)) return 0;
    int n = Math.min(length, limits.sendMax - s.out.size());
    if (n <= 0) return 0;
    s.out.add(bytes, from, n);
    takeTurn(s);
    return n;
  }

  /// Says that nothing more will be written; the other direction stays open.
  public void end(long id) {
    Stream s = stream(id);
    if (s.failure != null || s.endAsked) return;
    s.endAsked = true;
    takeTurn(s);
  }

  /// Takes bytes that came, at most `max`, and grants the peer as many; none when none are there.
  public byte[] take(long id, int max) {
    Stream s = stream(id);
    if (s.failure != null) return new byte[0];
    byte[] taken = s.in.take(max);
    s.ungranted += taken.length;
    grantLink(taken.length);
    if (s.ungranted >= limits.grant() && !s.endReceived) grants.add(id);
    return taken;
  }

  /// Whether the peer has ended its direction and all bytes were taken.
  public boolean ended(long id) {
    Stream s = stream(id);
    return s.endReceived && s.in.size() == 0;
  }

  /// Ends both directions with an error; what waits is dropped on both sides.
  ///
  /// @param code number of an error of the catalogue
  public void reset(long id, int code, String text) {
    Stream s = stream(id);
    if (s.failure == null && !over(s)) fail(s, new Failure(code, text, true), true);
  }

  /// The application is done with a stream and will not name it again. What was written and ended
  /// still goes; what nobody took is dropped; a stream that was not ended here is reset.
  public void release(long id) {
    Stream s = stream(id);
    s.released = true;
    if (s.failure == null && !s.endAsked) {
      reset(id, ErrorCode.LINK_STREAM_RESET.number(), "nobody is at this end any more");
    } else if (s.failure == null && !s.endReceived) {
      s.dropping = true;
      drop(s);
      stops.add(id);
    } else {
      drop(s);
    }
    settle(s);
  }

  /// The link has gone: what was not over fails.
  public void lost(int code, String text) {
    lost = new Failure(code, text, true);
    opens.clear();
    resets.clear();
    stops.clear();
    grants.clear();
    turns.clear();
    for (Stream s : List.copyOf(streams.values())) {
      s.inTurn = false;
      if (s.failure == null && !over(s)) fail(s, lost, false);
      settle(s);
    }
  }

  /// Open or not released, of both sides.
  public int size() {
    return streams.size();
  }

  // --- frames for the peer

  /// The next frame to be sent before any data; null when there is none.
  public @Nullable StreamFrame control() {
    StreamFrame.Open open = first(opens);
    if (open != null) return open;
    StreamFrame.Reset reset = first(resets);
    if (reset != null) {
      Stream s = streams.get(reset.stream());
      if (s != null) settle(s);
      return reset;
    }
    Long stop = first(stops);
    if (stop != null) return new StreamFrame.Stop(stop);
    for (Long id; (id = first(grants)) != null; ) {
      Stream s = streams.get(id);
      if (s == null || s.failure != null || s.endReceived || s.ungranted == 0) continue;
      StreamFrame.Credit credit = new StreamFrame.Credit(id, s.ungranted);
      s.receiveWindow += s.ungranted;
      s.ungranted = 0;
      return credit;
    }
    if (lost == null && linkUngranted >= limits.linkGrant()) {
      StreamFrame.Credit credit = new StreamFrame.Credit(0, linkUngranted);
      linkReceiveWindow += linkUngranted;
      linkUngranted = 0;
      return credit;
    }
    return null;
  }

  private static <T> @Nullable T first(Map<Long, T> map) {
    Iterator<T> i = map.values().iterator();
    if (!i.hasNext()) return null;
    T first = i.next();
    i.remove();
    return first;
  }

  private static @Nullable Long first(Set<Long> set) {
    Iterator<Long> i = set.iterator();
    if (!i.hasNext()) return null;
    Long first = i.next();
    i.remove();
    return first;
  }

  /// The next frame: control first, then data of the streams in turn; null when there is none or no
  /// credit.
  public @Nullable StreamFrame next() {
    StreamFrame control = control();
    return control != null ? control : data();
  }

  private @Nullable StreamFrame data() {
    for (int left = turns.size(); left > 0; left--) {
      Stream s = turns.remove();
      s.inTurn = false;
      if (s.failure != null) continue;
      if (s.out.size() == 0) {
        if (!s.endAsked || s.endSent) continue;
        s.endSent = true;
        settle(s);
        return new StreamFrame.End(s.id);
      }
      long most = Math.min(s.sendCredit, linkSendCredit);
      if (most == 0) {
        // Without credit of its own it comes back with the next grant.
        if (s.sendCredit > 0) takeTurn(s);
        continue;
      }
      byte[] bytes = s.out.take((int) Math.min(limits.frame, most));
      s.sendCredit -= bytes.length;
      linkSendCredit -= bytes.length;
      takeTurn(s);
      return new StreamFrame.Data(s.id, bytes);
    }
    return null;
  }

  private void takeTurn(Stream s) {
    boolean data = s.out.size() > 0 && s.sendCredit > 0;
    boolean end = s.out.size() == 0 && s.endAsked && !s.endSent;
    if (s.inTurn || lost != null || !(data || end)) return;
    s.inTurn = true;
    turns.add(s);
  }

  /// Whether [#next] may have something.
  public boolean waiting() {
    return !opens.isEmpty()
        || !resets.isEmpty()
        || !stops.isEmpty()
        || !grants.isEmpty()
        || !turns.isEmpty()
        || linkUngranted >= limits.linkGrant();
  }

  /// Whether a frame that goes before data waits.
  public boolean controlWaiting() {
    return !opens.isEmpty()
        || !resets.isEmpty()
        || !stops.isEmpty()
        || !grants.isEmpty()
        || linkUngranted >= limits.linkGrant();
  }

  // --- frames of the peer

  /// Takes a frame of the peer.
  public List<Effect> receive(StreamFrame frame) {
    if (lost != null) return List.of();
    if (frame instanceof StreamFrame.Open open) return opened(open);
    if (frame instanceof StreamFrame.Credit c && c.stream() == 0) return linkCredit(c);
    long id = frame.stream();
    boolean known = (id & 1) == (nextOurs & 1) ? id < nextOurs : id <= lastTheirs;
    if (!known) return violated(frame.type() + " for stream " + id + ", which was never opened");
    Stream s = streams.get(id);
    return switch (frame) {
      case StreamFrame.Data d -> data(s, d);
      case StreamFrame.Credit c -> {
        if (s == null || s.failure != null) yield List.of();
        if (s.sendCredit + c.bytes() > Integer.MAX_VALUE) yield tooMuch(c);
        s.sendCredit += c.bytes();
        takeTurn(s);
        yield List.of();
      }
      case StreamFrame.End _ -> {
        if (s == null || s.failure != null) yield List.of();
        if (s.endReceived) yield violated("a second end of stream " + id);
        s.endReceived = true;
        grants.remove(id);
        settle(s);
        yield changed(s);
      }
      case StreamFrame.Stop _ -> {
        if (s == null || s.failure != null) yield List.of();
        s.stopped = true;
        s.endAsked = true;
        s.out.clear();
        takeTurn(s);
        yield changed(s);
      }
      case StreamFrame.Reset r -> {
        // It knows already, or has not heard of our own reset yet.
        resets.remove(id);
        if (s == null) yield List.of();
        if (s.failure == null && !over(s)) {
          fail(s, new Failure(r.code(), r.text(), false), false);
        }
        settle(s);
        yield changed(s);
      }
      case StreamFrame.Open _ -> throw new AssertionError("handled above");
    };
  }

  private static List<Effect> violated(String reason) {
    return List.of(new Effect.Violated(reason));
  }

  private List<Effect> changed(Stream s) {
    return s.released ? List.of() : List.of(new Effect.Changed(s.id));
  }

  private static List<Effect> tooMuch(StreamFrame.Credit c) {
    return violated("a credit of " + c.bytes() + " bytes more than can be for " + c.stream());
  }

  private List<Effect> opened(StreamFrame.Open o) {
    long id = o.stream();
    if ((id & 1) == (nextOurs & 1)) return violated("stream " + id + " is not the peer's to open");
    if (id <= lastTheirs) return violated("stream " + id + " opened out of order");
    lastTheirs = id;
    if (openTheirs >= limits.streamsMax) {
      // What it has ended may not be released here yet: it could not know.
      resets.put(
          id,
          new StreamFrame.Reset(
              id,
              ErrorCode.OVERLOADED.number(),
              "as many streams as may be are open: " + limits.streamsMax));
      if (resets.size() <= 3 * limits.streamsMax) return List.of();
      return violated("streams beyond the " + limits.streamsMax + " allowed, again and again");
    }
    openTheirs++;
    streams.put(id, new Stream(id, false, limits.window));
    return List.of(new Effect.Opened(id, o.service(), o.head()));
  }

  private List<Effect> linkCredit(StreamFrame.Credit c) {
    if (linkSendCredit + c.bytes() > Integer.MAX_VALUE) return tooMuch(c);
    linkSendCredit += c.bytes();
    return List.of();
  }

  private List<Effect> data(@Nullable Stream s, StreamFrame.Data d) {
    int n = d.bytes().length;
    if (n > linkReceiveWindow) {
      return violated(n + " bytes of stream " + d.stream() + " beyond the link's credit");
    }
    linkReceiveWindow -= n;
    if (s == null || s.failure != null || s.dropping) {
      // On its way while the stream was reset or left here.
      grantLink(n);
      return List.of();
    }
    if (s.endReceived) return violated("data behind the end of stream " + s.id);
    if (n > s.receiveWindow) return violated(n + " bytes beyond the credit of stream " + s.id);
    s.receiveWindow -= n;
    s.in.add(d.bytes(), 0, n);
    return changed(s);
  }

  private void grantLink(int n) {
    linkUngranted += n;
  }

  // --- ends

  private static boolean over(Stream s) {
    return s.endSent && s.endReceived;
  }

  private void drop(Stream s) {
    grantLink(s.in.size());
    s.in.clear();
  }

  private void fail(Stream s, Failure why, boolean tell) {
    s.failure = why;
    s.out.clear();
    drop(s);
    grants.remove(s.id);
    stops.remove(s.id);
    boolean unheardOf = opens.remove(s.id) != null;
    if (tell && !unheardOf && lost == null) {
      resets.put(s.id, new StreamFrame.Reset(s.id, why.code, why.text));
    }
  }

  /// Forgets a stream that is over for the peer and the application.
  private void settle(Stream s) {
    boolean over = over(s) || (s.failure != null && !resets.containsKey(s.id));
    if (!over || !s.released || streams.remove(s.id) == null) return;
    stops.remove(s.id);
    if (s.ours) openOurs--;
    else openTheirs--;
  }
}
