package io.muster.kernel;

/// A setting that the cluster holds for all its members.
///
/// A feature declares it beside its own settings, so that name, range and fallback stand in one
/// place; the node lists them all.
///
/// @param name the key path, the same as in a member's own settings where those have it
/// @param fallback of a member whose own settings do not say otherwise
/// @param meaning in a few words
public record ClusterSetting<T>(
    String name, SettingShape<T> shape, T fallback, Change change, String meaning) {
  /// When it may be changed.
  public enum Change {
    /// Never: the cluster keeps what it was founded with, and a member that is configured otherwise
    /// is refused.
    NEVER,
    /// Members that start must be configured like the cluster; those that run keep theirs.
    AT_START,
    /// At any time, and it takes effect at once on all members, above what they are configured
    /// with.
    RUNNING
  }

  /// The value of a text.
  ///
  /// @throws MusterException `setting_invalid` when it is none, or out of range
  public T value(String text) {
    T value = shape.parse(text);
    if (value != null) return value;
    throw new MusterException(
        ErrorCode.SETTING_INVALID, name + ": expected " + shape.range() + ", found '" + text + "'");
  }
}
