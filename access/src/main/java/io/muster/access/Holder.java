package io.muster.access;

/// Who has permissions: a group or a user.
public record Holder(boolean group, String name) {
  public static Holder ofGroup(String name) {
    return new Holder(true, name);
  }

  public static Holder ofUser(String name) {
    return new Holder(false, name);
  }

  /// `group admins` or `user bob`.
  @Override
  public String toString() {
    return (group ? "group " : "user ") + name;
  }
}
