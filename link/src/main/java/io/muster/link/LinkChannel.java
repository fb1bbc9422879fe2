package io.muster.link;

/// Which part of Muster a frame is for. Ordinals are not on the wire, [#id] is; ids are never
/// reused.
public enum LinkChannel {
  MEMBERSHIP(1),
  RAFT(2),
  REGISTRY(3),
  STORE(4),
  REALTIME(5),
  ADMIN(6),
  SUPERVISION(7);

  private final int id;

  LinkChannel(int id) {
    this.id = id;
  }

  public int id() {
    return id;
  }
}
