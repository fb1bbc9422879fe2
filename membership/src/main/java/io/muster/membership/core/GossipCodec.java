package io.muster.membership.core;

import io.muster.kernel.Address;
import io.muster.kernel.MemberId;
import io.muster.kernel.Role;
import io.muster.membership.Member;
import io.muster.membership.MemberState;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Datagrams and member lists as bytes, format 1: big-endian numbers, texts with a length byte.
///
/// `u8 format ‖ u8 type ‖ 16 sender ‖ type's own ‖ u8 count ‖ news…`; a piece of news is `16 id ‖
/// u64 incarnation ‖ u8 state ‖ u8 roles ‖ text name ‖ text service ‖ text host ‖ u16 port ‖ u8
/// labels (text, text)… ‖ 16 from ‖ u16 unanswered ‖ u8 refused`.
public final class GossipCodec {
  static final int FORMAT = 1;
  private static final int NEWS_MAX = 255;

  private GossipCodec() {}

  /// Bytes that are no datagram of this format.
  public static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed(String message) {
      super(message);
    }
  }

  /// Writes a datagram with as many pieces of news as fit.
  static byte[] encode(Gossip g, int bytesMax) {
    ByteBuffer b = ByteBuffer.allocate(bytesMax);
    b.put((byte) FORMAT);
    switch (g) {
      case Gossip.Ping p -> {
        b.put((byte) 1);
        id(b, p.sender());
        b.putLong(p.number());
        id(b, p.target());
      }
      case Gossip.Ack a -> {
        b.put((byte) 2);
        id(b, a.sender());
        b.putLong(a.number());
      }
      case Gossip.PingReq r -> {
        b.put((byte) 3);
        id(b, r.sender());
        b.putLong(r.number());
        id(b, r.target());
        text(b, r.address().host());
        b.putShort((short) r.address().port());
      }
      case Gossip.Tell t -> {
        b.put((byte) 4);
        id(b, t.sender());
      }
    }
    int countAt = b.position();
    b.put((byte) 0);
    int count = 0;
    for (News n : g.news()) {
      if (count == NEWS_MAX || b.remaining() < length(n)) break;
      news(b, n);
      count++;
    }
    b.put(countAt, (byte) count);
    return java.util.Arrays.copyOf(b.array(), b.position());
  }

  /// How many bytes a piece of news takes.
  static int length(News n) {
    Member m = n.member();
    int labels = 1;
    for (Map.Entry<String, String> e : m.labels().entrySet()) {
      labels += 2 + utf8(e.getKey()).length + utf8(e.getValue()).length;
    }
    return 16
        + 8
        + 2
        + 3
        + utf8(m.name()).length
        + utf8(m.service()).length
        + utf8(m.address().host()).length
        + 2
        + labels
        + 16
        + 3;
  }

  static Gossip decode(byte[] bytes) throws Malformed {
    try {
      ByteBuffer b = ByteBuffer.wrap(bytes);
      int format = b.get();
      if (format != FORMAT) throw new Malformed("format " + format);
      int type = b.get();
      MemberId sender = id(b);
      return switch (type) {
        case 1 -> new Gossip.Ping(sender, b.getLong(), id(b), list(b, false));
        case 2 -> new Gossip.Ack(sender, b.getLong(), list(b, false));
        case 3 ->
            new Gossip.PingReq(
                sender,
                b.getLong(),
                id(b),
                new Address(text(b), b.getShort() & 0xffff),
                list(b, false));
        case 4 -> new Gossip.Tell(sender, list(b, false));
        default -> throw new Malformed("type " + type);
      };
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new Malformed(String.valueOf(e.getMessage()));
    }
  }

  /// A whole member list, for exchanges over links.
  static byte[] encodeAll(List<News> all) {
    int size = 5;
    for (News n : all) size += length(n);
    ByteBuffer b = ByteBuffer.allocate(size).put((byte) FORMAT).putInt(all.size());
    for (News n : all) news(b, n);
    return b.array();
  }

  static List<News> decodeAll(byte[] bytes) throws Malformed {
    try {
      ByteBuffer b = ByteBuffer.wrap(bytes);
      int format = b.get();
      if (format != FORMAT) throw new Malformed("format " + format);
      return list(b, true);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new Malformed(String.valueOf(e.getMessage()));
    }
  }

  private static void news(ByteBuffer b, News n) {
    Member m = n.member();
    id(b, m.id());
    b.putLong(m.incarnation());
    b.put((byte) m.state().ordinal());
    int roles = 0;
    for (Role r : m.roles()) roles |= 1 << r.ordinal();
    b.put((byte) roles);
    text(b, m.name());
    text(b, m.service());
    text(b, m.address().host());
    b.putShort((short) m.address().port());
    b.put((byte) m.labels().size());
    m.labels()
        .forEach(
            (k, v) -> {
              text(b, k);
              text(b, v);
            });
    id(b, n.from());
    b.putShort((short) Math.min(n.unansweredMs(), 0xffff));
    b.put((byte) (n.refused() ? 1 : 0));
  }

  private static List<News> list(ByteBuffer b, boolean wide) throws Malformed {
    int count = wide ? b.getInt() : b.get() & 0xff;
    if (count < 0 || count > 100_000) throw new Malformed("a list of " + count);
    List<News> all = new ArrayList<>(Math.min(count, 1000));
    for (int i = 0; i < count; i++) {
      MemberId id = id(b);
      long incarnation = b.getLong();
      int state = b.get();
      if (state < 0 || state >= MemberState.values().length) throw new Malformed("state " + state);
      int mask = b.get();
      EnumSet<Role> roles = EnumSet.noneOf(Role.class);
      for (Role r : Role.values()) if ((mask & 1 << r.ordinal()) != 0) roles.add(r);
      String name = text(b);
      String service = text(b);
      Address address = new Address(text(b), b.getShort() & 0xffff);
      Map<String, String> labels = new LinkedHashMap<>();
      for (int n = b.get() & 0xff; n > 0; n--) labels.put(text(b), text(b));
      Member m =
          new Member(
              id, name, incarnation, roles, service, address, labels, MemberState.values()[state]);
      all.add(new News(m, id(b), b.getShort() & 0xffff, b.get() == 1));
    }
    return all;
  }

  private static byte[] utf8(String s) {
    return s.getBytes(StandardCharsets.UTF_8);
  }

  private static void text(ByteBuffer b, String s) {
    byte[] u = utf8(s);
    b.put((byte) u.length).put(u);
  }

  private static String text(ByteBuffer b) {
    byte[] u = new byte[b.get() & 0xff];
    b.get(u);
    return new String(u, StandardCharsets.UTF_8);
  }

  private static void id(ByteBuffer b, MemberId id) {
    b.put(HexFormat.of().parseHex(id.hex()));
  }

  private static MemberId id(ByteBuffer b) {
    byte[] raw = new byte[16];
    b.get(raw);
    return new MemberId(HexFormat.of().formatHex(raw));
  }
}
